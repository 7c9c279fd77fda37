from alembic import op

revision = "a2"
down_revision = "a1"


def upgrade():
    op.alter_column("orders", "total", new_column_name="amount")


def downgrade():
    op.alter_column("orders", "amount", new_column_name="total")

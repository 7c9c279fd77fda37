import os

from alembic import context
from sqlalchemy import create_engine

url = os.environ["PG_SHOP"].replace("postgresql:", "postgresql+psycopg:")
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_rename_total")]
    operations = [migrations.RunSQL("alter table shop_order add column paid boolean not null default false")]

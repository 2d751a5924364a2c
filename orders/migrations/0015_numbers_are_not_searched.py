"""Keep the key of orders, and not the second index of it that only searches by the beginning would use.

PostgreSQL only renames the one and drops the other. SQLite has no second index, and keeps the key by another name.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def rename(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the key its new name and drop the index."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE orders_order"
            " RENAME CONSTRAINT orders_order_number_key TO order_number_unique"
        )
        schema_editor.execute("DROP INDEX IF EXISTS orders_order_number_abc9e0f2_like")


def rename_back(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the index again and give the key its old name."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX orders_order_number_abc9e0f2_like"
            " ON orders_order (number varchar_pattern_ops)"
        )
        schema_editor.execute(
            "ALTER TABLE orders_order"
            " RENAME CONSTRAINT order_number_unique TO orders_order_number_key"
        )


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_preorders")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(rename, rename_back)],
            state_operations=[
                migrations.AlterField(
                    model_name="order",
                    name="number",
                    field=models.CharField(max_length=20),
                ),
                migrations.AddConstraint(
                    model_name="order",
                    constraint=models.UniqueConstraint(
                        fields=("number",), name="order_number_unique"
                    ),
                ),
            ],
        )
    ]

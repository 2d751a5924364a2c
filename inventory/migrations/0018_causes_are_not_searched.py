"""Keep the key of movements, and not the second index of it that only searches by the beginning would use.

PostgreSQL only renames the one and drops the other. SQLite has no second index, and keeps the key by another name.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def rename(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the key its new name and drop the index."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE inventory_movement"
            " RENAME CONSTRAINT inventory_movement_cause_key TO movement_cause_unique"
        )
        schema_editor.execute("DROP INDEX IF EXISTS inventory_movement_cause_5588e761_like")


def rename_back(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the index again and give the key its old name."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX inventory_movement_cause_5588e761_like"
            " ON inventory_movement (cause varchar_pattern_ops)"
        )
        schema_editor.execute(
            "ALTER TABLE inventory_movement"
            " RENAME CONSTRAINT movement_cause_unique TO inventory_movement_cause_key"
        )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0017_bins_counted")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(rename, rename_back)],
            state_operations=[
                migrations.AlterField(
                    model_name="movement",
                    name="cause",
                    field=models.CharField(
                        help_text="Key of the one act and line that moved it.", max_length=120
                    ),
                ),
                migrations.AddConstraint(
                    model_name="movement",
                    constraint=models.UniqueConstraint(
                        fields=("cause",), name="movement_cause_unique"
                    ),
                ),
            ],
        )
    ]

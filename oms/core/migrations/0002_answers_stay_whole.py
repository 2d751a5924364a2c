"""Let answers of a few lines stay in their row as they are.

By itself PostgreSQL compresses what makes a row longer than 2 kB, so the answer to every order; these rows go after a
week. What is longer than a page is compressed all the same. Rows that are there stay as they are.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def widen(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Raise the length above which a row is made shorter to the most there is."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE core_idempotencykey SET (toast_tuple_target = 8160)")


def narrow(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Go back to what PostgreSQL does by itself."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE core_idempotencykey RESET (toast_tuple_target)")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(widen, narrow)]

"""Let any part of a word find an order fast, where the database can.

The extension pg_trgm is not everywhere and not everyone may create it; without it, and on SQLite, the search works the
same and reads more.
"""

from django.apps.registry import Apps
from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

INDEX = "order_search_trigram"


def create_index(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the index if the extension is there or can be had."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if cursor.fetchone() is None:
            return
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError:  # not allowed to
            return
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS {INDEX} ON orders_order USING gin (search gin_trgm_ops)"
        )


def drop_index(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the index; the extension stays, others may use it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {INDEX}")


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunPython(create_index, drop_index)]

"""Make the ready roles."""

from typing import Any

from django.core.management.base import BaseCommand

from oms.accounts import roles


class Command(BaseCommand):
    """Create or refresh the groups warehouse, service, manager and read-only."""

    help = "Create or refresh the groups warehouse, service, manager and read-only."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and say what changed."""
        for outcome in roles.setup():
            changed = f"{outcome.added} added, {outcome.removed} removed"
            self.stdout.write(f"{outcome.role}: {outcome.rights} rights ({changed})")

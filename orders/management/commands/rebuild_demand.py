"""Build the history of demand anew."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.demand import services


class Command(BaseCommand):
    """Build the history of demand anew."""

    help = "Forget the history of demand and read it again from all orders. Forecasts stay until the next run."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, and say how many days there are."""
        self.stdout.write(f"{services.rebuild()} days.")

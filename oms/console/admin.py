"""Registry of the pages that show several apps, and of the kernel's tables."""

from oms.console.alerts.admin import alerts
from oms.console.customers import CustomerAdmin
from oms.console.items.admin import item
from oms.console.late.admin import late
from oms.console.margins.admin import margins
from oms.console.orders.admin import OrderAdmin
from oms.console.planning import overview, simulation
from oms.console.planning.admin import ForecastAdmin
from oms.console.timeline import EntryAdmin
from oms.core.jobs.admin import JobAdmin
from oms.core.outbox.admin import DeliveryAdmin, EventAdmin

__all__ = [
    "CustomerAdmin",
    "DeliveryAdmin",
    "EntryAdmin",
    "EventAdmin",
    "ForecastAdmin",
    "JobAdmin",
    "OrderAdmin",
    "alerts",
    "item",
    "late",
    "margins",
    "overview",
    "simulation",
]

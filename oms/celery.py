"""The Celery application and the one schedule.

Every periodic job is a row of `SCHEDULE`, is idempotent, and may run twice at once without harm. A message that waited
longer than its period is dropped: the next one does the same work.
"""

import logging.config
import os
from pathlib import Path
from typing import Any

from celery import Celery, signals
from django.apps import apps
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

# What runs by itself: (task, every so many seconds).
SCHEDULE: tuple[tuple[str, float], ...] = (
    # Deliver what the outbox holds; requests never talk to the broker themselves.
    ("oms.core.outbox.tasks.relay", 1),
    # Mails are sent by a task of their own: a slow mail server delays nothing else.
    ("oms.messaging.tasks.send_due", 3),
    # Stock that came free by any way goes to whoever waits for it.
    ("orders.ordering.tasks.recheck_backorders", 60),
    # What changes stock, supplies or the turn marks SKUs; their lines are promised anew together.
    ("orders.promising.tasks.repromise_due", 5),
    ("orders.promising.tasks.sweep", 900),
    # What waits is cancelled when its day is over: the lines themselves say when.
    ("orders.backorders.tasks.cancel_overdue", 600),
    # So is an offer that nobody answers.
    ("orders.substituting.tasks.end_unanswered", 1_800),
    # Orders of customers come first; what is free then goes to production orders that lack components.
    ("inventory.production.tasks.hold_missing", 90),
    # Gateways are asked outside of requests and transactions; what they left unclear is asked about again.
    ("orders.payments.tasks.carry_out_due", 2),
    ("orders.holds.tasks.expire_due", 60),
    # What has expired counts for nobody before; this takes it off the counters.
    ("inventory.reservations.tasks.expire_due", 30),
    # Where goods are put follows how often they are picked.
    ("inventory.storing.tasks.reckon_classes", 86_400),
    # Costs are kept behind the ledger, so that no receipt or parcel waits for them.
    ("inventory.costing.tasks.run", 15),
    # Events release orders at once; this finds what a lost step left behind.
    ("orders.releasing.tasks.release_ready", 300),
    # Labels whose purchase was cut off, and carriers that tell nothing unless they are asked.
    ("fulfillment.shipping.tasks.settle_labels", 30),
    ("fulfillment.tracking.tasks.poll", 20),
    ("fulfillment.tracking.tasks.attach_parked", 300),
    # What expired over night, and what turned up of lots that are not sold, is set aside.
    ("fulfillment.recalls.tasks.sweep", 900),
    # One mail a day, in the morning of each location.
    ("inventory.expiring.tasks.tell_due", 1_800),
    # Imports go on in pieces, so that one large file delays nobody else for long.
    ("orders.importing.tasks.run", 2),
    ("orders.importing.tasks.purge", 86_400),
    # Demand is told to planning by whole days; forecasts and proposals of the night go on in pieces.
    ("orders.demand.tasks.tell", 600),
    ("inventory.planning.tasks.plan_nightly", 86_400),
    ("inventory.planning.tasks.run", 5),
    ("oms.core.limits.tasks.purge", 3_600),
    ("oms.core.api.tasks.purge_keys", 86_400),
    ("fulfillment.statuspage.tasks.purge", 86_400),
    ("oms.reporting.invariants.tasks.check_invariants", 86_400),
)


def beat_schedule(rows: tuple[tuple[str, float], ...]) -> dict[str, dict[str, Any]]:
    """Return `rows` in the form that Celery beat reads; the task's name is the entry's name."""
    return {
        task: {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 5)}}
        for task, seconds in rows
    }


def task_packages() -> list[str]:
    """Return every package of our apps that holds a `tasks.py`, in topics as well."""
    root = Path(settings.BASE_DIR)
    found = {
        ".".join(file.parent.relative_to(root).parts)
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(root) and ".venv" not in Path(config.path).parts
        for file in Path(config.path).glob("**/tasks.py")
    }
    return sorted(found)


# What a broker address of the form filesystem:// stands for.
TRANSPORT_ALIASES["filesystem"] = "oms.filequeue:Transport"

app = Celery("oms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = beat_schedule(SCHEDULE)
app.autodiscover_tasks(task_packages)
app.set_default()


@signals.setup_logging.connect
def configure_logging(**_: Any) -> None:
    """Let workers and beat log as the web does; without this, Celery installs its own handlers."""
    logging.config.dictConfig(settings.LOGGING)

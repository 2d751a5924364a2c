"""Registry of the kernel's tables."""

from oms.core.api.models import IdempotencyKey
from oms.core.jobs.models import Job, JobRow
from oms.core.limits.models import Counter
from oms.core.outbox.models import Delivery, Event
from oms.core.timeline.models import Entry

__all__ = ["Counter", "Delivery", "Entry", "Event", "IdempotencyKey", "Job", "JobRow"]

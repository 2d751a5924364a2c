"""Use-cases of counts: draft, start, record, finish, doubt, explain, post, cancel.

Who counts gives `off_shelf`: how many units of a SKU are picked and so cannot lie on the shelf. It is asked under the
lock of the level, so that it fits the books of that moment. Posting takes the goods of orders only where the caller has
freed them before; the warehouse does both.
"""

from inventory.counting.services.acting import lock
from inventory.counting.services.drafting import cancel, create, edit, start
from inventory.counting.services.recording import Recorded, record
from inventory.counting.services.reviewing import doubt, explain, finish, post

__all__ = [
    "Recorded",
    "cancel",
    "create",
    "doubt",
    "edit",
    "explain",
    "finish",
    "lock",
    "post",
    "record",
    "start",
]

"""Use-cases of production: bills of materials, and orders from the draft to the last posting.

`reach` limits the caller to his own locations (None: all): an order of another one does not exist for him.
"""

from inventory.production.services.bills import (
    Content,
    edit_bill,
    release_bill,
    retire_bill,
    write_bill,
)
from inventory.production.services.confirming import (
    confirm,
    hold_missing,
    hold_what_is_missing,
    reschedule,
    start,
)
from inventory.production.services.drafting import Demand, Wish, create, edit
from inventory.production.services.ending import cancel, finish
from inventory.production.services.posting import Report, post
from inventory.production.services.undoing import undo

__all__ = [
    "Content",
    "Demand",
    "Report",
    "Wish",
    "cancel",
    "confirm",
    "create",
    "edit",
    "edit_bill",
    "finish",
    "hold_missing",
    "hold_what_is_missing",
    "post",
    "release_bill",
    "reschedule",
    "retire_bill",
    "start",
    "undo",
    "write_bill",
]

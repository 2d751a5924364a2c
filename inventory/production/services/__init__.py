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

__all__ = ["Content", "edit_bill", "release_bill", "retire_bill", "write_bill"]

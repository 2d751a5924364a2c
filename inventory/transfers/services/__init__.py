"""Use-cases of transfers: draft, release, ship, receive, settle, cancel.

`reach` limits the caller to his own locations (None: all): who works at neither end finds no transfer, who works at one
end does what is done there. Units are named by their SKU, which a transfer has once. `key` names a call that moves
units: the same again moves nothing and returns the transfer as it is now.
"""

from inventory.transfers.services.drafting import create, edit
from inventory.transfers.services.receiving import receive
from inventory.transfers.services.releasing import cancel, release
from inventory.transfers.services.settling import settle
from inventory.transfers.services.shipping import ship

__all__ = ["cancel", "create", "edit", "receive", "release", "settle", "ship"]

"""Use-cases of costing: note and take back charges, state costs and rates, choose the method, and keep the books.

People decide in one transaction and mark what follows from it; the books are kept behind, in pieces, by `run`.
"""

from inventory.costing.services.charging import (
    NewCharge,
    add_charge,
    split_due,
    withdraw_charge,
)
from inventory.costing.services.deciding import add_rate, set_policy, state_cost, work_out_anew
from inventory.costing.services.folding import keep_up_with, step
from inventory.costing.services.marking import mark
from inventory.costing.services.noticing import notice, run

__all__ = [
    "NewCharge",
    "add_charge",
    "add_rate",
    "keep_up_with",
    "mark",
    "notice",
    "run",
    "set_policy",
    "split_due",
    "state_cost",
    "step",
    "withdraw_charge",
    "work_out_anew",
]

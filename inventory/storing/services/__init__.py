"""Use-cases of storing: switch bins on and off, put away, move from bin to bin and back."""

from inventory.storing.services.carrying import Wanted, check_docks, move, put_away, shut, undo
from inventory.storing.services.classing import reckon, reckon_all
from inventory.storing.services.counting import Difference, Figure, count, last_move
from inventory.storing.services.crossdocking import Arrival, place
from inventory.storing.services.staging import Picked, fetchable, note_missing, stage, unstage
from inventory.storing.services.switching import switch_off, switch_on

__all__ = [
    "Arrival",
    "Difference",
    "Figure",
    "Picked",
    "Wanted",
    "check_docks",
    "count",
    "fetchable",
    "last_move",
    "move",
    "note_missing",
    "place",
    "put_away",
    "reckon",
    "reckon_all",
    "shut",
    "stage",
    "switch_off",
    "switch_on",
    "undo",
    "unstage",
]

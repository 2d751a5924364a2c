"""Use-cases of importing: start a job from an upload, carry it out in pieces, preview a file, tidy up."""

from orders.importing.services.run import KIND, preview, run
from orders.importing.services.start import purge_files, start
from orders.importing.services.take import OrderOutcome, RowOutcome

__all__ = ["KIND", "OrderOutcome", "RowOutcome", "preview", "purge_files", "run", "start"]

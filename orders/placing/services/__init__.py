"""The one use-case of placing, and its preview."""

from orders.placing.services.place import Placed, place
from orders.placing.services.preview import Preview, preview

__all__ = ["Placed", "Preview", "place", "preview"]

"""Registry of the customer tables."""

from customers.addresses.models import Address
from customers.profiles.models import Customer

__all__ = ["Address", "Customer"]

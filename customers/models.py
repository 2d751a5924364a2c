"""Registry of the customer tables."""

from customers.addresses.models import Address
from customers.profiles.models import Customer, CustomerGroup

__all__ = ["Address", "Customer", "CustomerGroup"]

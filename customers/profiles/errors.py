"""Refusals of profiles."""

from oms.core import errors


class CustomerMissing(errors.Missing):
    """There is no such customer."""

    code = "customer_not_found"
    title = "There is no such customer"


class InvalidCustomer(errors.Invalid):
    """The profile is not valid; `problems` lists everything."""

    code = "customer_invalid"
    title = "The customer's data is not valid"


class EmailTaken(errors.Conflict):
    """Another customer has this e-mail address."""

    code = "email_taken"
    title = "Another customer has this e-mail address"
    constraints = ("customer_email_unique",)

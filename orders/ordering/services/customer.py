"""Whose order it is."""

from django.db import transaction

from customers.profiles import services as profiles
from customers.profiles.models import CustomerKind
from oms.core.actors import Actor
from orders.ordering.models import Order


@transaction.atomic
def remember_customer(*, order_id: int, actor: Actor) -> None:
    """Find or make the customer of an order and link him to it, unless one is known already."""
    order = Order.objects.get(pk=order_id)
    if order.customer_id is not None:
        return
    company = str(order.bill_to.get("company", ""))
    customer = profiles.remember(
        name=order.customer_name,
        email=order.email,
        phone=order.phone,
        language=order.language,
        kind=CustomerKind.COMPANY if company else CustomerKind.PERSON,
        company=company,
        actor=actor,
    )
    Order.objects.filter(pk=order_id, customer_id__isnull=True).update(customer_id=customer.pk)

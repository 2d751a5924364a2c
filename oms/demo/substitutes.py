"""The substitutes of the demo: other colors of mugs and bowls, asked about in the shop, by themselves in wholesale."""

from inventory.catalog.models import Sku
from oms.core.actors import Actor
from oms.core.errors import Conflict
from orders.channels.models import Channel
from orders.substituting import services as substituting
from orders.substituting.models import Substitute, Substitution, SubstitutionRule
from orders.substituting.states import Mode, PriceRule, SubstitutionStatus

_KINDS = ("MUG", "BOWL", "PLATE", "TOWEL", "APRON")
_MODES = {"web": Mode.ASK, "wholesale": Mode.AUTOMATIC, "phone": Mode.NEVER}


def make(channels: dict[str, Channel]) -> None:
    """Name the substitutes and rules that are missing: of each kind every color may stand for the others."""
    for kind in _KINDS:
        skus = list(Sku.objects.filter(code__startswith=f"{kind}-").order_by("code"))
        for sku in skus:
            others = [other for other in skus if other != sku]
            for rank, other in enumerate(others, start=1):
                Substitute.objects.get_or_create(
                    sku=sku,
                    other=other,
                    defaults={"rank": rank, "price_rule": PriceRule.LOWER},
                )
    for code, mode in _MODES.items():
        if code in channels:
            SubstitutionRule.objects.get_or_create(
                channel=channels[code], sku=None, defaults={"mode": mode}
            )


def answer() -> None:
    """Let customers answer some of what they are asked: one accepts, one keeps waiting, one cancels."""
    offered = Substitution.objects.filter(status=SubstitutionStatus.OFFERED).order_by("pk")
    acts = (substituting.accept, substituting.keep_waiting, substituting.cancel)
    for act, found in zip(acts, list(offered.select_related("order")[: len(acts)]), strict=False):
        try:
            act(substitution_id=found.pk, actor=Actor("customer", "", found.order.customer_name))
        except Conflict:
            continue  # its goods have gone to another meanwhile

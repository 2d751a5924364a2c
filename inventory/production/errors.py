"""Refusals of production."""

from oms.core import errors


class BillMissing(errors.Missing):
    """There is no such bill of materials."""

    code = "bill_not_found"
    title = "There is no such bill of materials"


class InvalidBill(errors.Invalid):
    """The bill makes no sense; `problems` lists everything."""

    code = "bill_invalid"
    title = "The bill of materials is not valid"
    constraints = (
        "bill_revision_unique",
        "bill_batch_positive",
        "billcomponent_unique",
        "billcomponent_positive",
        "billcomponent_scrap_is_percent",
        "billbyproduct_unique",
        "billbyproduct_positive",
        "routing_unique",
        "routing_load_positive",
    )


class ContainsItself(errors.Conflict):
    """With this revision the SKU would be a part of itself; `way` names the SKUs on the way."""

    code = "contains_itself"
    title = "The SKU would be a part of itself"


class InvalidWorkCenter(errors.Invalid):
    """The work center makes no sense."""

    code = "work_center_invalid"
    title = "The work center is not valid"
    constraints = ("workcenter_has_capacity", "workcenterclosure_unique")


class ProductionMissing(errors.Missing):
    """There is no such production order within the caller's reach."""

    code = "production_not_found"
    title = "There is no such production order"


class InvalidProduction(errors.Invalid):
    """The order or what is reported makes no sense; `problems` lists everything."""

    code = "production_invalid"
    title = "The production order is not valid"
    constraints = (
        "productionorder_positive",
        "productionorder_demand_is_whole",
        "productioncomponent_unique",
        "productioncomponent_positive",
        "productionbyproduct_unique",
        "productionbyproduct_positive",
        "productionslot_unique",
        "productionslot_positive",
        "productionpostingline_unique",
        "productionpostingline_positive",
        "productionpostingline_held_within",
    )


class ComponentsShort(errors.Conflict):
    """Components are not there; `shortages` lists every SKU with what is needed and what there is."""

    code = "components_short"
    title = "Components are missing"
    constraints = ("productioncomponent_held_within_planned",)


class NoCapacity(errors.Conflict):
    """The work center has no days left for it within two years."""

    code = "no_capacity"
    title = "The work center has no capacity for it"


class LotsRefused(errors.Conflict):
    """Lots of components cannot be used; `problems` lists every one."""

    code = "production_lots_refused"
    title = "These lots cannot be used"


class ReasonNeeded(errors.Invalid):
    """What differs from the plan says why; `problems` lists every line."""

    code = "production_reason_required"
    title = "Say why it differs from the plan"


class PostingMissing(errors.Missing):
    """The production order has no such posting."""

    code = "posting_not_found"
    title = "There is no such posting"


class PostingUndone(errors.Conflict):
    """The posting has been taken back already."""

    code = "posting_undone"
    title = "The posting has been taken back already"


class GoodsGone(errors.Conflict):
    """Goods of the posting were sold, promised or moved meanwhile; `problems` lists every SKU."""

    code = "goods_gone"
    title = "Goods of this posting are not there any more"


class PostingKeyReused(errors.Conflict):
    """The key has been used for other units before."""

    code = "posting_key_reused"
    title = "This key has already been used for another posting"

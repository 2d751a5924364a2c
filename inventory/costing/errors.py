"""Refusals of costing."""

from oms.core import errors


class NoPolicy(errors.Conflict):
    """Nobody has said yet in which currency and by which method goods are valued."""

    code = "costing_not_set_up"
    title = "The company's currency and method of costing are not set yet"


class InvalidPolicy(errors.Invalid):
    """The method or the currency is none; `problems` lists everything."""

    code = "cost_policy_invalid"
    title = "The method of costing is not valid"


class CurrencyFixed(errors.Conflict):
    """Costs are written in the company's currency; it cannot become another one."""

    code = "cost_currency_fixed"
    title = "Costs are kept in another currency already"


class InvalidRate(errors.Invalid):
    """The exchange rate makes no sense; `problems` lists everything."""

    code = "exchange_rate_invalid"
    title = "The exchange rate is not valid"


class RateKnown(errors.Conflict):
    """There is a rate of that currency from that day on; it is not changed afterwards."""

    code = "exchange_rate_known"
    title = "There is a rate from this day on already"
    constraints = ("exchangerate_unique",)


class ChargeMissing(errors.Missing):
    """The purchase order has no such charge."""

    code = "charge_not_found"
    title = "There is no such charge"


class InvalidCharge(errors.Invalid):
    """The charge makes no sense; `problems` lists everything."""

    code = "charge_invalid"
    title = "The charge is not valid"


class ChargeKeyReused(errors.Conflict):
    """The key has noted another charge before."""

    code = "charge_key_reused"
    title = "This key has already been used for another charge"


class RateNeeded(errors.Invalid):
    """The amount is in another currency than costs are, and nobody knows a rate."""

    code = "exchange_rate_needed"
    title = "A rate into the company's currency is needed"


class ChargeWithdrawn(errors.Conflict):
    """The charge was taken back before."""

    code = "charge_withdrawn"
    title = "This charge has been taken back already"


class NothingToState(errors.Conflict):
    """No units of the SKU have come of which nobody knows the cost."""

    code = "nothing_to_state"
    title = "The cost of all units is known"


class InvalidCost(errors.Invalid):
    """The cost or the reason is missing or makes no sense; `problems` lists everything."""

    code = "cost_invalid"
    title = "The cost is not valid"

"""The words of the page, in the active language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fulfillment.statuspage.rules import Headline, Place, Stage, Step, StepState
from fulfillment.tracking import wording as tracking

TITLES: dict[Headline, Promise] = {
    Headline.CANCELLED: _("This order was cancelled"),
    Headline.TROUBLE: _("There is a problem with your delivery"),
    Headline.DELIVERED: _("Everything has arrived"),
    Headline.OUT_FOR_DELIVERY: _("Out for delivery"),
    Headline.READY_FOR_PICKUP: _("Ready to be picked up"),
    Headline.ON_ITS_WAY: _("Your order is on its way"),
    Headline.PARTLY_ON_ITS_WAY: _("Part of your order is on its way"),
    Headline.PARTLY_DELIVERED: _("Part of your order has arrived"),
    Headline.RETURNED: _("Your goods are back with us"),
    Headline.WAITING_FOR_PAYMENT: _("We are waiting for your payment"),
    Headline.CHECKING: _("We are checking your order"),
    Headline.WAITING_FOR_STOCK: _("We are waiting for goods"),
    Headline.PREPARING: _("We are preparing your order"),
    Headline.RECEIVED: _("We have received your order"),
}

NEXT: dict[Headline, Promise] = {
    Headline.CANCELLED: _("Nothing more will be sent."),
    Headline.TROUBLE: _("You will find below what has happened and what comes next."),
    Headline.DELIVERED: _("Thank you for your order. Enjoy it."),
    Headline.OUT_FOR_DELIVERY: _("The courier has your parcel on board."),
    Headline.READY_FOR_PICKUP: _("Bring an identity document and the tracking number below."),
    Headline.ON_ITS_WAY: _("The carrier has it. We write to you when it has arrived."),
    Headline.PARTLY_ON_ITS_WAY: _(
        "The rest follows in a parcel of its own; we write when it leaves."
    ),
    Headline.PARTLY_DELIVERED: _(
        "The rest follows in a parcel of its own; we write when it leaves."
    ),
    Headline.RETURNED: _("What you have paid for them is settled on its own."),
    Headline.WAITING_FOR_PAYMENT: _("As soon as it has arrived, we start packing."),
    Headline.CHECKING: _(
        "We write to you if we need anything. You do not have to do anything now."
    ),
    Headline.WAITING_FOR_STOCK: _("We send everything as soon as it arrives at our warehouse."),
    Headline.PREPARING: _("Next, we pack it and hand it to the carrier. We write to you then."),
    Headline.RECEIVED: _("Next, our warehouse starts packing. We write to you when it leaves."),
}

STAGES: dict[Stage, Promise] = {
    Stage.PACKED: _("Packed"),
    Stage.ON_ITS_WAY: _("On its way"),
    Stage.OUT_FOR_DELIVERY: _("Out for delivery"),
    Stage.READY_FOR_PICKUP: _("Ready to be picked up"),
    Stage.DELIVERED: _("Delivered"),
    Stage.DELAYED: _("Delayed"),
    Stage.HELD: _("Held up on the way"),
    Stage.FAILED: _("Delivery was not possible"),
    Stage.COMING_BACK: _("On its way back to us"),
    Stage.RETURNED: _("Back with us"),
    Stage.LOST: _("Lost on the way"),
}

PROBLEMS: dict[Stage, Promise] = {
    Stage.DELAYED: tracking.problem("delayed"),
    Stage.HELD: tracking.problem("on_hold"),
    Stage.FAILED: tracking.problem("delivery_failed"),
    Stage.COMING_BACK: tracking.problem("return_to_sender"),
    Stage.RETURNED: tracking.problem("returned_to_sender"),
    Stage.LOST: tracking.problem("lost"),
}

STEPS: dict[Step, Promise] = {
    Step.PACKED: pgettext_lazy("step of a parcel", "Packed"),
    Step.ON_ITS_WAY: pgettext_lazy("step of a parcel", "On its way"),
    Step.AT_THE_DOOR: pgettext_lazy("step of a parcel", "Out for delivery"),
    Step.PICKUP: pgettext_lazy("step of a parcel", "Ready to be picked up"),
    Step.DELIVERED: pgettext_lazy("step of a parcel", "Delivered"),
}

STEP_STATES: dict[StepState, Promise] = {
    StepState.DONE: _("done"),
    StepState.NOW: _("now"),
    StepState.TROUBLE: _("held up"),
    StepState.TO_COME: _("still to come"),
}

PLACES: dict[Place, Promise] = {
    Place.DELIVERED: pgettext_lazy("units of a line", "delivered"),
    Place.ON_ITS_WAY: pgettext_lazy("units of a line", "on the way"),
    Place.PACKING: pgettext_lazy("units of a line", "being packed"),
    Place.SET_ASIDE: pgettext_lazy("units of a line", "set aside for you"),
    Place.WAITING: pgettext_lazy("units of a line", "waiting for stock"),
    Place.RETURNED: pgettext_lazy("units of a line", "returned"),
    Place.LOST: pgettext_lazy("units of a line", "lost on the way"),
    Place.CANCELLED: pgettext_lazy("units of a line", "cancelled"),
}

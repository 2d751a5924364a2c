"""What follows from what: the only wiring between the parts of the house.

`SUBSCRIPTIONS` names the handlers of each event; `PRIVATE_LINKS` who makes the private links that mails carry as marks;
`MAIL_FILES` who makes the files that a kind of mail carries; `STOCK_WAITERS` who tells how many units orders wait for.
"""

from fulfillment import events as fulfillment
from fulfillment.shipping import handlers as shipping
from fulfillment.statuspage import services as statuspage
from fulfillment.tracking import handlers as tracking
from fulfillment.work import handlers as work
from inventory import events as inventory
from inventory.costing import handlers as costing
from inventory.costing.sources import Origin
from inventory.purchasing import handlers as purchasing
from inventory.purchasing import notifications as purchase_mails
from inventory.storing.waiting import Waiters
from oms.core.events import Subscriptions
from oms.messaging.attachments import FileMaker
from oms.messaging.links import Maker
from orders import events as orders
from orders.backorders import handlers as backorders
from orders.making import handlers as making
from orders.ordering import handlers as ordering
from orders.ordering import queries as ordered
from orders.payments import handlers as payments
from orders.promising import handlers as promising
from orders.releasing import handlers as releasing
from orders.substituting import handlers as substituting
from returns import events as returns
from returns.receiving import queries as returned

SUBSCRIPTIONS: Subscriptions = {
    inventory.StockReceived: [
        ordering.fill_backorders,
        promising.repromise_received,
        substituting.consider_received,
    ],
    inventory.InboundChanged: [promising.repromise_inbound],
    inventory.PurchaseOrderPlaced: [purchasing.send_order],
    inventory.PurchaseOrderCancelled: [purchasing.send_cancellation],
    inventory.PurchaseReceived: [costing.split_charges],
    inventory.ProposalApproved: [],
    inventory.ProductionConfirmed: [],
    inventory.ProductionStarted: [],
    inventory.ProductionPosted: [making.give_made],
    inventory.ProductionPostingUndone: [],
    inventory.ProductionDone: [],
    inventory.ProductionCancelled: [],
    inventory.TransferReleased: [],
    inventory.TransferShipped: [],
    inventory.TransferReceived: [],
    orders.OrderPlaced: [
        ordering.remember_customer,
        promising.confirm_placed,
        releasing.release_placed,
        substituting.consider_placed,
    ],
    orders.OrderConfirmed: [],
    orders.OrderReleased: [work.take],
    orders.OrderCompleted: [payments.capture_rest],
    orders.OrderCancelled: [
        payments.settle_cancellation,
        promising.repromise_lines,
        substituting.review,
    ],
    orders.CancellationRequested: [work.stop],
    orders.CancellationRefused: [],
    orders.PriorityChanged: [promising.repromise_order],
    orders.ReservedFor: [promising.repromise_lines],
    orders.LinesReallocated: [
        releasing.release_reallocated,
        promising.repromise_lines,
        substituting.review,
    ],
    orders.LinesBackordered: [
        promising.repromise_lines,
        backorders.limit_waiting,
        substituting.consider_missing,
    ],
    orders.SubstitutionOffered: [substituting.send_offer],
    orders.SubstitutionDecided: [],
    orders.SubstitutionLapsed: [substituting.tell_lapsed],
    orders.BackorderCancelled: [backorders.tell_cancelled],
    orders.PromiseChanged: [promising.tell_promise],
    orders.PreorderMoved: [promising.repromise_preorder],
    orders.LinesShipped: [payments.capture_shipment],
    orders.PaymentAuthorized: [releasing.release_paid],
    orders.PaymentCaptured: [releasing.release_paid],
    orders.PaymentFailed: [],
    orders.RefundSucceeded: [],
    orders.HoldPlaced: [work.hold],
    orders.HoldReleased: [releasing.release_unheld, work.resume],
    fulfillment.WorkTaken: [],
    fulfillment.PickShort: [],
    fulfillment.ShipmentShipped: [tracking.follow_shipped, shipping.tell_shipped],
    fulfillment.ShipmentDelivered: [tracking.tell_delivered],
    fulfillment.ShipmentException: [tracking.tell_exception],
    fulfillment.LotRecalled: [],
    returns.ReturnAuthorized: [],
    returns.ReturnReceived: [],
    returns.ReturnSettled: [],
}

PRIVATE_LINKS: dict[str, Maker] = {
    "status": statuspage.link_for_mail,
}

MAIL_FILES: dict[str, FileMaker] = {
    purchase_mails.ORDER: purchase_mails.files,
}

COST_ORIGINS: dict[str, Origin] = {
    returned.CAUSE: returned.order_lines_of,
}

STOCK_WAITERS: Waiters = ordered.units_waiting

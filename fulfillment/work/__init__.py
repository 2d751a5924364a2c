"""Fulfillment orders: the work of one site for one order.

Taken from `OrderReleased`: every allocated unit that no open fulfillment order holds yet becomes work at the location
where it is allocated. A line counts its units: quantity = cancelled + short + to pick + picked + packed + shipped,
where "to pick" is the rest. Progress is reported to the order's line in the same transaction.
"""

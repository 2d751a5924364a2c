"""The order and its lines: the document that everything else refers to.

Words: an order has a `number` that everyone shares, a `status` that someone decides, and progress that is derived:
`payment_status`, `fulfillment_status`, `return_status`. A line counts its units: each unit is in exactly one of
cancelled, unallocated, backordered, allocated, picked, packed, shipped; the database holds that sum. Amounts are fixed
when the order is placed; a `Credit` lowers what is owed, a refund (payments) gives money back. Unit amounts are the
largest-remainder shares of the line's total, taken in order, so that any split of credits sums to the cent.

Only `services` writes these tables; warehouse and returns report progress by calling them.
"""

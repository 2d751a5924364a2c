"""Taking an order in: validated, priced, taxed, planned, reserved and written, all in one transaction.

`services.place` is the one door: API, console and import make a `Draft` and call it. What is wrong with the input is
refused with everything listed at once; what a channel declares and we compute differently is kept, on a hold. The plan
of routing is the reservation. The same external id with the same content is the same order.
"""

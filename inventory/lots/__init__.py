"""Lots: the batches that units of a SKU came in, each with its number and the day on which it expires, if it does.

A SKU is not tracked, tracked by lot, or by serial number; a serial number is a lot of one unit, which lies in one place
at most. A lot is released, quarantined while somebody looks into it, or recalled: only what is released and has not
expired is picked. Which lots lie where is a matter of `inventory.stock`; what becomes of orders when a lot is recalled,
of `fulfillment.recalls`.
"""

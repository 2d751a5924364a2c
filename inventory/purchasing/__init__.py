"""Suppliers and purchase orders: what is bought from whom, what is on its way, what came.

A supplier sells SKUs under codes of its own, in packs, from a minimum, at prices that fall with the quantity. A
purchase order goes to one supplier for one location. A draft touches nothing; placing fixes prices and days, and what
is still to come is said to `inventory.inbound` from then on. The supplier may confirm less, later or dearer than was
asked; the difference stays visible. Goods come in receipts, in part, short or over; each receipt line is one movement
with the order's number as its document, and is taken back by the exact opposite. A line counts `ordered`, `cancelled`,
`received` and `over` (units taken beyond what was ordered); what is left is still to come. Receipt lines keep their
unit cost.
"""

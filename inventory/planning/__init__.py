"""Demand history, forecasts, replenishment policies, and proposals of what to move, make or buy.

Demand is what was ordered, by SKU, location and day, as told from above (`record_demand`); days without anything to
sell are read from the ledger, promotions are entered by staff. A forecast says for each SKU and location what the
coming weeks will want, from its own history. A policy says which service is aimed at; from forecast, lead time and
policy follow a reorder point and an order-up-to level. A proposal is one need of one SKU at one location, with its
reasons; it is approved into a draft of a purchase order or of a transfer, or rejected for a while, and there is never
a second one for the same need. Nothing here moves stock.
"""

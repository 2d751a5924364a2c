"""Lots in the warehouse's hands: which lot or serial number is picked, lies in which parcel, and has left in which.

Of a SKU that is tracked, every picked unit is claimed from the stock of its location with its lot; packing moves the
claim to the parcel's line, and shipping turns it into a record of what left (`fulfillment.shipping`). The lot is the
one that expires first of those that serve the order, or what was scanned. SKUs that are not tracked have no part in it.
"""

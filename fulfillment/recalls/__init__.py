"""Recalls: lots that must not be sold any more, what becomes of their stock and of orders, and who got them.

A lot is quarantined while somebody looks into it, recalled for ever, or it expires. Its units are set aside at every
location in the same transaction: picks of it are undone, the stock goes to quality control, and orders that are left
without goods are served anew. What is packed cannot leave until the parcel is taken apart. Which orders, customers and
parcels got a lot is read from what was shipped.
"""

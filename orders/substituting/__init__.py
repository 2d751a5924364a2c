"""Substitutes: what may be sent instead of units that wait for stock, at which price, and who decides.

A SKU has ranked substitutes, each with its units for one unit of it and a price rule. Rules per SKU and channel say
whether that happens by itself, after the customer was asked, or never. A substitution takes units that wait off their
line, with the reason `substituted`, and puts a line that refers to it on the order; the old line keeps its history.
The price never rises without consent. What is owed and paid follows from the order and the ledger, as for any change.
"""

"""Levels and the ledger they are folded from.

A level counts one SKU at one location: `on_hand` is everything that lies there; `committed`, `reserved`, `damaged` and
`quality_control` are parts of it that cannot be promised; `available` is the rest. Every change is one `Movement` of a
quantity from one bucket to another, written in the same transaction, append-only, unique per cause. The database
refuses a negative bucket and a negative rest.
"""

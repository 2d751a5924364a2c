"""Shipping: rates, labels, and the moment the parcel leaves.

A carrier stands behind the `Carrier` protocol, one file each in `carriers/`. A label is bought once per key: an intent
row first, the carrier is called with no transaction open, then the outcome. Stock falls once, when the parcel ships.
"""

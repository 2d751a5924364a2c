"""Packing: picked units into a parcel, with its weight and size.

A `Shipment` is one parcel. Packing refuses a wrong item and a wrong count. The packing slip lists what is in this
parcel and what follows.
"""

"""Tracking: carrier scans, stored raw, and what they say about the parcel.

A scan is never dropped and never counted twice. The parcel's tracking status is the highest rank over the scans of its
current leg, so that a late scan never undoes a delivery.
"""

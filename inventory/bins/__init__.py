"""Bins: the places within a site that goods lie in, each with a code, a barcode to scan and a place in the walk.

A bin stands in a zone, an aisle, a rack and on a level of it; its kind says what it is for: receiving dock, storage,
picking face, quarantine, outbound dock or cross-dock. It may be limited in weight and volume, to one SKU, or to one lot
of a SKU. A location has bins when it says so (`uses_bins`); another one has none, and nothing here concerns it. What
lies in a bin is a matter of `inventory.stock`, where it should be put of `inventory.storing`.
"""

"""Packs: several units of a SKU that are sold, delivered and scanned as one, such as a case of twelve.

Everything inside counts base units; a pack is only how people and systems at the edge say a number of them. Its code is
unique for its SKU, its barcode in the house: a scan is either units of a SKU or a pack. A kit has no packs.
"""

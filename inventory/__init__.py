"""Goods, places and quantities: what exists, where it lies, and to whom it is promised."""

"""Goods that come back: authorized, received and graded, settled."""

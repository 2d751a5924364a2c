"""Lots: the batches that units of a SKU came in, each with its number and the day on which it expires, if it does."""

"""Picking: the list in walk order, confirmed unit by unit or by hand, shorts reported at once.

A short takes the units off this work and off their allocation, corrects the stock, and routes them anew: another
location takes them, or they are backordered, in the same transaction.
"""

"""Counting on the warehouse floor: the entrances of cycle counts, and what only the warehouse knows about them.

What is picked is on hand until it ships, but not on the shelf: a count leaves it out. What a posted count takes off an
order is taken off its work as well, in the same transaction; what is picked or packed stays with its order.
"""

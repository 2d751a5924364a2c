"""When units that are not in stock will be: the day that can be promised.

Waiting units are served first ordered, first served, so a line can be promised what the supplies that are on their way
(`inventory.inbound`) leave over when everything ordered before it has been served. A new order stands behind all that
wait. What no dated supply covers has no day, and none is made up. Computed when asked, from what is true then; nothing
is stored here.
"""

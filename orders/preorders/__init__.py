"""What is sold before it is released: in which period, how many units at most, and for when.

While a SKU is not released, what is not in stock can be ordered only within the period of its pre-order and up to its
limits, in all and by channel, whatever the channels do when stock is short. Units of a line are pre-sold until they are
cancelled; the limits hold under parallel orders (counted under the lock of the pre-order). From the day of release on,
the channels' own rules count again. Goods that arrive serve pre-orders in turn like all that waits.
"""

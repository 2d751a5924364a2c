"""Units on their way to a level: what is expected, from which supply line, and on which day.

Whoever brings goods (a purchase line, a transfer line, a production order) says with `expect` how many units of its
line are still to come; an `Inbound` row stands for them while there are any. `incoming` of a level is always the sum of
its rows: the same service changes both. Goods on their way are nowhere in stock yet, so no movement is written; their
arrival is a movement of `inventory.stock`. Promise dates and replenishment read what is coming here, and nowhere else.
"""

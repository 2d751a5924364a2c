"""When units that are not in stock will be: the day that is promised, kept with what it rests on.

Waiting units are served in turn (`orders.ordering.rules.in_turn`), so a line can be promised what the supplies that
are on their way (`inventory.inbound`) leave over when those before it have been served; a new order stands behind all
of its class. What no dated supply covers has no day, and none is made up.

A `Promise` keeps what a line was promised last, its `PromisePart`s the supplies it rests on, a `PromiseChange` each
time the day became another. What changes supplies, stock or the turn marks the SKU (`PromiseDue`); marked SKUs are
promised anew as a whole. Parts add up to the units that wait. The customer hears of a day that is worth a mail by one
mail.
"""

"""The queue of what waits for stock: who waits for what, since when, until when, and what a receipt would change.

Who is served next is `orders.ordering.rules.in_turn`; staff may set the next units of a SKU aside for lines
(`ordering.reserve_for`). A what-if asks that same rule before the goods are booked: which lines would get them, and
which orders could then go to the warehouse. Nothing is stored here.
"""

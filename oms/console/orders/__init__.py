"""The order list, the order page and taking orders by phone.

The page is read with a constant number of statements, however many lines the order has. What comes next is decided by
`rules` from what the page shows; each act is one service call of the topic that owns it.
"""

"""Where orders come from: web shop, phone, till, marketplace, wholesale partner.

A channel fixes currency, number prefix, price list, how strict addresses are checked, whether what is not in stock may
be backordered, and whether work starts before payment. An API client serves the channels granted to it.
"""

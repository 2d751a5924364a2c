"""What was paid: an append-only ledger of transactions per payment.

A payment belongs to one order and one gateway. Its transactions authorize, capture, refund or void; each is first an
intent with its own key, then carried out at the gateway with no transaction open, then given its outcome once. Money
moved elsewhere (a transfer, cash, the channel's till) is recorded as a fact, or handed to a person. The database holds
0 <= refunded + refund pending <= captured, and captured + capture pending <= authorized. The order's payment status is
derived from here.
"""

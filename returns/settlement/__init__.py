"""What the customer gets for goods received: credit by unit amounts, then a refund through the payment ledger.

Settling is independent of the order of receipts and can be done in parts; a unit is settled at most once.
"""

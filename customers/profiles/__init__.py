"""People and companies.

A customer is found by normalised e-mail, case apart; phone numbers are kept in E.164. Payment terms are a fact of
the customer; what they mean for an order is decided in orders. An order keeps its own copies of name and addresses, so
a later change here never rewrites history.
"""

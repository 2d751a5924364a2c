"""The customer's page: where each parcel is, what is still to come, what was paid.

It is read with a private link or with the order number and a second thing that only the customer knows: the e-mail
address or the postcode. The number alone opens nothing, and a wrong number is answered exactly like a wrong second
factor. A `StatusLink` is 192 random bits, stored as a digest, and ends by time or by being revoked. The page tells the
customer's side of the facts: no staff, no internal reasons, no full address.
"""

"""What an order line earns: the net amount of the units that are with the customer, less what they cost, less freight.

Nothing is stored: revenue comes from the unit amounts of the line, cost from the entries of costing, freight from the
labels of the parcels. What is unknown or in a currency without a rate is said to be so, and is in no sum.
"""

"""What was asked for: demand by SKU, location and day, told to `inventory.planning` from the lines of orders.

A day counts what was ordered on it and not cancelled since, however much of it could be shipped. Units belong to the
location that they were promised from; those that wait, to the location that is served first. Units cancelled after they
had been promised are no demand, since they were given back; those cancelled while they waited for stock are no demand
either, but are told as lost. A day is always told as a whole, so that telling it again changes nothing, and everything
can be told anew from the orders at any time.
"""

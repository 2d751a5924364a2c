"""Transfer orders: goods that are moved from one of our locations to another.

A draft touches no stock. Release allocates the units at the source, so that nobody else is promised them, and says with
`inventory.inbound` what comes to the destination and when. Shipping takes units out of the source into the bucket
`transit`, receiving takes them from there into a bucket of the destination. A line counts `quantity`, `cancelled`,
`shipped`, `received` and `lost`; open is quantity - cancelled - shipped, in transit is shipped - received - lost, and
nothing else counts what is in transit. What the destination says will not come any more is a difference: staff settles
it as lost or as found at the source. A transfer is closed when nothing is open and nothing is in transit.

Locks are taken in one order: the transfer, then the levels of both locations by key.
"""

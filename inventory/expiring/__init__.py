"""Who is told of lots before they expire.

A watch belongs to a location: a member of staff, or an address, and how many days before. Once a day, in the morning of
the location, everyone gets one mail with the lots that have come so near since; each lot is told once per watch.
"""

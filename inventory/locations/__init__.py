"""Sites that hold stock: warehouses and stores, with address and time zone.

A lower `priority` is served first when two sites are equally good. A staff member bound to locations sees only those;
one bound to none sees all, if the role allows.
"""

"""Promises of stock to demand, and the one function that says what can be promised.

An `Allocation` holds open units of one level for one demand line; allocating commits them, releasing gives them back,
issuing takes them out of the house. `committed` of a level is always the sum of its open allocations. Availability is
asked in one place, `availability`, by API, admin, import and routing alike.
"""

"""Promises of stock, and the one function that says what can be promised.

An `Allocation` holds open units of one level for one demand line; allocating commits them, releasing gives them back,
issuing takes them out of the house. `committed` of a level is always the sum of its open allocations.

A `Reservation` holds units for a cart, a quote or a person until it expires; `reserved` of a level is the sum of the
open lines, those of expired reservations included until the sweeper takes them off. What has expired counts for nobody
before that: availability adds it back when it is read, and what needs it takes it off at once.

Availability is asked in one place, `availability`, by API, admin, import and routing alike: for a reservation (its own
units are there for it) and for a channel (what is kept for others is not).
"""

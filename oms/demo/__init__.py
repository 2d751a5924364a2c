"""A company that does not exist, to look at, to try and to measure.

`goods` and `people` are its data, `world` sets it up (places, channels, prices, taxes, staff, API clients), `warehouse`
works orders through to the customer's door by the real services, `history` lives ninety days of it with a travelled
clock. `wishes` are what is ordered, `last_day` leaves something in each queue, `worker` runs inline what the worker
would run beside it. `story` tells one order's life step by step and checks the books. Nothing here is written past the
services, except set-up rows that people otherwise type into the console. The same seed gives the same history.
"""

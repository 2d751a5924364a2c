"""Which location serves what, and why: pure rules over candidate levels.

The plan that `rules.plan` returns is the reservation: placing allocates exactly it, in the same transaction. Demand is
summed by SKU first; then the fewest locations win, then priority, then nearness. The plan carries its reasons.
"""

"""What must hold at any instant, proved by statements over the whole database.

The invariants are numbered I1 to I14; `checks` holds them as data, several named checks to an invariant. A check is one
SELECT, the same for PostgreSQL and SQLite, that returns the offenders: no row means that it holds. Counters are folded
anew from ledgers, cached statuses derived anew from counters, and what a constraint forbids is looked for all the same,
because a constraint can be dropped and a backup can be torn.

A check holds in the midst of traffic as well: what lags by design (an event under way) is left out by its statement.
`services.run` reads one snapshot and writes nothing. `manage.py check_invariants` and a nightly task call it.
"""

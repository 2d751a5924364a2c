"""Read-only views over all apps: the queues of the day, and the figures of the last days.

Everything here is bounded: queues are counted up to a cap in one statement, figures look back a fixed number of days.
"""

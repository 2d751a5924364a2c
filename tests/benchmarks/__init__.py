"""What placing and reading orders costs, beside the least that a framework view could cost, in one run.

`python -m tests.benchmarks` (see `__main__`) prints and stores CPU milliseconds per operation and their ratios. They
gate nothing: machines are noisy. What each load run leaves in the database is checked, and that does fail.
"""

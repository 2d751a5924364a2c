"""Real PostgreSQL and Redis for the tests, wherever they run.

Each module's `running()` gives the address of a server: the one that is named in the environment, else one that runs on
this machine, else one of its own, started from the binaries in a wheel, with its data in a temporary folder and open to
nobody but this test run. `OMS_TEST_SERVERS=embedded` goes straight to the last. If none can run, it raises
`NoServer` saying what to do: a test is never skipped for want of a server.
"""

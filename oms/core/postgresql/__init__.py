"""Django's database backend for PostgreSQL, with one habit of its own (see `base`)."""

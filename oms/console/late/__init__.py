"""One page for everything that is late: orders, work, parcels and supplies, each with its cause and who can end it."""

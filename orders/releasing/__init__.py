"""When an order may go to the warehouse: confirmed, no active hold, paid enough or on terms, and stock allocated."""

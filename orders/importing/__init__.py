"""Orders from files: CSV with a mapping of columns, dry run, a report per row, safe to repeat.

A file holds one row per order line; rows of one order share `external_id` and need not be neighbours. `reader` turns
bytes into rows, `staging` groups them on disk, `rules` turn the rows of one order into a draft or into problems that
name row and column, `services` carry a file out as a job: each order by the one door `orders.placing`, in its own
transaction together with its report, so that a killed import goes on where it stood and a repeated one changes nothing.

Nothing is guessed: what a spreadsheet may have spoilt (1.23E+12, 1-Mar, 1,234.50) is refused with the cause. A bad row
refuses its order and no other one; with `skip_bad_rows` the order is taken without its bad rows. The row number is the
one that a spreadsheet shows: the header is row 1.
"""

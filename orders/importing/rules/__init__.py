"""Pure rules of importing: columns, cells, and the rows of one order."""

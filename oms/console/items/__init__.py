"""The page of one item: what is where, what is coming, what is promised to whom, who waits, how it went."""

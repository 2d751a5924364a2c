"""One page of what needs somebody: too little stock, too much of it, goods that expire, lines that lose money."""

"""Goods made to order: a line that waits for stock is given a production order, and what is made goes to it first.

The link lives on the production order alone, as the kind and key of the line; orders store nothing. What a posting
brings is reserved for the line in the same transaction, so that nobody else gets it in between; the handler of that
posting turns the reservation into an allocation of the line. When the line wants it no more, the units are free for
everyone.
"""

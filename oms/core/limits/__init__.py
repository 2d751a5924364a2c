"""How often something may happen: counters that all processes share.

A `Limit` says how many takes one key has within a span that begins with its first take. Taking is one atomic statement,
so that four processes allow what the limit says and not four times that. A take that turned out well can be given back:
then only failures count. Keys are kept as digests: the table tells nobody's address.
"""

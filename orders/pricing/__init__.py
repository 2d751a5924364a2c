"""Price lists and the computing of an order's amounts.

A price is per base unit, in the currency of its list, valid from a day until a day. A channel may send its own prices;
where it does not, its price list answers. `rules` turns lines, discount, shipping and rates into amounts that add up to
the minor unit, for prices with and without tax.
"""

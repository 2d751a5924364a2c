"""Tax rates: dated, per country, region and tax class.

A rate of the country (empty region) and a rate of the region both apply, side by side. What applied on the day of the
order is written on its lines for ever.
"""

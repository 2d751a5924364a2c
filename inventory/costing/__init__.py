"""What goods cost us: landed charges, cost layers, and what each unit that left had cost.

Every movement that brings units into our possession, or takes them out of it, has one `CostEntry`; what moves between
buckets and locations of ours has none, so a transfer changes no value. Units come in as a `CostLayer` and leave it,
oldest first, by `Consumption`s. The books of a SKU (`SkuCost`) are a fold over its movements in the order of their
keys, written in pieces behind the ledger; the same fold from the start gives the same rows. By first-in-first-out a
unit costs what its layer costs, by moving average what a unit of known cost costs in the mean. What nobody knows the
cost of is unknown, never nothing. A freight charge, a stated cost or an exchange rate that comes later is a
`CostChange`: units that are left take their share, units that are gone take theirs as `Correction`s of their
consumptions. What production makes costs what went into it, which a change says as well. All costs are in the one
currency of the newest `CostPolicy`.
"""

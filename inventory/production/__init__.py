"""Made goods: bills of materials, work centers, and production orders that turn components into finished goods.

A `BillOfMaterials` says for one batch of a SKU which components go in (with scrap) and which by-products come out. It
has revisions: one that is released never changes, a change is a new revision. A `WorkCenter` has a capacity for each of
its working days; a `Routing` says what a batch takes of it. A `ProductionOrder` makes units of a SKU at a location: a
draft touches nothing; confirming books days of capacity, allocates the components, so that nobody else is promised
them, and says with `inventory.inbound` what comes and when. A posting takes components out of stock into the bucket
`production` and brings finished goods and by-products from there, all in one transaction; it can be taken back by its
exact opposite.

Of an order, `open` is quantity - produced - scrapped; of a component, `missing` is what is still planned and not held.
Locks are taken in one order: the order, its work center, then the levels of its location by key.
"""

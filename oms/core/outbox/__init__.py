"""The transactional outbox: what was decided is never lost, and each effect happens once.

`publish(event)` adds an `Event` row in the transaction of the change, numbered without gaps per aggregate. The relay
fans each row out to one `Delivery` per subscription, then runs each handler in one transaction together with its
delivery row, so that the handler's database effect and the record of it commit or vanish together. Rows are taken by
state with SKIP LOCKED, in order per aggregate and handler. A handler that fails is tried again with growing waits and
parked, visibly, after five attempts; one that kills its process is counted too, because the attempt is committed first.
"""

"""The kernel: what every topic stands on and nothing that belongs to a business topic.

Owns money and rounding, transition tables, typed errors, the clock, actors, document numbers, the lock helper,
events with their transactional outbox, the timeline, tracked jobs, and the bases of the API and the admin. It knows
no order, no stock and no customer.
"""

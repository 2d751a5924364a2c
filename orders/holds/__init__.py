"""Reasons to wait. While any hold of an order is active, nothing of it reaches the warehouse.

A hold is placed by a rule or a person, with a reason, and released by a person or a rule of its kind, or expires. The
order is shown as on hold while one is active: derived, so that releasing the last one returns it to where it was.
"""

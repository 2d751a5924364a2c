"""Stock held for carts and quotes of channels, before there is an order.

A cart is reserved as an order would be served: all lines or none, SKUs summed before anything is checked, from the
locations that routing chooses unless a line names one, and only from what the channel sees. How long is the channel's
setting, by payment method. What is held, and until when, is kept by `inventory.reservations`; turning it into an order
is placing's.
"""

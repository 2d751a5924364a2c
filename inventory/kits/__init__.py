"""Kits: SKUs that are sold as one thing and stocked as their parts.

A kit has parts: other SKUs with their units per kit. It holds no stock of its own, so no level of it can exist, and it
contains neither itself nor another kit. As many kits can be promised as their scarcest part allows. What a kit costs is
spread over its parts by their prices, or by the shares that are declared; each part is taxed by its own class, or all
of them by the kit's.

A change of a kit's parts is for orders to come: an order keeps what it was placed with.
"""

"""People and companies that buy: profiles and their address books. Independent of stock and orders."""

"""The address book: addresses that a customer keeps, checked by the rules of their country."""

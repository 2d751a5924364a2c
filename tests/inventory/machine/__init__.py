"""Every service of stock and supply, in any order, against a plain model of what the books should say."""

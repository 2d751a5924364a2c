"""Selling: channels, prices, tax, orders, money and what makes an order ready for the warehouse."""

"""Products and SKUs: what can be stocked, with what the warehouse and customs need to know of it.

A SKU's code is matched to the letter, never loosely. Weights are grams, sizes millimetres. The tax class says how a
thing is taxed; prices are a selling concept and live in orders.
"""

"""Storing: where goods are put within a location with bins, and how they are moved there.

Switching a location to bins and back, put-away with its proposals, moves from bin to bin, and better places for what is
picked most. None of it changes a level: the units stay where they are, by location, and how they are promised.
"""

"""Rules of the house that code can be held against."""

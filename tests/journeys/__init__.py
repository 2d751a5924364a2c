"""The main story, as people and systems live it."""

"""The page of margins: what order lines of a period earn, by channel and line by line."""

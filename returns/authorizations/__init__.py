"""Permission to send goods back: which units of which shipped lines, and why.

Open and received returns of a line never pass what was shipped of it.
"""

"""Cycle counts: whether what the books say lies where they say.

A count names SKUs at one location. It is blind: who counts never sees the book quantity. A line that differs by more
than the tolerance is counted again by somebody else; then the count is reviewed and posted. Orders flow meanwhile: each
line keeps what the books said at the very moment it was counted, and posting applies the difference of that moment,
whatever has come and gone since. A SKU is in one running count per location.
"""

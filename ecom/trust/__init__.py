"""How far to trust the numbers: the account of every offset, the recomputation, freshness, the watch on streams."""

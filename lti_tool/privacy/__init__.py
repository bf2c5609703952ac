"""One person's data: what is kept, given out whole, and erased (T-135)."""

"""Administration: is everything connected, and who may judge."""

"""Out to the world: awards as Open Badges 2.0 and 3.0, sharing and verification."""

"""Is it genuine? Anybody's badge, looked at from every side."""

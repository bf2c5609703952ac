"""Signing keys: private parts as files, everything else as rows (see `keys/README.md`)."""

"""The same person from several LMSs, joined by proof of both accounts (S2-09, S3-39)."""

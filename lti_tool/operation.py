"""Commands of those who run an installation: serve, worker, db, doctor."""

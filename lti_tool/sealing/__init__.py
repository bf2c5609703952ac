"""How a document is sealed, so that nobody can change it unseen: canonical form, keys, proofs."""

"""Verifiers that are not ours, asked about badges: two libraries of Node, two of Python."""

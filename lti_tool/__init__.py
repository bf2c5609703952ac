"""Cairn: micro-credentials inside the LMS. Importing the package imports nothing else."""

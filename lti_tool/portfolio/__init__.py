"""The work: what a learner begins, makes, collects and submits."""

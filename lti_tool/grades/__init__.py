"""Out to the gradebook: line items, the outbox of scores, the instructor's page."""

"""The only shared Flask code: transactions, permissions, forms and error pages."""

"""What one LMS product does differently, one module a product."""

"""How does an LMS get connected? Invitations, dynamic registration, guides, and health."""

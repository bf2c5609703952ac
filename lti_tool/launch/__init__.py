"""In from the LMS: login, launch, deep linking and our public keys."""

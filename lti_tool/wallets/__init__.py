"""Other services that hold badges, connected by their holder: Open Badges 3.0 API and OAuth 2.0."""

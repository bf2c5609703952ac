"""What a person should see first."""

"""What several credentials add up to: stacks, proposed, approved by a person, and planned."""

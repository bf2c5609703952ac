"""What does it count for? Hours, credit under dated rules, licence records, evidence."""

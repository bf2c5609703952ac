"""Who goes together: organisations, cohorts, teams, staff, coaching, conflicts of interest."""

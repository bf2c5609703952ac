"""What can be earned: programs, credentials, their parts, tasks and rubrics."""

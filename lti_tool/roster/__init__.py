"""Who is in a course, as its LMS says: kept fresh in the background while the course is in use."""

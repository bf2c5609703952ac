"""How a launch knows that the browser which comes back is the one that was sent to the LMS."""

import enum


class Way(enum.StrEnum):
    """The best way that worked for one launch; written on its visit and on its record."""

    PARTITIONED_COOKIE = "partitioned-cookie"
    """The login's own cookie came back (T-105)."""
    PLATFORM_STORAGE = "platform-storage+token"
    """The LMS's page gave back what it was handed at login; a token keeps the visit (T-104)."""
    NEW_WINDOW = "new-window"
    """A window of its own, opened from a frame in which nothing could be kept (T-106)."""

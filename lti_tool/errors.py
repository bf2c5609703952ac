"""Refusals: a rule said no, in words a person may read."""


class Refused(Exception):
    """A rule said no.

    The message is shown to the person who asked, so it says what happened and
    what to do next. Subclasses are named for the fact (`SecondPersonNeeded`).
    `status` is the HTTP status of the page that shows it (409 unless the
    subclass says otherwise).
    """

    status = 409


class NotFound(Refused):
    """What was asked for does not exist, or not for the person who asked."""

    status = 404


class NotAllowed(Refused):
    """The person is known but may not do this."""

    status = 403

"""Commands for people who work on Cairn; none of them is part of the wheel."""

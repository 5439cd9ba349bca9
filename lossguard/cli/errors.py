"""What is told in one line, with exit status 2."""


class CommandError(Exception):
    """A user's mistake, or something in the way of what was asked for."""

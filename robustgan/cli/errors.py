"""What the user can mend, told in one line."""


class InputError(Exception):
    """What was asked for cannot be done; the message says why, and the way out."""


class MissingColumnError(InputError):
    """A table has no column of a name."""


class FitError(Exception):
    """The input is good and the fit failed nevertheless."""


def one_line(message: object) -> str:
    """Fold a message into one line, whatever a file name or a library put into it."""
    return " ".join(str(message).split())

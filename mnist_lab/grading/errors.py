"""The error for what can't be done as it was typed."""

__all__ = ["WrongUseError"]


class WrongUseError(ValueError):
    """What the user typed can't be done; the text says what can. The command then ends with exit code 2."""

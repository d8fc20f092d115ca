"""What a terminal and a page show of someone else's texts: short, and nothing in them acts."""

import json

__all__ = ["SHOWN", "and_more", "shortened", "visible"]

SHOWN = 5  # moved numbers listed for one file
_LONGEST = 60  # characters of a name or a value
_LONGEST_LINE = 300


def visible(text, longest=_LONGEST_LINE):
    r"""Return a text cut to a length, its characters without a shape as escapes.

    A name may clear the screen, hold line breaks, or reverse the text behind it.

    Examples
    --------
    >>> visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    >>> visible("x" * 1000, longest=20)
    'xxxxxxxx... (1,000 characters)'
    """
    text = str(text)
    if len(text) > longest:
        text = f"{text[: max(8, longest - 30)]}... ({len(text):,} characters)"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def shortened(value):
    """Return a value as JSON of at most 60 characters; a long list or text by its length.

    Examples
    --------
    >>> shortened([1, 2]), shortened("ä" * 100_000)
    ('[1, 2]', '"ääääääääääääääääääääääääääääää..." (100,000 characters)')
    """
    if isinstance(value, list | dict) and len(value) > _LONGEST:
        return f"{len(value):,} values"
    if isinstance(value, str) and len(value) > _LONGEST:
        return f'"{visible(value[:30])}..." ({len(value):,} characters)'
    text = visible(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def and_more(moved):
    """Return what stands behind the first ``SHOWN`` of a list: nothing, or how many more there are."""
    return [f"and {len(moved) - SHOWN:,} more"] if len(moved) > SHOWN else []

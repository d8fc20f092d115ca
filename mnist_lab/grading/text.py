"""Aligned plain text."""

__all__ = ["text_table"]


def text_table(header, rows):
    """Return a table as aligned plain text, the same on a terminal, in a pipe and in a log.

    Examples
    --------
    >>> print(text_table(("digit", "images"), [(1, 1135), (5, 892)]))
    digit  images
    -----  ------
    1      1135
    5      892
    """
    rows = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

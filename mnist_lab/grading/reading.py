"""THE reader of files that someone else made: regular files inside their folder, of a bounded size.

A results folder may hold anything: links to devices, pipes on which a reader waits for ever, files that grow, names
that act on a terminal, folders in folders in folders. What is odd becomes one line; nothing hangs or fills the memory.
"""

import errno
import json
import os
import stat
from pathlib import Path, PurePosixPath

from mnist_lab.results import TIMES

__all__ = ["DEEPEST", "MOST_BYTES", "MOST_FILES", "Content", "content_of", "is_stray", "read_bytes", "read_json"]

MOST_BYTES = 10_000_000  # of one file; the largest of the reference has 240,000
MOST_FILES = 20_000
DEEPEST = 20  # folders inside each other; results have two

_STRAY_NAMES = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "ehthumbs.db", "$recycle.bin"}
_STRAY_ENDS = ("~", ".bak", ".orig", ".swp", ".tmp", ".lock")


def is_stray(name):
    """Whether systems, editors and file servers leave such a name behind.

    Examples
    --------
    >>> [is_stray(name) for name in ("metrics.json", "metrics.json~", ".DS_Store", "@eaDir")]
    [False, True, True, True]
    """
    name = name.lower()
    return name.startswith((".", "~$")) or name in _STRAY_NAMES or name.endswith(_STRAY_ENDS)


class Content:
    """What a folder holds.

    Attributes
    ----------
    files : set of str
        Paths with forward slashes: all that is neither a folder nor stray, links and pipes too.
    strays : set of str
        What systems and editors left behind; a folder of them is one entry.
    problems : dict of str to str
        What can't be looked into, and why.
    """

    def __init__(self):
        self.files, self.strays, self.problems = set(), set(), {}


def content_of(folder):
    """Return the :class:`Content` of a folder; times are left out. Links to folders are not followed.

    Examples
    --------
    >>> sorted(content_of("results/reference/01_class_histogram").files)[0]  # doctest: +SKIP
    'class_histogram.json'
    """
    found, open_folders = Content(), [PurePosixPath()]
    while open_folders:
        inner = open_folders.pop()
        try:
            with os.scandir(Path(folder) / inner) as entries:
                for entry in entries:
                    name = (inner / entry.name).as_posix()
                    if is_stray(entry.name):
                        found.strays.add(name)
                    elif not entry.is_dir(follow_symlinks=False):
                        found.files |= {name} if entry.name != TIMES else set()
                    elif len(inner.parts) < DEEPEST:
                        open_folders.append(inner / entry.name)
                    else:
                        found.problems[inner.parts[0]] = f"holds folders more than {DEEPEST} deep"
                    if len(found.files) + len(open_folders) > MOST_FILES:
                        found.problems[inner.as_posix()] = f"more than {MOST_FILES:,} files"
                        return found
        except FileNotFoundError:  # no such folder is an empty one; one that goes while we look is missing then
            continue
        except OSError as error:
            found.problems[inner.as_posix()] = error.strerror or str(error)
    return found


def read_bytes(path, inside=None, *, most=MOST_BYTES):
    """Read a whole regular file.

    Parameters
    ----------
    path : path-like
    inside : path-like, optional
        A folder out of which a link must not lead.
    most : int
        Bytes of the largest file that is read.

    Raises
    ------
    ValueError
        If it is no regular file, larger than `most`, or leads elsewhere.
    OSError
        If it can't be opened.
    """
    path = Path(path)
    if inside is not None:
        _check_inside(path, Path(inside))
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise ValueError(f"{path.name} is a pipe, a device or a folder, no file: put the file itself there")
        if state.st_size <= most:
            with open(handle, "rb", closefd=False) as file:
                content = file.read(most + 1)
            if len(content) <= most:
                return content
    finally:
        os.close(handle)
    raise ValueError(f"{path.name} has more than the {most:,} bytes that are read of one file")


def _check_inside(path, folder):
    """Refuse a link that leads elsewhere: what it shows is not part of the results, and is not the same elsewhere."""
    try:
        target = path.resolve(strict=True)
    except RuntimeError:  # of Python before 3.13
        raise ValueError(f"{path.name} is a link that leads to itself: put the file itself there") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ValueError(f"{path.name} is a link that leads to itself: put the file itself there") from None
        raise
    if not target.is_relative_to(folder.resolve()):
        raise ValueError(f"{path.name} is a link that leads outside the folder: put the file itself there")


def read_json(path, inside=None):
    """Read a JSON file that holds a dict; a name that occurs twice is refused, in every depth.

    Raises
    ------
    OSError, ValueError
        If it can't be read, is no JSON, or holds something else.
    """
    path = Path(path)
    try:
        content = json.loads(read_bytes(path, inside).decode("utf-8-sig"), object_pairs_hook=_without_doubles)
    except (json.JSONDecodeError, UnicodeDecodeError, _DoubledError) as error:
        raise ValueError(f"{path.name} is no JSON: {error}") from None
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deep (maximum recursion depth)") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no named values")
    return content


class _DoubledError(ValueError):
    pass


def _without_doubles(pairs):
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise _DoubledError("a name occurs twice")
    return entries

"""Results wherever they are: a folder, a student's folder around it, a project with its runs, or a zip file of them."""

import contextlib
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.finding import find_results
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.reading import DEEPEST, MOST_FILES, is_stray

__all__ = ["MOST_BYTES", "opened"]

MOST_BYTES = 1_000_000_000  # of an unpacked zip file; results have some ten million
_ZIPS_IN_ZIPS = 3
_NO_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError)


@contextlib.contextmanager
def opened(path, *, as_reference=False):
    """Give the results folder at a path, unpacked for the time of a ``with`` block where it is a zip file.

    Parameters
    ----------
    path : path-like
        A folder, a zip file, or a folder inside a zip file (``student.zip/results``).
        :func:`mnist_lab.grading.diff.finding.find_results` says which folder in it is taken.
    as_reference : bool, default=False
        Take the folder ``reference`` inside the results, where there is one.

    Yields
    ------
    folder : pathlib.Path
    name : str
        What to call it: the path as given, and the folder inside that was taken.

    Raises
    ------
    WrongUseError
        If there is no such folder, it holds nothing, two folders could be meant, or the file is no zip file that can
        be unpacked.

    Examples
    --------
    >>> with opened("student.zip") as (folder, name):  # doctest: +SKIP
    ...     verdicts = compare_folders("results", folder)
    """
    path = Path(path)
    if path.is_dir():
        yield _found(path, path, as_reference)
        return
    file = next((one for one in (path, *path.parents) if one.is_file()), None)
    if file is None:
        kind = "is no folder and no zip file" if path.exists() else "does not exist"
        raise WrongUseError(f"{visible(path)} {kind}: give a results folder, or a zip file of one")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        unpacked = _unpacked(file, Path(folder)) / path.relative_to(file)
        if not unpacked.is_dir():
            raise WrongUseError(f"{visible(file)} holds no folder {visible(path.relative_to(file))}")
        yield _found(unpacked, path, as_reference)


def _found(folder, path, as_reference):
    inner = find_results(folder, visible(path), as_reference=as_reference)
    return inner, (path / inner.relative_to(folder)).as_posix()


def _unpacked(path, parent):
    """Unpack a zip file, and one that is all that it holds; return the folder."""
    for number in range(_ZIPS_IN_ZIPS):
        folder = parent / str(number)
        folder.mkdir()
        _unpack(path, folder)
        content = [one for one in folder.iterdir() if not is_stray(one.name)]
        if len(content) != 1 or content[0].suffix.lower() != ".zip" or not content[0].is_file():
            return folder
        path = content[0]
    return folder


def _unpack(path, folder):
    shown = visible(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not any(map(is_stray, _parts(one)[:-1]))]
            _check(members, shown, folder)
            for member in members:
                member.filename = member.filename.replace("\\", "/")  # as old tools of Windows write it
                archive.extract(member, folder)  # keeps every member inside the folder, and makes no links
    except WrongUseError:
        raise
    except _NO_ZIP as error:
        cause = visible(getattr(error, "strerror", None) or error, 100)
        message = f"{shown} is no results folder, and no zip file that can be unpacked ({cause}): give one of them"
        raise WrongUseError(message) from None


def _check(members, shown, folder):
    """Refuse an archive before anything of it is written."""
    size = sum(member.file_size for member in members)
    room = min(MOST_BYTES, shutil.disk_usage(folder).free)
    if size > room:
        raise WrongUseError(f"{shown} unpacks to {size:,} bytes, there is room for {room:,}: unpack it yourself")
    if len(members) > MOST_FILES:
        raise WrongUseError(f"{shown} holds {len(members):,} files, more than {MOST_FILES:,}: pack the results alone")
    for member in members:
        if member.flag_bits & 1:
            raise WrongUseError(f"{shown} is encrypted: ask for one without a password")
        if len(_parts(member)) > DEEPEST:
            raise WrongUseError(f"{shown} holds folders more than {DEEPEST} deep: pack the results alone")


def _parts(member):
    """Return the names that a member's path consists of; a zip file's reader drops the dots."""
    return [name for name in PurePosixPath(member.filename.replace("\\", "/")).parts if name != ".."]

"""Results wherever they are: a folder, a student's folder around it, or a zip file of either."""

import contextlib
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path

from mnist_lab.grading import WrongUseError

__all__ = ["MOST_BYTES", "opened"]

MOST_BYTES = 1_000_000_000  # of an unpacked zip file; results have some ten million


@contextlib.contextmanager
def opened(path, *, as_reference=False):
    """Give the results folder at a path, unpacked for the time of a ``with`` block where it is a zip file.

    Parameters
    ----------
    path : path-like
        A folder or a zip file. Where it holds a folder ``results``, or nothing but one folder, that is taken.
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
        If there is no such folder, it holds nothing, or the file is no zip file that can be unpacked.

    Examples
    --------
    >>> with opened("student.zip") as (folder, name):  # doctest: +SKIP
    ...     verdicts = compare_folders("results", folder)
    """
    path = Path(path)
    if path.is_dir():
        yield _found(path, path, as_reference)
        return
    if not path.is_file():
        raise WrongUseError(f"{path} does not exist: give a results folder, or a zip file of one")
    with tempfile.TemporaryDirectory() as folder:
        _unpack(path, Path(folder))
        yield _found(Path(folder), path, as_reference)


def _found(folder, path, as_reference):
    inner = _results_in(folder)
    if as_reference and (inner / "reference").is_dir():
        inner = inner / "reference"
    if not any(inner.iterdir()):
        raise WrongUseError(f"{path} holds no results: give a folder laid out like results/")
    return inner, (path / inner.relative_to(folder)).as_posix()


def _unpack(path, folder):
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            room = min(MOST_BYTES, shutil.disk_usage(folder).free)
            if size > room:
                raise WrongUseError(f"{path} unpacks to {size:,} bytes, there is room for {room:,}: unpack it yourself")
            for member in archive.infolist():
                if member.flag_bits & 1:
                    raise WrongUseError(f"{path} is encrypted: ask for one without a password")
                member.filename = member.filename.replace("\\", "/")  # as old tools of Windows write it
                archive.extract(member, folder)  # keeps every member inside the folder, and makes no links
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        message = f"{path} is no results folder, and no zip file that can be unpacked ({error}): give one of them"
        raise WrongUseError(message) from None


def _results_in(folder):
    """Follow a student's packing: a project with its results, or a folder around a folder."""
    if (folder / "results").is_dir():
        return folder / "results"
    content = [path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX"))]
    if len(content) == 1 and content[0].is_dir() and not _is_notebook_folder(content[0]):
        return _results_in(content[0])
    return folder


def _is_notebook_folder(folder):
    """Whether it holds the results of one notebook: those are compared as a part of a results folder."""
    return any(folder.glob("*.json"))

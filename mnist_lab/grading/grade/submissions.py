"""What students handed in: which file is whose, and the cells in it."""

import hashlib
import io
import json
import lzma
import os
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.reading import content_of, is_stray, read_bytes

__all__ = ["Submission", "find_submissions", "read_notebooks"]

MOST_BYTES = 30_000_000  # of a notebook
MOST_BYTES_READ = 150_000_000  # of all notebooks of a submission
MOST_BYTES_PACKED = 200_000_000  # of a zip file in a folder
MOST_ENTRIES = 100_000  # of a zip file
_NO_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class Submission:
    """One student's submission.

    Attributes
    ----------
    name : str
        The student: the name of the file or folder, with the folders around it where two have one name.
    path : pathlib.Path
        A notebook, a folder or a zip file.
    """

    name: str
    path: Path

    @property
    def slug(self):
        """The name as that of a file: short, without characters that mean something; different for different names."""
        plain = re.sub(r"[^\w.@-]", "_", self.name)[:60].lstrip(".")
        return plain if plain == self.name else f"{plain}-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"


def find_submissions(paths):
    """Return the submissions at paths.

    A notebook or a zip file is one submission. A folder is one if it has a folder ``notebooks``, if Moodle named it, or
    if it has notebooks whose names begin with different numbers (01, 02) and no others in folders or zip files. Any
    other folder holds submissions.

    Parameters
    ----------
    paths : list of path-like

    Returns
    -------
    list of Submission
        By name.

    Raises
    ------
    WrongUseError
        If a path does not exist or holds no submission.
    """
    found = []
    for path in map(Path, paths):
        inside = _inside(path)
        if not inside:
            raise WrongUseError(f"{visible(path)} holds no submission: give notebooks, folders of them, or zip files")
        found += inside
    found = list(dict.fromkeys(Path(os.path.abspath(one)) for one in found))  # noqa: PTH100, as resolve() follows links
    names = [one.stem if one.is_file() else one.name for one in found]
    often = Counter(name.casefold() for name in names)
    around = os.path.commonpath([one.parent for one in found])
    return sorted(
        (
            Submission(name if often[name.casefold()] == 1 else path.relative_to(around).as_posix(), path)
            for name, path in zip(names, found, strict=True)
        ),
        key=lambda one: one.name,
    )


def _inside(path):
    """Return the submissions at one path, which is one itself or holds them."""
    if not path.exists():
        raise WrongUseError(f"no such file or folder: {visible(path)}")
    if path.is_file():
        return [path] if path.suffix.lower() in (".ipynb", ".zip") else []
    entries = sorted(entry for entry in path.iterdir() if not is_stray(entry.name))
    loose = [entry for entry in entries if entry.suffix == ".ipynb"]
    zips = [entry for entry in entries if entry.suffix.lower() == ".zip"]
    folders = [entry for entry in entries if entry.is_dir()]
    numbers = [re.match(r"\d\d?(?!\d)", entry.stem) for entry in loose]
    numbered = loose and all(numbers) and len({int(number[0]) for number in numbers}) == len(loose)
    if (path / "notebooks").is_dir() or "_assignsubmission_" in path.name:
        return [path]
    if numbered and not zips and not any(map(_holds_work, folders)):
        return [path]
    return loose + zips + folders


def _holds_work(folder):
    """Whether a folder holds a notebook or a zip file at any depth."""
    return any(name.lower().endswith((".ipynb", ".zip")) for name in content_of(folder).files)


def read_notebooks(submission):
    """Read the notebooks of a submission, without their outputs. In a folder, zip files are opened too.

    Parameters
    ----------
    submission : Submission

    Returns
    -------
    notebooks : dict of str to dict
        File name to content, as the format of notebooks describes it.
    problems : list of str
        One line for each notebook that can't be read.
    """
    notebooks, problems, left = {}, [], MOST_BYTES_READ
    for name, read in _files(Path(submission.path), problems):
        try:
            text = read()
            left -= len(text)
            if left < 0:
                problems.append(f"its notebooks have more than {MOST_BYTES_READ:,} bytes: the last ones were not read")
                break
            content = json.loads(text.decode("utf-8-sig"))
            cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
            notebooks[name] = {"cells": [_plain_cell(cell) for cell in cells]}
        except (OSError, *_NO_ZIP, KeyError, TypeError, AttributeError, RecursionError, MemoryError) as error:
            problems.append(f"{visible(name)} can't be read ({visible(str(error) or type(error).__name__, 100)})")
    return notebooks, problems


def _plain_cell(cell):
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    identifier = cell.get("id") or cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
    return {"id": identifier if isinstance(identifier, str) else None, "source": source}


def _files(path, problems):
    """Yield the name of each notebook and a function that reads it."""
    if path.suffix.lower() == ".zip":
        yield from _members(path, problems)
    elif path.is_file():
        yield path.name, lambda: read_bytes(path, path.parent, most=MOST_BYTES)
    else:
        content = content_of(path)
        problems += [f"{visible(name)} {problem}" for name, problem in content.problems.items()]
        for name in sorted(content.files):
            if _is_notebook(name):
                yield name, lambda name=name: read_bytes(path / name, path, most=MOST_BYTES)
            elif name.lower().endswith(".zip"):  # Moodle puts what a student uploaded into a folder
                try:
                    archive = io.BytesIO(read_bytes(path / name, path, most=MOST_BYTES_PACKED))
                except (OSError, ValueError) as error:
                    problems.append(f"{visible(name)} can't be read ({visible(str(error), 100)})")
                else:
                    for member, read in _members(archive, problems):
                        yield f"{name}/{member}", read


def _members(packed, problems):
    try:
        with zipfile.ZipFile(packed) as archive:
            members = archive.infolist()[: MOST_ENTRIES + 1]
            if len(members) > MOST_ENTRIES:
                problems.append(f"it holds more than {MOST_ENTRIES:,} files")
                return
            names = [member.filename.replace("\\", "/") for member in members]
            students = {name.partition("_assignsubmission_")[0] for name in names if "_assignsubmission_" in name}
            packed_again = [name for name in names if name.lower().endswith(".zip") and not _is_stray(name)]
            if len(students) > 1 or (packed_again and not any(map(_is_notebook, names))):
                problems.append("a zip file holds several hand-ins, or zip files: unpack it, and give the folder")
                return
            for member in members:
                if not _is_notebook(member.filename.replace("\\", "/")):
                    continue
                if member.file_size > MOST_BYTES:
                    problems.append(f"{visible(member.filename)} has more than {MOST_BYTES:,} bytes")
                else:
                    yield member.filename.replace("\\", "/"), lambda member=member: archive.read(member)
    except (OSError, *_NO_ZIP) as error:
        problems.append(f"the zip file can't be read ({visible(str(error), 100)})")


def _is_notebook(name):
    return name.endswith(".ipynb") and not _is_stray(name)


def _is_stray(name):
    return any(map(is_stray, PurePosixPath(name).parts))

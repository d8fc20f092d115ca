"""Where results and models go, how a file is written whole or not at all, and how one process waits for another."""

import contextlib
import json
import os
import tempfile
import time
import tomllib
from pathlib import Path

import filelock
import numpy as np

__all__ = [
    "check_writable",
    "locked",
    "models_folder",
    "project_root",
    "results_folder",
    "user_path",
    "write_atomically",
    "write_json",
]


def project_root(start=None):
    """Find the project's folder: ``MNIST_LAB_PROJECT``, or upward from a folder.

    ``mnist-lab run`` sets the variable, so that a notebook outside the project reads the project's measurements.

    Parameters
    ----------
    start : path-like, optional
        Where to begin, whatever the variable says; by default the working folder, which is the notebook's.

    Returns
    -------
    pathlib.Path
        The folder whose ``pyproject.toml`` is that of mnist_lab.

    Raises
    ------
    FileNotFoundError
        If the variable names another folder, or no parent folder is the project.

    Examples
    --------
    >>> project_root() / "notebooks"  # doctest: +SKIP
    """
    chosen = None if start else os.environ.get("MNIST_LAB_PROJECT")
    if chosen:
        folder = user_path(chosen)
        if _is_project(folder / "pyproject.toml"):
            return folder
        raise FileNotFoundError(f"MNIST_LAB_PROJECT is {chosen!r}, which is no mnist_lab project: correct or unset it.")
    start = Path(start or Path.cwd()).resolve()
    for folder in [start, *start.parents]:
        if _is_project(folder / "pyproject.toml"):
            return folder
    raise FileNotFoundError(
        f"No mnist_lab project at or above {start}. Work inside the cloned project, or set MNIST_LAB_PROJECT to it."
    )


def _is_project(pyproject):
    try:
        return tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["name"] == "mnist_lab"
    except (OSError, ValueError, KeyError):
        return False


def results_folder():
    """Return the folder for results: ``MNIST_LAB_RESULTS``, or ``results`` of the project."""
    return _folder("MNIST_LAB_RESULTS", "results")


def models_folder():
    """Return the folder for saved models: ``MNIST_LAB_MODELS``, or ``Modelle`` of the project."""
    return _folder("MNIST_LAB_MODELS", "Modelle")


def _folder(variable, name):
    if value := os.environ.get(variable):
        return user_path(value)
    try:
        return project_root() / name
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error} To only write elsewhere, set {variable} to the folder to write to.") from None


def user_path(value):
    """Return the path that a user typed, ``~`` being the home folder, as an absolute one without links."""
    return Path(value).expanduser().resolve()


def write_atomically(path, content):
    """Write a file whole or not at all.

    The bytes go to a temporary file in the same folder, which then takes the final name.

    Parameters
    ----------
    path : path-like
        Target; missing parent folders are made.
    content : bytes

    Raises
    ------
    OSError
        If the target can't be written; an existing file is left as it was.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise type(error)(
            error.errno,
            f"Can't write {path.name}: {error.strerror}. Make the folder writable, or set MNIST_LAB_RESULTS "
            "and MNIST_LAB_MODELS to folders that are",
            str(path.parent),
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)  # mkstemp lets only the owner read
        _replace(Path(temporary), path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _replace(temporary, path, attempts=20):
    """Give a file its final name; Windows refuses for a moment while another process reads the old one."""
    for attempt in range(1, attempts + 1):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            if attempt == attempts:
                raise
            time.sleep(0.05)


@contextlib.contextmanager
def locked(path, *, waiting, timeout=-1):
    """Hold the lock file at a path, so that of two processes one does the work and the other waits for it.

    Where no lock can be had (an unwritable folder, a file system without locks, the other process takes too long)
    the block runs without: work may then be done twice, but each file still appears whole or not at all.

    Parameters
    ----------
    path : path-like
        Of the lock file; missing parent folders are made.
    waiting : str
        What to print before waiting; nothing is printed where it is empty.
    timeout : float, default=-1
        Seconds to wait for the other process; -1 waits as long as it takes.

    Examples
    --------
    >>> with locked(models_folder() / ".marvin.lock", waiting="Waiting for another training."):  # doctest: +SKIP
    ...     train()
    """
    lock = filelock.FileLock(path)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            if waiting:
                print(waiting, flush=True)
            lock.acquire(timeout=timeout)
    except (OSError, NotImplementedError):  # filelock.Timeout is an OSError too
        lock = None
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def check_writable(folder):
    """Raise the OSError of :func:`write_atomically` now if a folder can't be written, not after hours of work."""
    probe = Path(folder) / f".writable.{os.getpid()}"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)


def write_json(path, content):
    """Write ``content`` as readable JSON, atomically; NumPy numbers and arrays are converted.

    Raises
    ------
    ValueError
        If a number is NaN or infinite: JSON has no such numbers.

    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, default=_to_builtin)
    write_atomically(path, (text + "\n").encode("utf-8"))


def _to_builtin(value):
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} can't be written as JSON; convert it to numbers, lists or text first.")

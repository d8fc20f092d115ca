"""A box for code that nobody trusts: bubblewrap, limits inside it, and a watch from outside.

What runs in the box sees no network, no home, no other process and no file but those it is given. It can write to one
folder and to a small file system in memory. Its processes end with it.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from mnist_lab.grading import WrongUseError

__all__ = ["Ending", "Limits", "box_command", "check_box", "run_boxed"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime")
_POLL = 0.1  # seconds
_USER = "1000"


@dataclass(frozen=True)
class Limits:
    """What a box may use.

    Attributes
    ----------
    seconds : float
        Until the box is ended.
    memory : float
        Bytes of all its processes together. It is looked at every 0.1 s.
    disk : float
        Bytes in its folder, looked at as often, and in each of its file systems in memory.
    files : int
        Entries in its folder.
    processes : int
        Processes and threads; of a box that root starts, only its processes are counted, as often as its memory.
    """

    seconds: float = 3600.0
    memory: float = 6e9
    disk: float = 500e6
    files: int = 5000
    processes: int = 512 + 32 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Ending:
    """How a box ended: its exit code, and the limit that ended it, in words, or an empty text."""

    returncode: int
    limit: str = ""


def check_box():
    """Raise WrongUseError, which says what to do, where boxes can't be had."""
    cure = (
        "install bubblewrap (Debian, Ubuntu: apt install bubblewrap) and allow user namespaces, or trust everybody and "
        "add --no-isolation"
    )
    if sys.platform != "linux" or not shutil.which("bwrap") or not shutil.which("prlimit"):
        problem = "there is no bubblewrap" if sys.platform == "linux" else f"there is no bubblewrap for {sys.platform}"
        raise WrongUseError(f"{problem}, so a submission could do whatever you can do: on Linux {cure}")
    command = box_command(["true"], folder=None, read_only=(), environment={}, limits=Limits())
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        why = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise WrongUseError(f"bubblewrap can't make a box ({why}): {cure}")


def box_command(command, *, folder, read_only, environment, limits, isolated=True):
    """Return the command line that runs a command in a box.

    Parameters
    ----------
    command : list of str
        What to run. It begins in `folder`.
    folder : path-like or None
        The only folder that it can write to, under its own path.
    read_only : iterable of path-like
        Files and folders that it can read, under their own paths.
    environment : dict of str to str
        The whole environment.
    limits : Limits
    isolated : bool, default=True
        False runs the command without a box, only with the limits.

    Returns
    -------
    list of str

    Examples
    --------
    >>> box_command(["true"], folder=None, read_only=["/opt/x"], environment={}, limits=Limits())[0]
    'bwrap'
    """
    size = str(int(limits.disk))
    bounds = [f"--nproc={limits.processes}", f"--fsize={size}", "--core=0", f"--data={int(limits.memory)}"]
    limited = ["prlimit", *bounds, "--", *command]
    fixed = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    if not isolated:
        return ["env", *(f"{name}={value}" for name, value in (fixed | environment).items()), *limited]
    line = ["bwrap", "--unshare-all", "--unshare-user", "--uid", _USER, "--gid", _USER, "--disable-userns"]
    line += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv", "--hostname", "box"]
    for path in _SYSTEM:
        line += ["--ro-bind-try", path, path]
    line += ["--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    line += ["--size", size, "--tmpfs", "/tmp", "--perms", "0700", "--dir", "/tmp/home"]
    for path in map(str, read_only):
        line += ["--ro-bind", path, path]
    if folder is not None:
        line += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
    line += ["--remount-ro", "/"]
    for name, value in (fixed | {"HOME": "/tmp/home"} | environment).items():
        line += ["--setenv", name, str(value)]
    return [*line, "--", *limited]


def run_boxed(command, *, folder, read_only, environment, limits, output, isolated=True):
    """Run a command in a box until it ends, or one of its limits does; parameters as `box_command` takes them.

    Parameters
    ----------
    output : file
        Where stdout and stderr of the box go.

    Returns
    -------
    Ending
    """
    line = box_command(
        command, folder=folder, read_only=read_only, environment=environment, limits=limits, isolated=isolated
    )
    process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output, stderr=output, close_fds=True)
    began, limit = time.monotonic(), ""
    try:
        while process.poll() is None and not limit:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_POLL)
            limit = _exceeded(process.pid, folder, time.monotonic() - began, limits)
    finally:
        process.kill()  # the box ends with it
        process.wait()
    return Ending(process.returncode, limit)


def _exceeded(pid, folder, seconds, limits):
    """Name the limit that a box has passed."""
    if seconds > limits.seconds:
        return f"it took longer than {limits.seconds:g} s"
    memory, processes = _use(pid)
    if processes > limits.processes:
        return f"it started more than {limits.processes} processes"
    if memory > limits.memory:
        return f"it needed more than {limits.memory / 1e9:g} GB of memory"
    size, files = _folder_size(folder, limits.files)
    if size > limits.disk:
        return f"it wrote more than {limits.disk / 1e6:g} MB"
    if files > limits.files:
        return f"it wrote more than {limits.files:,} files"
    return ""


def _use(pid):
    """Bytes that the processes below one hold, and how many these are; what they share counts once for each."""
    memory, processes = 0, []
    with contextlib.suppress(psutil.Error):
        processes = psutil.Process(pid).children(recursive=True)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            memory += process.memory_info().rss
    return memory, len(processes)


def _folder_size(folder, most):
    """Bytes and entries in a folder, counted up to a number of entries; links are not followed."""
    size, entries, waiting = 0, 0, [folder] if folder else []
    while waiting and entries <= most:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                entries += 1
                if entries > most:
                    break
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
    return size, entries

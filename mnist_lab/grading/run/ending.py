"""How a kernel's process ended, and the end of what it left behind."""

import contextlib
import os
import signal
from pathlib import Path

__all__ = ["MARK", "cause_of_death", "end_leftovers", "kills_for_memory", "peak_memory"]

MARK = "MNIST_LAB_RUN_OF"  # an environment variable: whatever a notebook starts inherits it
_MEMORY_EVENTS = ("/proc/vmstat", "/sys/fs/cgroup/memory.events")


def peak_memory(pid):
    """Return the most bytes a process has held so far, which Linux counts itself; None elsewhere."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def kills_for_memory():
    """Return how many processes the system has killed for want of memory, as far as it tells (Linux)."""
    kills = 0
    for file in _MEMORY_EVENTS:
        with contextlib.suppress(OSError, ValueError):
            lines = Path(file).read_text(encoding="utf-8").splitlines()
            kills += sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return kills


def cause_of_death(returncode, *, memory_short):
    """Say in words what a kernel died of.

    Parameters
    ----------
    returncode : int or None
        As `subprocess.Popen` gives it: below 0 the number of a signal.
    memory_short : bool
        Whether the system killed a process for want of memory meanwhile.

    Examples
    --------
    >>> cause_of_death(3, memory_short=False)
    'the kernel ended itself with exit code 3'
    """
    if returncode is None:
        return "the kernel no longer answers"
    if returncode >= 0:
        return f"the kernel ended itself with exit code {returncode if returncode < 256 else hex(returncode)}"
    name, meaning = f"signal {-returncode}", None
    with contextlib.suppress(ValueError, AttributeError):
        name, meaning = signal.Signals(-returncode).name, signal.strsignal(-returncode)
    text = f"the kernel died of {name}" + (f" ({meaning.lower()})" if meaning else "")
    if memory_short and name == "SIGKILL":
        return f"{text}, because memory was short: close other programs, or make the notebook need less"
    return text


def end_leftovers(mark, spare=None):
    """Kill the processes that carry a mark in their environment, but for one; return how many there were."""
    import psutil  # comes with ipykernel

    ended = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in (os.getpid(), spare) and process.environ().get(MARK) == mark:
                process.kill()
                ended += 1
    return ended

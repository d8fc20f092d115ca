"""What benchmarks share: alternated runs, fresh processes, a record of the machine, and where results are stored.

Machines are shared and their speed changes from minute to minute. So the variants of a comparison take turns, a
comparison is a ratio of medians, and each run says how much processor time other guests took meanwhile (steal).
"""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from mnist_lab import files
from mnist_lab.grading.text import text_table

ROOT = files.project_root(Path(__file__).parent)
FOLDER = ROOT / "results" / "measurements"


def steal_seconds():
    """Return the seconds of processor time that other guests have taken since the start; None if unknown."""
    try:
        fields = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()
    except OSError:
        return None
    return int(fields[8]) / 100


def timed(function, *arguments):
    """Call a function; return its result, the wall-clock seconds it took and the steal seconds meanwhile."""
    steal, start = steal_seconds(), time.perf_counter()
    result = function(*arguments)
    seconds = time.perf_counter() - start
    return result, seconds, None if steal is None else round(steal_seconds() - steal, 2)


def alternate(variants, rounds):
    """Let the variants take turns, ``rounds`` times; return one record a run.

    Parameters
    ----------
    variants : dict of str to callable
        Each takes the number of the round, counted from 0 (a seed, for instance), and returns a dict with
        ``seconds`` and whatever else it measured.
    rounds : int

    Returns
    -------
    list of dict
        With ``variant``, ``round`` and ``steal_seconds`` beside what the variant returned.
    """
    runs = []
    for turn in range(rounds):
        for name, function in variants.items():
            result, _, stolen = timed(function, turn)
            runs.append({"variant": name, "round": turn, **result, "steal_seconds": stolen})
            shown = ", ".join(f"{key} {value}" for key, value in result.items())
            print(f"[{turn + 1}/{rounds}] {name}: {shown}", flush=True)
    return runs


def summary(runs, key="seconds"):
    """Return median, smallest and largest value and number of runs of each variant.

    Examples
    --------
    >>> summary([{"variant": "ours", "seconds": 2.0}, {"variant": "ours", "seconds": 1.0}])
    {'ours': {'median': 1.5, 'min': 1.0, 'max': 2.0, 'n': 2}}
    """
    return {
        name: {"median": round(median(found), 3), "min": min(found), "max": max(found), "n": len(found)}
        for name, found in _by_variant(runs, key).items()
    }


def ratios(runs, base, key="seconds"):
    """Return how many times the median of the variant ``base`` each variant's median is.

    Examples
    --------
    >>> ratios([{"variant": "ours", "seconds": 2}, {"variant": "theirs", "seconds": 5}], base="ours")
    {'ours': 1.0, 'theirs': 2.5}
    """
    medians = {name: median(found) for name, found in _by_variant(runs, key).items()}
    return {name: round(value / medians[base], 2) for name, value in medians.items()}


def _by_variant(runs, key):
    values = {}
    for run in runs:
        values.setdefault(run["variant"], []).append(run[key])
    return values


def in_fresh_process(module, *arguments, **variables):
    """Run a module, such as ``"benchmarks.growth"``, in a process of its own; return the JSON object in its last line.

    Keyword arguments are environment variables for it.

    Raises
    ------
    RuntimeError
        With what the process said, if it fails.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, encoding="utf-8", cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def machine():
    """Return what a reader needs to know about the machine: processor, system, libraries, threads."""
    from mnist_lab import reproducibility

    return {"processor": _processor_name(), **reproducibility.environment_record()}


def _processor_name():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), None)


def store(name, about, *, command=None, **content):
    """Write ``results/measurements/NAME.json``: the command, what it measures, the numbers and the machine."""
    head = {"command": command or f"python -m benchmarks.{name}", "about": " ".join(about.split("\n\n")[1].split())}
    files.write_json(FOLDER / f"{name}.json", head | content | {"environment": machine()})


def store_figure(name, figure):
    """Write ``results/measurements/NAME.png`` and close the figure."""
    import matplotlib.pyplot as plt

    figure.savefig(FOLDER / f"{name}.png", dpi=figure.dpi, metadata={"Software": None})
    plt.close(figure)


def print_table(header, rows):
    """Print rows as a plain table."""
    print(text_table(header, rows), flush=True)

"""How fast a class is graded, beside the notebooks themselves: ``python -m benchmarks.grading_speed``.

Submissions are copies of notebook 01 with its solution. They are graded with one worker and with two, in turns; the
ratio is printed. Then many submissions of a notebook that does nothing show the memory that the command takes. It needs
Linux and bubblewrap. Results go to ``results/measurements/grading_speed.json``.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from mnist_lab import files

ROOT = files.project_root(Path(__file__).parent)
NOTEBOOK = ROOT / "notebooks" / "01_class_histogram.ipynb"
CHECK = {"mnist_lab": {"task": 1, "points": 1}}


def main(argv=None):
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("submissions", nargs="?", type=int, default=40, help="for the speed; %(default)s else")
    parser.add_argument("--many", type=int, default=200, help="submissions for the memory; %(default)s else")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        speed = measure_speed(Path(folder), arguments.submissions)
        memory = measure_memory(Path(folder), (10, arguments.many))
    measured = {
        "command": f"python -m benchmarks.grading_speed {arguments.submissions} --many {arguments.many}",
        "processor": f"{platform.machine()}, {os.cpu_count()} cores",
        **speed,
        **memory,
    }
    files.write_json(ROOT / "results" / "measurements" / "grading_speed.json", measured)
    one, two = measured["seconds"]["1"], measured["seconds"]["2"]
    print(
        f"{arguments.submissions} submissions: one worker {one:.0f} s, two {two:.0f} s, {one / two:.2f} times as fast"
    )
    print(f"beside the notebooks' own run: {measured['overhead']:.2f} s a submission (median)")
    for number, peak in measured["megabytes"].items():
        print(f"memory of the command with {number} submissions: {peak:.0f} MB")


def course(folder, notebook):
    """Return a project of one notebook."""
    (folder / "notebooks").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "mnist_lab"\n', encoding="utf-8")
    (folder / "results" / "reference").mkdir(parents=True)
    shutil.copytree(ROOT / "results" / "measurements", folder / "results" / "measurements")
    nbformat.write(notebook, folder / "notebooks" / "01.ipynb")
    return folder


def class_of(folder, notebook, number):
    """Write so many submissions and return their folder."""
    for one in range(number):
        (folder / f"student {one:03d}").mkdir(parents=True)
        nbformat.write(notebook, folder / f"student {one:03d}" / "01.ipynb")
    return folder


def grade(project, submissions, target, workers):
    """Grade; return the seconds, the most bytes that the command itself held, and the results."""
    command = [sys.executable, "-m", "mnist_lab.grading.cli", "grade", str(submissions), "--to", str(target)]
    began = time.monotonic()
    process = subprocess.Popen([*command, "--workers", str(workers)], cwd=project, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        # Linux keeps the most that a process ever held; what is held now, looked at now and then, depends on chance
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        peak = max([peak, *(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))])
        time.sleep(0.2)
    if process.wait():
        raise RuntimeError(f"grading ended with exit code {process.returncode}: run {' '.join(command)}")
    results = [json.loads(path.read_text(encoding="utf-8")) for path in (target / "points").glob("*.json")]
    return time.monotonic() - began, peak, results


def measure_speed(folder, number):
    """Grade copies of notebook 01 with one worker and with two."""
    solution = nbformat.read(NOTEBOOK, as_version=4)
    project = course(folder / "speed", solution)
    submissions = class_of(folder / "class", solution, number)
    seconds, overheads = {}, []
    for workers in (1, 2):
        target = folder / f"graded_{workers}"
        seconds[str(workers)], _, results = grade(project, submissions, target, workers)
        if any(one["tasks"].get("1", {}).get("points") != 1 for one in results):
            raise RuntimeError(f"a solution has not got its point: look at {target}")
        if workers == 1:  # the first one waits for the judge's start
            own = [one["seconds"] - sum(run["seconds"] for run in one["notebooks"].values()) for one in results]
            overheads = sorted(own)[:-1]
    return {"submissions": number, "seconds": seconds, "overhead": statistics.median(overheads)}


def measure_memory(folder, numbers):
    """Grade notebooks that do nothing, and look at the command's own memory."""
    notebook = new_notebook(cells=[new_code_cell("pass", id="check", metadata=CHECK)])
    project, megabytes = course(folder / "memory", notebook), {}
    for number in numbers:
        submissions = class_of(folder / f"class_{number}", notebook, number)
        _, peak, _ = grade(project, submissions, folder / f"memory_{number}", 2)
        megabytes[str(number)] = peak / 1e6
    return {"megabytes": megabytes}


if __name__ == "__main__":
    main()

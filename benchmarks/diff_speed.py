"""Processor seconds of ``mnist-lab diff`` on the reference and a copy: ``python -m benchmarks.diff_speed [200]``.

Each of five runs is a process of its own, with Python's start and imports, as who types the command pays for; the
least of them is printed, and its ratio to a process that only reads the same files. With a number, so many candidates
are compared in one process as well: copies of which every number with a tolerance moved by a third of it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mnist_lab import files

REFERENCE = files.project_root(Path(__file__).parent) / "results" / "reference"
RUNS = 5
DIFF = "import sys; from mnist_lab.grading.cli import main; main(['diff', *sys.argv[1:]])"
READ = "import sys, pathlib; [p.read_bytes() for f in sys.argv[1:] for p in pathlib.Path(f).rglob('*') if p.is_file()]"


def main(argv=None):
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("candidates", nargs="?", type=int, default=0, help="compare so many in one process as well")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(REFERENCE, Path(folder) / "copy")
        moved = moved_copy(Path(folder) / "moved")
        read = processor_seconds(READ, REFERENCE, copy)
        for name, candidate in (("a copy", copy), ("numbers moved by a third of their tolerance", moved)):
            seconds = processor_seconds(DIFF, REFERENCE, candidate)
            print(f"{name}: {seconds:.2f} s, {seconds / read:.1f} times reading alone ({read:.3f} s)")
        if arguments.candidates:
            seconds = in_one_process(moved, arguments.candidates)
            print(f"{arguments.candidates} candidates in one process: {seconds:.1f} s")


def moved_copy(folder):
    """Return a copy of the reference whose numbers with a tolerance moved up by a third of it."""
    shutil.copytree(REFERENCE, folder)
    for path in folder.glob("*/*.json"):
        entries = json.loads(path.read_text(encoding="utf-8"))
        for entry in entries.values():
            if isinstance(entry, dict) and entry.get("atol") and "images" not in entries:
                entry["value"] = _plus(entry["value"], entry["atol"] / 3)
        path.write_text(json.dumps(entries), encoding="utf-8")
    return folder


def _plus(value, step):
    return [_plus(one, step) for one in value] if isinstance(value, list) else value + step


def processor_seconds(code, *folders):
    """Return the least processor time of several processes."""
    seconds = []
    for _ in range(RUNS):
        before = os.times()
        subprocess.run([sys.executable, "-c", code, *map(str, folders)], stdout=subprocess.DEVNULL, check=False)
        after = os.times()
        seconds.append(sum(after[2:4]) - sum(before[2:4]))
    return min(seconds)


def in_one_process(candidate, count):
    """Return the processor seconds of many comparisons."""
    from mnist_lab.grading.diff.compare import compare_folders

    start = time.process_time()
    for _ in range(count):
        compare_folders(REFERENCE, candidate)
    return time.process_time() - start


if __name__ == "__main__":
    main()

"""What runs in the first box: the notebooks of one submission, one after the other.

``python -m mnist_lab.grading.grade.inside FOLDER SECONDS`` runs every notebook in ``FOLDER/notebooks`` and writes the
executed ones to ``FOLDER/executed``. After each it adds a line to ``FOLDER/runs.jsonl``. Nothing that it writes is
trusted.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

from mnist_lab.grading.run.kernel import run_notebook

__all__ = ["main"]


def main(folder, seconds):
    """Run the notebooks of a folder, each cell for so many seconds at most."""
    folder = Path(folder)
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        os.environ["MNIST_LAB_HAND_IN"] = str(folder / "hand_in" / path.stem)
        run = run_notebook(path, folder / "executed" / path.name, timeout=float(seconds), keep_going=True)
        with (folder / "runs.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(dataclasses.asdict(run)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

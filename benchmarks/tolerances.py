"""How much results move between settings, beside the tolerance each of them states.

Run the notebooks under other settings, each into a results folder of its own, then compare them with the
reference::

    TF_ENABLE_ONEDNN_OPTS=0 MNIST_LAB_RESULTS=runs/onednn_off pytest --nbval notebooks
    TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 MNIST_LAB_RESULTS=runs/one_thread pytest --nbval notebooks
    python benchmarks/tolerances.py runs/onednn_off runs/one_thread

The table is printed, most used up first, and stored in ``results/measurements/tolerances.json``.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from mnist_lab import results
from mnist_lab.grading.compare import text_table

REFERENCE = results.project_root(Path(__file__).parent) / "results"


def entries(folder):
    """Return all numbers with a tolerance: name to (value, atol)."""
    found = {}
    for path in sorted(folder.glob("[0-9]*/*.json")):
        if path.name in ("environment.json", "times.json"):
            continue
        for name, entry in json.loads(path.read_text(encoding="utf-8")).items():
            if entry.get("atol"):
                found[f"{path.parent.name}/{path.stem}/{name}"] = np.array(entry["value"], dtype=float), entry["atol"]
    return found


def main():
    """Compare the folders named on the command line with the reference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    folders = parser.parse_args().folders
    others = {folder.name: entries(folder) for folder in folders}
    table = {}
    for name, (value, atol) in entries(REFERENCE).items():
        moved = {
            setting: round(float(np.abs(found[name][0] - value).max()), 6)
            for setting, found in others.items()
            if name in found
        }
        if moved:
            table[name] = {"atol": atol, "largest_difference": moved, "used": round(max(moved.values()) / atol, 2)}
    table = dict(sorted(table.items(), key=lambda item: -item[1]["used"]))
    rows = [
        (name, entry["atol"], *(entry["largest_difference"].get(setting, "") for setting in others), entry["used"])
        for name, entry in table.items()
    ]
    command = f"python benchmarks/tolerances.py {' '.join(f'runs/{setting}' for setting in others)}"
    results.write_json(REFERENCE / "measurements" / "tolerances.json", {"command": command, "entries": table})
    print(text_table(("number", "atol", *others, "share used"), rows))


if __name__ == "__main__":
    main()

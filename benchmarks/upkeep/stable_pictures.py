"""Are pictures the same bytes in every run, and mosaics with every release of matplotlib?

::

    python -m benchmarks.upkeep.stable_pictures 3.10 3.11

makes a virtual environment for each named release of matplotlib, with the NumPy and the Pillow that are in
use here, so that matplotlib and what it brings (FreeType, which draws the text) are all that differs. Each
environment draws everything twice, in two processes:

- every mosaic without text that the notebooks store, from the pixels of its stored picture;
- mosaics of test digits, made by the functions that the notebooks call;
- figures with text, for contrast: their bytes may differ between releases.

The table is printed and stored in ``results/measurements/stable_pictures.json``. Exit code 0 where all is
stable, 1 where a mosaic differs between releases or any picture between two runs, 2 for wrong use or where an
environment can't be made. It takes about two minutes and needs a package index.
"""

import argparse
import ast
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from mnist_lab import files

ROOT = files.project_root(Path(__file__).parent)
PATH = ROOT / "results" / "measurements" / "stable_pictures.json"
WITH_TEXT = "with_text"  # the folder of the figures for contrast
RUNS = 2
DIGITS = 196


def main(argv=None):
    """Draw with every release, compare, store the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", nargs="*", metavar="RELEASE", help="release of matplotlib, as 3.11")
    parser.add_argument("--folder", type=Path, help="keep the environments and the pictures here; a temporary one else")
    parser.add_argument("--draw", nargs=2, type=Path, help=argparse.SUPPRESS)  # what the other environments are told
    arguments = parser.parse_args(argv)
    if arguments.draw:
        draw(*arguments.draw)
        return 0
    releases = list(dict.fromkeys(arguments.releases))
    if len(releases) < 2 or not all(re.fullmatch(r"\d+\.\d+", release) for release in releases):
        parser.error("name two or more releases of matplotlib, as 3.10 3.11")
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.folder or Path(temporary)).resolve()
        try:
            content = measure(releases, folder)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"stable_pictures: {error}", file=sys.stderr)
            return 2
    files.write_json(PATH, content)
    print_tables(content)
    return 0 if content["stable"] else 1


def measure(releases, folder):
    """Draw twice with every release below the folder; return what is stored."""
    write_inputs(folder / "inputs.npz")
    versions, pictures = {}, {}
    for release in releases:
        print(f"matplotlib {release}: making the environment and drawing {RUNS} times", file=sys.stderr)
        python = make_environment(folder / f"matplotlib-{release}", release)
        pictures[release] = [folder / f"pictures-{release}-{run}" for run in range(1, RUNS + 1)]
        for target in pictures[release]:
            draw_elsewhere(python, folder / "inputs.npz", target)
        versions[release] = json.loads((target / "versions.json").read_text(encoding="utf-8"))
    table = compare(pictures)
    return {
        "command": f"python -m benchmarks.upkeep.stable_pictures {' '.join(releases)}",
        "about": " ".join(__doc__.partition("::")[0].split()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "releases": versions,
        "pictures": table,
        "stable": all(is_stable(entry) for entry in table.values()),
    }


def mosaics_of_notebooks(folder):
    """Return ``notebook/figure`` of every figure that a cell makes with draw_mosaic and saves."""
    return [
        f"{path.stem}/{name}"
        for path in sorted(Path(folder).glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code" and "draw_mosaic(" in "".join(cell["source"])
        for name in _saved_figures("".join(cell["source"]))
    ]


def _saved_figures(source):
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [ast.literal_eval(call.args[0]) for call in calls if getattr(call.func, "attr", "") == "save_figure"]


def write_inputs(path):
    """Hand over what is drawn: test digits with labels, and the pixels of every stored mosaic."""
    from mnist_lab import data

    _, (images, labels) = data.load_mnist()
    stored = {
        name: _pixels(ROOT / "results" / "reference" / f"{name}.png")
        for name in mosaics_of_notebooks(ROOT / "notebooks")
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, images=images[:DIGITS], labels=labels[:DIGITS], **stored)


PLOTTING_NEEDS = ("numpy", "pillow", "pandas", "scipy", "seaborn", "filelock")


def make_environment(folder, release):
    """Make a virtual environment that holds what mnist_lab.plotting needs; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    same = [f"{name}=={importlib.metadata.version(name)}" for name in PLOTTING_NEEDS]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"matplotlib=={release}.*", *same], check=True)
    return python


def draw_elsewhere(python, inputs, target):
    """Run :func:`draw` in another environment, which finds the project without installing it."""
    # A fresh folder for matplotlib's settings, and a working folder without any: a matplotlibrc would count.
    settings = {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(inputs.parent / "settings")}
    shutil.rmtree(target, ignore_errors=True)  # pictures of an earlier measurement
    target.mkdir(parents=True)
    command = [str(path) for path in (python, Path(__file__).resolve(), "--draw", inputs, target)]
    subprocess.run(command, check=True, env=os.environ | settings, cwd=target)


def draw(inputs, target):
    """Draw all pictures into a folder, with the versions of what drew them."""
    import matplotlib
    import PIL
    from matplotlib import ft2font
    from matplotlib import pyplot as plt

    with np.load(inputs) as arrays:
        for name, figure in figures(dict(arrays)):
            path = target / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            # as Results.save_figure writes it, which the test compares
            figure.savefig(path, format="png", dpi=figure.dpi, metadata={"Software": None})
            plt.close(figure)
    versions = {
        "matplotlib": matplotlib.__version__,
        "freetype": ft2font.__freetype_version__,
        "numpy": np.__version__,
        "pillow": PIL.__version__,
    }
    files.write_json(target / "versions.json", versions)


def figures(arrays):
    """Yield name and figure of every picture, mosaics without text first."""
    from mnist_lab import plotting

    images, labels = arrays.pop("images"), arrays.pop("labels")
    for name, stored in arrays.items():
        yield name, plotting.draw_mosaic(stored)
    # Stands for the weights of a linear model: how the mean image of each digit differs from the mean of all.
    means = np.array([images[labels == digit].mean(axis=0) for digit in range(10)]) / 255
    made = {
        "mosaic": plotting.mosaic(images[:100], columns=10, scale=2),
        "mosaic_scale_3": plotting.mosaic(images[:16], columns=8, scale=3),
        "prediction_mosaic": plotting.prediction_mosaic(images, labels != 4),
        "weight_mosaic": plotting.weight_mosaic(means - means.mean(axis=0), limit=0.5, scale=6),
    }
    for name, array in made.items():
        yield f"digits/{name}", plotting.draw_mosaic(array)

    history = {"loss": [0.3, 0.1, 0.05], "val_loss": [0.2, 0.1, 0.12]}
    accuracies = {"first model": [0.983, 0.985, 0.984], "improved CNN": [0.996, 0.995, 0.996]}
    yield f"{WITH_TEXT}/sample_grid", plotting.sample_grid(images[:16], [f"label {y}" for y in labels[:16]], columns=4)
    yield f"{WITH_TEXT}/learning_curves", plotting.learning_curves({"model": history}, metrics=["loss"], mark_epoch=2)
    yield f"{WITH_TEXT}/comparison", plotting.accuracy_over_seeds(accuracies, reference=0.99).figure


def compare(pictures):
    """Compare pictures of the same name.

    Parameters
    ----------
    pictures : dict of str to list of pathlib.Path
        Release to the folders of its runs.

    Returns
    -------
    dict of str to dict
        One entry a picture. ``differing_pixels`` is the largest share against the first release, 1 where sizes
        differ; ``same_bytes_as_stored`` is None for what no notebook stores.
    """
    first, *others = [runs[0] for runs in pictures.values()]
    table = {}
    for path in sorted(first.rglob("*.png")):
        file = path.relative_to(first)
        hashes = {release: [_sha256(run / file) for run in runs] for release, runs in pictures.items()}
        stored = ROOT / "results" / "reference" / file
        share = max(_differing_pixels(path, other / file) for other in others)
        table[file.with_suffix("").as_posix()] = {
            "text": file.parent.name == WITH_TEXT,
            "same_bytes_in_two_runs": all(len(set(runs)) == 1 for runs in hashes.values()),
            "same_bytes_across_releases": len({runs[0] for runs in hashes.values()}) == 1,
            "same_pixels_across_releases": share == 0,
            "differing_pixels": round(share, 6),
            "same_bytes_as_stored": hashes[next(iter(hashes))][0] == _sha256(stored) if stored.is_file() else None,
            "sha256": {release: runs[0] for release, runs in hashes.items()},
        }
    return table


def is_stable(entry):
    """Return whether a picture of :func:`compare` is as stable as it has to be."""
    return entry["same_bytes_in_two_runs"] and (entry["text"] or entry["same_bytes_across_releases"])


def print_tables(content):
    """Print one line a picture, and the versions."""
    from mnist_lab.grading.text import text_table

    answers = {True: "yes", False: "NO", None: ""}
    names = ("same_bytes_in_two_runs", "same_bytes_across_releases", "same_pixels_across_releases")
    rows = [
        (
            name,
            "yes" if entry["text"] else "no",
            *(answers[entry[key]] for key in names),
            f"{entry['differing_pixels']:.2%}",
            answers[entry["same_bytes_as_stored"]],
        )
        for name, entry in content["pictures"].items()
    ]
    header = ("picture", "text", "same bytes in two runs", "same bytes across releases", "same pixels across releases")
    print(text_table((*header, "differing pixels", "bytes as stored"), rows))
    print()
    versions = content["releases"]
    print(text_table(next(iter(versions.values())), [tuple(entry.values()) for entry in versions.values()]))
    print("\nstable" if content["stable"] else "\nNOT stable")


def _pixels(path):
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def _differing_pixels(a, b):
    a, b = _pixels(a), _pixels(b)
    return float((a != b).any(axis=2).mean()) if a.shape == b.shape else 1.0


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())

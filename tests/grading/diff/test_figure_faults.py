"""Every figure of all notebooks replaced by what it is not, on a machine where its numbers and its texts may differ.

The numbers move within their tolerance where they have one, and the environment differs in what draws: the two
excuses that a picture can have. Each fault must be found, and nothing without one.
"""

import json
import shutil

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from mnist_lab import files
from mnist_lab.grading.diff.compare import compare_folders

REFERENCE = files.project_root(__file__) / "results" / "reference"
FIGURES = sorted(REFERENCE.glob("*/*.png"))
SIZES = {path: Image.open(path).size for path in FIGURES}
NOTEBOOKS = sorted({path.parent.name for path in FIGURES})


def opened(path):
    with Image.open(path) as picture:
        return picture.convert("RGB")


def moved_list(values, step):
    """Move the largest number down and the smallest up, so that the sum stays."""
    values = list(values)
    low, high = int(np.argmin(values)), int(np.argmax(values))
    if low != high and values[high] > values[low]:
        step = min(step, values[high]) if values[high] > 0 else step
        values[low], values[high] = values[low] + step, values[high] - step
    return values


def moved_value(value, step, skipped=None):
    if not isinstance(value, list):
        return value if isinstance(value, int) else value - step
    if not isinstance(value[0], list):
        kept = [number for index, number in enumerate(value) if index != skipped]
        moved = moved_list(kept, step)
        return moved if skipped is None else [*moved[:skipped], value[skipped], *moved[skipped:]]
    square = len(value) == len(value[0])
    return [moved_value(row, step, index if square else None) for index, row in enumerate(value)]


def moved(entries):
    """Move numbers within their tolerance; of lists of indices the order."""
    for entry in entries.values():
        whole = "." not in json.dumps(entry["value"])
        if entry.get("atol", 0) >= (1 if whole else 1e-5):
            entry["value"] = moved_value(entry["value"], 1 if whole else entry["atol"] / 3)
        elif "overlap" in entry or entry.get("compare") is False:
            entry["value"] = entry["value"][::-1] if isinstance(entry["value"], list) else entry["value"]
    return entries


@pytest.fixture
def elsewhere(tmp_path):
    """Return a function that copies a notebook's folder as another machine would have written it."""

    def copy(notebook):
        folder = shutil.copytree(REFERENCE / notebook, tmp_path / notebook)
        for picture in folder.glob("*.png"):
            numbers = picture.with_suffix(".json")
            numbers.write_text(json.dumps(moved(json.loads(numbers.read_text(encoding="utf-8")))), encoding="utf-8")
        record = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
        record["freetype"] = "2.6.1"
        (folder / "environment.json").write_text(json.dumps(record), encoding="utf-8")
        return folder

    return copy


def blank(path):
    return Image.new("RGB", SIZES[path], "white")


def black(path):
    return Image.new("RGB", SIZES[path], "black")


def mirrored(path):
    return ImageOps.mirror(opened(path))


def inverted(path):
    return ImageOps.invert(opened(path))


def half_blank(path):
    picture = opened(path)
    picture.paste("white", (0, 0, picture.width // 2, picture.height))
    return picture


def another(path):
    """Return another figure of its size, of its notebook where there is one; None where there is none."""
    alike = [other for other in FIGURES if SIZES[other] == SIZES[path] and other != path]
    own = [other for other in alike if other.parent == path.parent]
    return opened((own or alike)[0]) if alike else None


FAULTS = (blank, black, mirrored, inverted, half_blank, another)


def faulty_picture(fault, path):
    """Return a figure with a fault; None where it leaves the figure nearly as it is: a symmetric one mirrored."""
    picture = fault(path)
    if fault is mirrored and ImageStat.Stat(ImageChops.difference(picture, opened(path)).convert("L")).mean[0] < 1:
        return None
    return picture


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_numbers_moved_within_tolerance_are_no_change(elsewhere, notebook):
    found = compare_folders(REFERENCE, elsewhere(notebook).parent)
    assert not [one for one in found if one.is_change and one.file.startswith(f"{notebook}/") and one.file[-1] != "/"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_figure_that_is_another_is_found(elsewhere, notebook, fault):
    folder = elsewhere(notebook)
    faulty = []
    for path in FIGURES:
        if path.parent.name == notebook and (picture := faulty_picture(fault, path)) is not None:
            picture.save(folder / path.name, compress_level=1)
            faulty.append(path.name)
    found = {one.file: one.verdict for one in compare_folders(REFERENCE, folder.parent)}
    assert {name: found[f"{notebook}/{name}"] for name in faulty} == dict.fromkeys(faulty, "changed")
    assert len(faulty) >= 0.7 * len(list(folder.glob("*.png"))) or fault is another


def test_two_figures_that_became_one_picture_are_found(elsewhere):
    folder = elsewhere("08_inside_the_network")
    names = "worst_errors_plain.png", "worst_errors_augmented.png"
    digits = np.random.default_rng(0).integers(0, 7, (10, 10)).repeat(64, axis=0).repeat(78, axis=1) * 5
    own = opened(folder / names[0])
    own.paste(0, (10, 20), Image.fromarray(digits.astype(np.uint8)))  # no longer a copy of the reference
    for name in names:
        own.save(folder / name)
    found = {one.file: one for one in compare_folders(REFERENCE, folder.parent)}
    assert "changed" in {found[f"08_inside_the_network/{name}"].verdict for name in names}


def test_there_are_enough_of_them():
    alone = [path for path in FIGURES if list(SIZES.values()).count(SIZES[path]) == 1]
    assert len(NOTEBOOKS) == 11
    assert len(FAULTS) * len(FIGURES) - len(alone) >= 480

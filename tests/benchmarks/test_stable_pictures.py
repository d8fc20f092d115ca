"""The comparison of pictures between releases of matplotlib: what it draws, finds, and answers."""

import json
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from benchmarks.upkeep import stable_pictures
from mnist_lab import files, plotting, results

ROOT = files.project_root(__file__)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def inputs(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "images": rng.integers(0, 256, (196, 28, 28), dtype=np.uint8),
        "labels": np.arange(196) % 10,
        "01_class_histogram/grid_by_class": rng.integers(0, 256, (30, 40, 3), dtype=np.uint8),
    }
    np.savez(tmp_path / "inputs.npz", **arrays)
    return tmp_path / "inputs.npz", arrays


@pytest.fixture
def runs(tmp_path):
    """Return a function that writes one picture for each run of two releases, and compares them."""

    def compare(name, *grey):
        pictures = {"3.10": [], "3.11": []}
        for index, value in enumerate(grey):
            path = tmp_path / str(index) / f"{name}.png"
            path.parent.mkdir(parents=True)
            picture = np.zeros((4, 5, 3), dtype=np.uint8)
            picture[0, 0] = value
            Image.fromarray(picture).save(path)
            pictures["3.10" if index < 2 else "3.11"].append(tmp_path / str(index))
        (entry,) = stable_pictures.compare(pictures).values()
        return entry

    return compare


def test_the_notebooks_mosaics_are_found_and_stored():
    names = stable_pictures.mosaics_of_notebooks(ROOT / "notebooks")
    assert {"01_class_histogram/grid_by_class", "06_linear_baselines/weights_l1", "10_marvin/first_predictions"} <= set(
        names
    )
    assert len(names) == len(set(names))
    assert [name for name in names if not (ROOT / "results" / "reference" / f"{name}.png").is_file()] == []


def test_only_cells_with_draw_mosaic_count(tmp_path):
    cells = [
        {"cell_type": "code", "source": ["fig = plotting.draw_mosaic(a)\n", 'out.save_figure("tiles", fig, n=n)']},
        {"cell_type": "code", "source": ['out.save_figure("curves", fig, n=n)']},
        {"cell_type": "markdown", "source": ["draw_mosaic("]},
    ]
    (tmp_path / "01_a.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert stable_pictures.mosaics_of_notebooks(tmp_path) == ["01_a/tiles"]


def test_pictures_are_drawn_as_the_notebooks_save_them(inputs, tmp_path, monkeypatch):
    path, arrays = inputs
    stable_pictures.draw(path, tmp_path / "drawn")
    monkeypatch.setenv("MNIST_LAB_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(results.Results, "_write_environment", lambda self: None)
    out = results.Results("01_class_histogram", seed=0)
    for name, figure in {
        "grid_by_class": plotting.draw_mosaic(arrays["01_class_histogram/grid_by_class"]),
        "../with_text/sample_grid": plotting.sample_grid(
            arrays["images"][:16], [f"label {label}" for label in arrays["labels"][:16]], columns=4
        ),
    }.items():
        out.save_figure(name, figure, n=results.number(1))
        drawn = tmp_path / "drawn" / "01_class_histogram" / f"{name}.png"
        assert drawn.read_bytes() == (out.folder / f"{name}.png").read_bytes()
    versions = json.loads((tmp_path / "drawn" / "versions.json").read_text(encoding="utf-8"))
    assert versions["numpy"] == np.__version__


def test_drawing_needs_no_more_than_is_installed_for_it():
    code = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"tensorflow", "keras", "sklearn", "pooch", "plotly"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
sys.path.insert(0, "benchmarks")
import numpy as np
from benchmarks.upkeep import stable_pictures
arrays = {"images": np.zeros((196, 28, 28), np.uint8), "labels": np.arange(196) % 10}
print(sum(1 for _ in stable_pictures.figures(arrays)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert (done.stdout, done.returncode) == ("7\n", 0), done.stderr


@pytest.mark.parametrize(
    ("name", "grey", "two_runs", "across", "share", "stable"),
    [
        ("digits/mosaic", (0, 0, 0, 0), True, True, 0, True),
        ("digits/mosaic", (0, 0, 9, 9), True, False, 0.05, False),
        ("with_text/curves", (0, 0, 9, 9), True, False, 0.05, True),
        ("with_text/curves", (0, 0, 0, 9), False, True, 0, False),
        ("digits/mosaic", (0, 9, 0, 9), False, True, 0, False),
    ],
)
def test_verdict_on_one_picture(runs, name, grey, two_runs, across, share, stable):
    entry = runs(name, *grey)
    assert entry["same_bytes_in_two_runs"] is two_runs
    assert entry["same_bytes_across_releases"] is across
    assert entry["differing_pixels"] == share
    assert entry["same_pixels_across_releases"] is (share == 0)
    assert entry["same_bytes_as_stored"] is None
    assert stable_pictures.is_stable(entry) is stable


def test_other_bytes_of_the_same_pixels_are_told_apart(tmp_path):
    for folder, level in (("a", 1), ("b", 9)):
        (tmp_path / folder / "digits").mkdir(parents=True)
        picture = Image.fromarray(np.arange(10_000, dtype=np.uint16).astype(np.uint8).reshape(100, 100))
        picture.save(tmp_path / folder / "digits" / "mosaic.png", compress_level=level)
    entry = stable_pictures.compare({"3.10": [tmp_path / "a"], "3.11": [tmp_path / "b"]})["digits/mosaic"]
    assert entry["same_pixels_across_releases"]
    assert not entry["same_bytes_across_releases"]


def test_pictures_of_other_sizes_differ_altogether(tmp_path):
    for folder, width in (("a", 4), ("b", 5)):
        (tmp_path / folder / "digits").mkdir(parents=True)
        Image.new("RGB", (width, 3)).save(tmp_path / folder / "digits" / "mosaic.png")
    entry = stable_pictures.compare({"3.10": [tmp_path / "a"], "3.11": [tmp_path / "b"]})["digits/mosaic"]
    assert entry["differing_pixels"] == 1


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Draw in this process's environment for every release; the answers go to a fresh file."""
    monkeypatch.setattr(stable_pictures, "PATH", tmp_path / "stable_pictures.json")
    monkeypatch.setattr(stable_pictures, "make_environment", lambda folder, release: release)
    monkeypatch.setattr(stable_pictures, "write_inputs", lambda path: None)

    def draw(pictures):
        def elsewhere(release, inputs, target):
            (target / "digits").mkdir(parents=True)
            Image.new("RGB", (2, 2), (pictures[release],) * 3).save(target / "digits" / "mosaic.png")
            files.write_json(target / "versions.json", {"matplotlib": release})

        monkeypatch.setattr(stable_pictures, "draw_elsewhere", elsewhere)
        return tmp_path / "stable_pictures.json"

    return draw


@pytest.mark.parametrize(("other", "code"), [(0, 0), (1, 1)])
def test_exit_code_follows_the_mosaics(quick, capsys, other, code):
    path = quick({"3.10": 0, "3.11": other})
    assert stable_pictures.main(["3.10", "3.11"]) == code
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["command"] == "python -m benchmarks.upkeep.stable_pictures 3.10 3.11"
    assert content["stable"] is (code == 0)
    assert capsys.readouterr().out.splitlines()[-1] == ("NOT stable" if code else "stable")


def test_an_environment_that_cannot_be_made_is_exit_code_2(quick, monkeypatch, capsys):
    path = quick({})

    def fails(folder, release):
        raise subprocess.CalledProcessError(1, ["pip", "install", f"matplotlib=={release}.*"])

    monkeypatch.setattr(stable_pictures, "make_environment", fails)
    assert stable_pictures.main(["9.98", "9.99"]) == 2
    assert "matplotlib==9.98.*" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize("arguments", [[], ["3.11"], ["3.11", "3.11"], ["3.10", "3.11.2"], ["3.10", "new"]])
def test_wrong_use_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        stable_pictures.main(arguments)
    assert "two or more releases" in capsys.readouterr().err


def test_stored_table_covers_every_mosaic_and_is_stable():
    content = json.loads(stable_pictures.PATH.read_text(encoding="utf-8"))
    names = stable_pictures.mosaics_of_notebooks(ROOT / "notebooks")
    assert set(names) <= set(content["pictures"]), f"make it again: {content['command']}"
    assert {"3.10", "3.11"} <= set(content["releases"])
    assert content["stable"] is True
    for entry in content["pictures"].values():
        assert stable_pictures.is_stable(entry)
        assert entry["text"] or entry["same_pixels_across_releases"]

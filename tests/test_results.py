"""The results folder: format and faults."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_lab import results


@pytest.fixture
def out(folders):
    return results.Results("99_made_up", seed=3)


@pytest.fixture
def figure():
    fig, ax = plt.subplots(figsize=(4, 3), dpi=100)
    ax.plot([1, 2, 3])
    yield fig
    plt.close(fig)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_environment_is_recorded(out):
    record = read(out.folder / "environment.json")
    assert record["seed"] == 3
    assert record["libraries"]["numpy"] == np.__version__
    assert {"python", "freetype", "blas", "cpu_features", "threads", "data_sources", "schema"} <= set(record)


def test_metrics_are_added_up(out):
    out.save_metrics({"test_accuracy.first": results.number(np.float32(0.5), atol=0.003)})
    out.save_metrics({"images": results.number(10)})
    assert read(out.folder / "metrics.json") == {
        "test_accuracy.first": {"value": 0.5, "atol": 0.003},
        "images": {"value": 10},
    }


def test_what_is_no_number_is_refused_and_nothing_is_lost(out):
    out.save_metrics({"images": 10})
    with pytest.raises(TypeError, match="save its values under a name each"):
        out.save_metrics({"accuracy": {"test": 0.5}})
    out.save_metrics({"more": results.number(1)})
    assert set(read(out.folder / "metrics.json")) == {"images", "more"}


def test_figure_is_saved_with_its_numbers(out, figure):
    out.save_figure("curve", figure, loss=results.number(np.array([1.0, 0.5]), atol=0.02))
    assert read(out.folder / "curve.json") == {"loss": {"value": [1.0, 0.5], "atol": 0.02}}
    assert plt.imread(out.folder / "curve.png").shape[:2] == (300, 400)  # its own size, no tight box


def test_plain_values_are_exact_or_share_a_tolerance(out, figure):
    fixed = results.number([3], atol=0)
    out.save_figure("curves", figure.axes[0], atol=0.02, loss=[1.0, 0.5], fixed=fixed)
    out.save_numbers("counts", counts=np.array([7, 8]))
    assert read(out.folder / "curves.json") == {"loss": {"value": [1.0, 0.5], "atol": 0.02}, "fixed": fixed}
    assert read(out.folder / "counts.json") == {"counts": {"value": [7, 8]}}


def test_pictures_are_the_same_bytes_each_time_and_name_no_version(out, figure):
    out.save_figure("first", figure, x=results.number(1))
    out.save_figure("second", figure, x=results.number(1))
    first = (out.folder / "first.png").read_bytes()
    assert first == (out.folder / "second.png").read_bytes()
    assert b"Matplotlib" not in first


def test_figure_without_numbers_is_refused(out, figure):
    with pytest.raises(TypeError, match="needs the numbers"):
        out.save_figure("curve", figure)


def test_numbers_can_be_read_back(out):
    path = out.save_numbers("lists", a=results.number([1, 2]), b=results.not_compared([3], why="made up"))
    assert results.read_numbers(path) == {"a": [1, 2], "b": [3]}


def test_nan_is_refused(out):
    with pytest.raises(ValueError, match="infinite number"):
        out.save_metrics({"loss": results.number(float("nan"))})
    assert not (out.folder / "metrics.json").exists()


def test_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="at least 0"):
        results.number(1, atol=-0.1)


def test_times_go_to_a_file_of_their_own(out):
    out.save_times(notebook=1.234)
    out.save_times(predict=0.5)
    assert read(out.folder / "times.json") == {"notebook": 1.23, "predict": 0.5}


def test_a_missing_measurement_says_how_to_make_it(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mnist_lab"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"benchmarks\.measurements nothing"):
        results.load_measurement("nothing")


def test_a_set_of_indices_states_the_overlap_it_expects():
    assert results.index_set([3, 1], overlap=0.5) == {"value": [3, 1], "overlap": 0.5}
    for overlap in (0, 1.2, float("nan")):
        with pytest.raises(ValueError, match="no share"):
            results.index_set([3, 1], overlap=overlap)


def test_a_confusion_matrix_tells_itself_from_its_transpose():
    matrix = np.array([[9, 1], [0, 10]])
    entries = [results.confusion_matrix_entries(m, atol=1) for m in (matrix, matrix.T)]
    assert np.abs(entries[0]["matrix"]["value"] - entries[1]["matrix"]["value"]).max() <= entries[0]["matrix"]["atol"]
    assert [entry["images"]["value"].tolist() for entry in entries] == [[10, 10], [9, 11]]
    assert "atol" not in entries[0]["images"]


@pytest.mark.parametrize("value", [float("nan"), [0.5, float("inf")], [[1], [2, float("nan")]], np.array([np.nan])])
def test_a_number_that_is_none_is_named(folders, value):
    out = results.Results("01_class_histogram", seed=0)
    with pytest.raises(ValueError, match=r"metrics: loss holds nan or an infinite number.*learning rate"):
        out.save_metrics({"accuracy": results.number(0.5), "loss": results.number(value)})


def test_texts_and_lists_of_texts_are_no_numbers_to_check(folders):
    out = results.Results("01_class_histogram", seed=0)
    out.save_metrics({"models": results.number(["dense", "marvin"]), "ragged": results.number([[1], [2, 3]])})
    stored = json.loads((out.folder / "metrics.json").read_text(encoding="utf-8"))
    assert [stored[name]["value"] for name in ("models", "ragged")] == [["dense", "marvin"], [[1], [2, 3]]]

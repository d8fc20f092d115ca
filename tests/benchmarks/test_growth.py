"""The fitted line, what is drawn, and the whole benchmark in miniature."""

import json

import matplotlib.pyplot as plt
import pytest

from benchmarks import growth, timing
from mnist_lab import data


def test_the_line_of_a_made_up_growth():
    line = growth.fitted_line([6_000, 12_000, 24_000], [0.25 + 0.1 * 6, 0.25 + 0.1 * 12, 0.25 + 0.1 * 24])
    assert line == {"fixed_seconds": 0.25, "seconds_per_1000_images": 0.1}


def test_only_the_first_images_are_trained_on():
    x, y = growth.tf.range(10.0), growth.tf.range(10.0) * 2
    assert sorted(float(value) for part, _ in growth.first((x, y), 7, 3) for value in part) == list(range(7))


def made_up_runs():
    values = {"images": growth.IMAGES, "epochs": growth.EPOCHS, "batch": growth.BATCHES, "threads": growth.THREADS}
    return [
        {"model": name, "axis": axis, "value": value, "seconds": seconds}
        for name in growth.MODELS
        for axis in values
        for value in values[axis]
        for seconds in (1.0, 2.0, 5.0)
    ]


def test_every_run_is_drawn_and_the_line_is_the_median():
    figure = growth.draw(made_up_runs())
    images = figure.axes[0]
    lines = [line for line in images.lines if line.get_linestyle() == "-"]
    assert [line.get_label() for line in lines] == list(growth.MODELS)
    assert list(lines[0].get_ydata()) == [2.0] * 4
    dots = [list(line.get_ydata()) for line in images.lines if line.get_linestyle() == "None"]
    assert dots == [[1.0, 2.0, 5.0]] * 8
    assert all(" in s" in ax.get_ylabel() and ax.get_xlabel() for ax in figure.axes)
    plt.close(figure)


@pytest.fixture
def small(tmp_path, monkeypatch, digits):
    """The benchmark in miniature, writing to a temporary folder; no fresh processes."""
    x, y = digits
    settings = {"ROUNDS": 2, "IMAGES": (32, 64), "EPOCHS": (1, 2), "EPOCH_IMAGES": 32, "BATCHES": (16, 32)}
    settings |= {"BATCH_IMAGES": 32, "THREAD_IMAGES": 32, "MODELS": {"fast_cnn": growth.MODELS["fast_cnn"]}}
    for name, value in settings.items():
        monkeypatch.setattr(growth, name, value)
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    monkeypatch.setattr(data, "load_split", lambda seed: [(x, y.argmax(axis=1))])
    asked = []

    def in_fresh_process(script, name, count, **variables):
        asked.append((script, name, count, variables))
        return {"seconds": 3.0 - int(variables["TF_NUM_INTRAOP_THREADS"]), "processor_seconds": 2.0}

    monkeypatch.setattr(timing, "in_fresh_process", in_fresh_process)
    return tmp_path, asked


def test_from_a_to_z(small, capsys):
    folder, asked = small
    growth.main()
    stored = json.loads((folder / "growth.json").read_text(encoding="utf-8"))
    assert growth.points(stored["runs"], "fast_cnn", "threads") == ([1, 2], [[2.0, 2.0], [1.0, 1.0]], [2.0, 1.0])
    assert [growth.points(stored["runs"], "fast_cnn", axis)[0] for axis in ("images", "epochs", "batch")] == [
        [32, 64],
        [1, 2],
        [16, 32],
    ]
    assert stored["models"]["fast_cnn"]["graph_seconds"] > 0
    assert (folder / "growth.png").read_bytes().startswith(b"\x89PNG")
    variables = asked[0][3]
    assert variables == {name: "1" for name in variables}
    assert {"TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"} <= set(variables)
    assert "seconds per 1000 images" in capsys.readouterr().out


def test_what_a_fresh_process_does(small):
    found = growth.with_threads("fast_cnn", 64)
    assert found["seconds"] > 0
    assert found["processor_seconds"] > 0

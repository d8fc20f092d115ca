"""Figures that compare models: what is drawn where, and labels that do not overlap."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from mnist_lab import comparison, plotting, significance
from mnist_lab.plotting.comparison import FAMILY_COLORS


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def table_of(n):
    """Made-up results of n models, crowded on purpose."""
    kinds = ["linear", "dense", "convolutional"]
    return pd.DataFrame(
        {
            "family": [kinds[i % 3] for i in range(n)],
            "parameters": [1000 + 40 * i for i in range(n)],
            "test %": [99 + 0.001 * (i % 7) for i in range(n)],
        },
        index=[f"a_model_with_a_name_{i}" for i in range(n)],
    )


def test_cost_scatter_draws_the_error_of_each_kind_in_its_colour():
    table = table_of(3)
    ax = plotting.cost_scatter(table, "parameters", label="parameters")
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel()) == ("log", "log", "parameters")
    for points, kind, i in zip(ax.collections, table["family"], range(3), strict=True):
        assert points.get_offsets().data.tolist() == [[1000 + 40 * i, pytest.approx(1 - 0.001 * i)]]
        assert tuple(points.get_facecolor()[0]) == to_rgba(FAMILY_COLORS[kind])


def test_labels_do_not_overlap_and_stay_inside():
    table = table_of(19)
    ax = plotting.cost_scatter(table, "parameters", label="parameters")
    ax.figure.canvas.draw()
    boxes = {note.get_text(): note.get_window_extent() for note in ax.texts if note.get_text()}
    assert set(boxes) == set(table.index)
    assert all(box.count_overlaps(list(boxes.values())) == 1 for box in boxes.values())  # itself
    points = ax.transData.transform(np.column_stack([table["parameters"], 100 - table["test %"]]))
    assert not any(box.contains(*point) for box in boxes.values() for point in points)
    assert all(ax.bbox.contains(*corner) for box in boxes.values() for corner in box.corners())


# seconds that once put labels beside other models' points, and a line through a label
CROWDED = {
    "dense": 39.9,
    "dense_dropout": 65.1,
    "dense_512": 37.9,
    "dense_512_regularised": 75.1,
    "simple_cnn": 30.7,
    "deep_cnn": 245.0,
    "improved_cnn": 75.3,
    "marvin": 109.1,
    "dropout_cnn": 253.6,
    "dropout_cnn_augmented": 200.0,
    "branches_1": 137.8,
    "branches_2": 148.6,
    "branches_3": 143.7,
    "branches_4": 56.3,
    "branches_5": 137.4,
    "branches_6": 243.5,
    "logistic_regression": 3.6,
    "logistic_regression_l1": 18.2,
    "logistic_regression_l2": 2.8,
}


@pytest.mark.parametrize(
    "table_and_cost",
    [
        pytest.param(lambda: (comparison.model_table().assign(seconds=pd.Series(CROWDED)), "seconds"), id="crowded"),
        pytest.param(lambda: (comparison.model_table(), "seconds"), id="stored seconds"),
        pytest.param(lambda: (comparison.model_table(), "parameters"), id="stored parameters"),
    ],
)
def test_labels_belong_to_their_points(table_and_cost):
    table, cost = table_and_cost()
    ax = plotting.cost_scatter(table, cost, label=cost)
    ax.figure.canvas.draw()
    points = ax.transData.transform(np.column_stack([table[cost], 100 - table["test %"]]))
    boxes = {note.xy: note.get_window_extent() for note in ax.texts if note.get_text()}
    names = {note.xy: note.get_text().split("\n") for note in ax.texts if note.get_text()}
    lines = {note.xy: note for note in ax.texts if not note.get_text()}
    assert sorted(itertools.chain(*names.values())) == sorted(table.index)
    for xy, box in boxes.items():
        if xy not in lines:  # then the nearest point is its own
            distances = np.hypot(*(points - np.clip(points, box.min, box.max)).T)
            assert table.index[distances.argmin()] in names[xy]
    for xy, line in lines.items():  # a line goes through no label, and over no other point
        start = ax.transData.transform(xy)
        drawn = Path([start, start + np.array(line.xyann) * ax.figure.dpi / 72])
        assert not any(drawn.intersects_bbox(box) for other, box in boxes.items() if other != xy)
        others = points[[name not in names[xy] for name in table.index]]
        assert not any(drawn.intersects_bbox(Bbox.from_bounds(x - 3, y - 3, 6, 6)) for x, y in others)


def test_points_that_touch_share_a_label_in_the_order_of_their_errors():
    table = table_of(3)
    table["parameters"] = [1000, 1001, 90_000]
    table["test %"] = [91.0, 90.9, 95.0]
    ax = plotting.cost_scatter(table, "parameters", label="parameters")
    worse, better, far = table.index[[1, 0, 2]]
    assert {note.get_text() for note in ax.texts if note.get_text()} == {f"{worse}\n{better}", far}


@pytest.fixture
def pairs():
    return pd.DataFrame(
        {
            "a": ["x", "x", "y"],
            "b": ["y", "z", "z"],
            "discordant": [40, 90, 120],
            "difference": [2, -30, 80],
            "p": [0.8, 0.02, 0.0001],
            "p_holm": [0.8, 0.06, 0.0003],
        }
    )


def test_heatmap_has_single_p_values_below_and_holms_above_the_diagonal(pairs):
    ax = plotting.p_value_heatmap(pairs)
    matrix = ax.images[0].get_array().filled(np.nan)
    assert np.isnan(matrix.diagonal()).all()
    assert [matrix[1, 0], matrix[2, 0], matrix[2, 1]] == [0.8, 0.02, 0.0001]
    assert [matrix[0, 1], matrix[0, 2], matrix[1, 2]] == [0.8, 0.06, 0.0003]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y", "z"]
    assert sorted(text.get_text() for text in ax.texts) == ["0.020", "0.060", "0.80", "0.80"]


def test_discordance_scatter_separates_what_is_significant(pairs):
    ax = plotting.discordance_scatter(pairs)
    significant, chance = (points.get_offsets().data.tolist() for points in ax.collections)
    assert significant == [[90, 30], [120, 80]]
    assert chance == [[40, 2]]
    least, found = ax.lines
    assert all(significance.smallest_significant(int(x)) == y for x, y in least.get_xydata())
    assert (found.get_ydata() >= least.get_ydata()).all()

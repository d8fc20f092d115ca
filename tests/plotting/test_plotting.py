import json
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from mnist_lab import plotting

TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def table():
    return pd.DataFrame({"train": TRAIN, "test": TEST})


@pytest.fixture
def histories():
    return {
        "plain": {"loss": [0.5, 0.2, 0.1], "val_loss": [0.3, 0.2, 0.25], "accuracy": [0.8, 0.9, 0.95]},
        "dropout": {"loss": [0.6, 0.3], "val_loss": [0.35, 0.3], "accuracy": [0.7, 0.8]},
    }


def heights(container):
    return [bar.get_height() for bar in container]


def tick_labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_class_histogram_draws_both_counts_of_each_digit(table):
    ax = plotting.class_histogram(table)
    train, test = ax.containers
    assert heights(train) == TRAIN
    assert heights(test) == TEST
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train", "test"]
    assert tick_labels(ax.xaxis) == list("0123456789")


def test_class_histogram_puts_the_digits_in_order(table):
    ax = plotting.class_histogram(table.sort_values("train"))
    assert heights(ax.containers[0]) == TRAIN


@pytest.mark.parametrize("draw", [plotting.class_histogram, plotting.interactive_class_histogram])
def test_class_histograms_name_what_the_table_lacks(draw, table):
    with pytest.raises(ValueError, match=r'columns "train" and "test".*bincount'):
        draw(table[["train"]])
    with pytest.raises(ValueError, match="one row for each digit"):
        draw(table.drop(index=3))


def test_interactive_class_histogram_holds_the_counts(table):
    fig = plotting.interactive_class_histogram(table.sort_values("test"))
    train, test = fig.data
    assert (train.type, train.name, list(train.x), list(train.y)) == ("bar", "train", list(range(10)), TRAIN)
    assert (test.type, test.name, list(test.x), list(test.y)) == ("bar", "test", list(range(10)), TEST)
    assert fig.layout.xaxis.title.text == "digit"


def test_interactive_class_histogram_is_stored_without_plotly_js(table):
    import plotly.io as pio

    fig = plotting.interactive_class_histogram(table)
    bundle = pio.renderers["plotly_mimetype"].to_mimebundle(fig.to_dict())
    assert list(bundle) == ["application/vnd.plotly.v1+json"]
    stored = json.dumps(bundle)
    assert len(stored) < 20_000
    assert "bdata" not in stored
    assert "np.float64" not in stored


def test_interactive_class_histogram_says_nothing():
    code = (
        "import pandas as pd; from mnist_lab.plotting import interactive_class_histogram as draw; "
        "draw(pd.DataFrame({'train': range(10), 'test': range(10)}))"
    )
    done = subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "cufflinks" not in done.stderr


def test_learning_curves_count_epochs_from_one_and_tell_training_from_validation(histories):
    fig = plotting.learning_curves(histories)
    loss, accuracy = fig.axes
    assert [line.get_label() for line in loss.lines] == [
        "plain, training",
        "plain, validation",
        "dropout, training",
        "dropout, validation",
    ]
    assert [line.get_linestyle() for line in loss.lines] == ["--", "-", "--", "-"]
    assert list(loss.lines[0].get_xdata()) == [1, 2, 3]
    assert list(loss.lines[1].get_ydata()) == [0.3, 0.2, 0.25]
    assert loss.lines[0].get_color() == loss.lines[1].get_color() != loss.lines[2].get_color()
    assert (loss.get_xlabel(), loss.get_ylabel(), accuracy.get_ylabel()) == ("epoch", "loss", "accuracy")
    assert len(accuracy.lines) == 2  # no validation accuracy was given


def test_learning_curves_legend_names_models_and_line_styles(histories):
    (legend,) = plotting.learning_curves(histories).legends
    assert [text.get_text() for text in legend.get_texts()] == ["plain", "dropout", "training", "validation"]
    (legend,) = plotting.learning_curves(histories, metrics=["accuracy"]).legends
    assert [text.get_text() for text in legend.get_texts()] == ["plain", "dropout", "training"]


def test_learning_curves_mark_one_epoch_in_every_metric(histories):
    fig = plotting.learning_curves(histories, mark_epoch=3)
    for ax in fig.axes:
        assert list(ax.lines[-1].get_xdata()) == [3, 3]
        assert texts(ax) == ["epoch 3"]


def test_learning_curves_mark_an_epoch_of_its_own_for_each_metric(histories):
    fig = plotting.learning_curves(histories, mark_epoch={"loss": 2}, mark_label="overfits from {epoch}")
    loss, accuracy = fig.axes
    assert texts(loss) == ["overfits from 2"]
    assert texts(accuracy) == []


def test_learning_curves_say_what_is_missing(histories):
    with pytest.raises(ValueError, match="at least one history"):
        plotting.learning_curves({})
    with pytest.raises(ValueError, match="history 'plain' has no values of 'precision'"):
        plotting.learning_curves(histories, metrics=["precision"])
    with pytest.raises(ValueError, match="Epoch 4 cannot be marked"):
        plotting.learning_curves(histories, mark_epoch=4)
    with pytest.raises(ValueError, match="Epoch 0 cannot be marked"):
        plotting.learning_curves(histories, mark_epoch={"loss": 0})
    assert plt.get_fignums() == []  # a refused call leaves no empty figure behind for the notebook to show


def test_confusion_matrix_has_predictions_on_columns():
    matrix = np.array([[50, 7], [3, 46]])
    ax = plotting.confusion_matrix_heatmap(matrix, class_names=["even", "odd"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    np.testing.assert_array_equal(ax.collections[0].get_array(), matrix)
    assert texts(ax) == ["50", "7", "3", "46"]
    assert tick_labels(ax.xaxis) == tick_labels(ax.yaxis) == ["even", "odd"]
    assert ax.yaxis_inverted()  # the first true class is the top row
    assert ax.collections[0].get_cmap().name == "viridis"


def test_confusion_matrix_writes_fractions_with_three_decimals():
    ax = plotting.confusion_matrix_heatmap([[0.9, 0.1], [0.0625, 0.9375]])
    assert texts(ax) == ["0.900", "0.100", "0.062", "0.938"]
    assert ax.figure.axes[1].get_ylabel() == "fraction"


def test_confusion_matrix_can_leave_the_diagonal_out():
    ax = plotting.confusion_matrix_heatmap([[900, 2, 4], [3, 800, 0], [1, 5, 700]], mask_diagonal=True)
    assert texts(ax) == ["2", "4", "3", "0", "1", "5"]
    assert ax.collections[0].get_clim() == (0, 5)


def test_confusion_matrices_can_share_their_colours():
    ax = plotting.confusion_matrix_heatmap([[900, 2], [3, 800]], mask_diagonal=True, vmax=40)
    assert ax.collections[0].get_clim() == (0, 40)


def test_confusion_matrix_text_is_dark_on_light_and_light_on_dark():
    ax = plotting.confusion_matrix_heatmap([[100, 0], [0, 100]])
    dark, light = to_rgb(ax.texts[0].get_color()), to_rgb(ax.texts[1].get_color())
    assert max(dark) < 0.3
    assert min(light) > 0.9


def test_confusion_matrix_without_an_error_can_be_drawn():
    ax = plotting.confusion_matrix_heatmap(np.eye(3, dtype=int), mask_diagonal=True)
    assert texts(ax) == ["0"] * 6


def test_confusion_matrix_refuses_wrong_shapes():
    with pytest.raises(ValueError, match="is square"):
        plotting.confusion_matrix_heatmap(np.ones((2, 3)))
    with pytest.raises(ValueError, match="1 class names for 2 classes"):
        plotting.confusion_matrix_heatmap(np.eye(2), class_names=["one"])


def test_errors_per_class_labels_bars_with_count_and_rate():
    errors = [1, 2, 9, 8, 8, 9, 10, 11, 7, 0]
    ax = plotting.errors_per_class_bars(errors, TEST)
    assert heights(ax.containers[0]) == errors
    assert texts(ax)[5] == "9\n1.01 %"
    assert texts(ax)[9] == "0\n0.00 %"
    assert ax.get_xlabel() == "true digit"


def test_errors_per_class_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="ten numbers each"):
        plotting.errors_per_class_bars([1, 2], TEST)
    with pytest.raises(ValueError, match="swapped"):
        plotting.errors_per_class_bars(TEST, [1] * 10)


def test_predicted_against_true_draws_a_dot_for_each_error_and_none_for_the_rest():
    true = np.array([5, 5, 7, 1, 0], dtype=np.uint8)
    predicted = np.array([3, 3, 2, 1, 9])
    ax = plotting.predicted_against_true(true, predicted)
    dots = ax.collections[-1].get_offsets()
    np.testing.assert_array_equal(np.round(dots), [[5, 3], [5, 3], [7, 2], [0, 9]])
    assert not np.array_equal(dots[0], dots[1])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("true class", "predicted class")
    assert tick_labels(ax.xaxis) == list("0123456789")


def test_predicted_against_true_is_reproducible_and_leaves_the_random_state_alone():
    state = np.random.get_state()[1].copy()
    first, second = (plotting.predicted_against_true([5, 5], [3, 8]).collections[-1].get_offsets() for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_predicted_against_true_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match="equally long"):
        plotting.predicted_against_true([1, 2], [1])
    with pytest.raises(ValueError, match="argmax"):
        plotting.predicted_against_true([1, 2], np.eye(10)[:2])
    with pytest.raises(ValueError, match="digits from 0 to 9"):
        plotting.predicted_against_true([10], [1])
    with pytest.raises(ValueError, match="No prediction is wrong"):
        plotting.predicted_against_true([1, 2], [1, 2])
    assert plt.get_fignums() == []


def test_probability_fractions_by_hand():
    np.testing.assert_allclose(
        plotting.probability_fractions([0, 0.05, 0.15, 1]), [0.5, 0.25, 0, 0, 0, 0, 0, 0, 0, 0.25]
    )
    above_one = np.float32(1) + np.finfo(np.float32).eps
    assert plotting.probability_fractions([above_one], bins=2).tolist() == [0, 1]


def test_probability_histogram_draws_the_fractions_of_both_groups():
    ax = plotting.probability_histogram([0.95, 0.99, 0.2, 1.0], [0.01, 0.02], digit=3)
    shown, others = ax.containers
    np.testing.assert_allclose(heights(shown), [0, 0, 0.25, 0, 0, 0, 0, 0, 0, 0.75])
    np.testing.assert_allclose(heights(others), [1] + [0] * 9)
    assert ax.get_yscale() == "log"
    assert "3" in ax.get_xlabel()
    for index, (left, right) in enumerate(zip(shown, others, strict=True)):
        assert index / 10 <= left.get_x() < right.get_x() < right.get_x() + right.get_width() <= (index + 1) / 10


def test_probability_histogram_without_log_and_with_other_bins():
    ax = plotting.probability_histogram([0.9], [0.1], digit=0, bins=4, log=False)
    assert ax.get_yscale() == "linear"
    assert len(ax.containers[0]) == 4


def test_probability_histogram_refuses_what_are_no_probabilities():
    with pytest.raises(ValueError, match="softmax"):
        plotting.probability_histogram([2.5], [0.1], digit=0)
    with pytest.raises(ValueError, match="softmax"):
        plotting.probability_histogram([np.nan], [0.1], digit=0)
    with pytest.raises(ValueError, match="take one class"):
        plotting.probability_histogram(np.eye(10), [0.1], digit=0)
    with pytest.raises(ValueError, match="at least one number"):
        plotting.probability_histogram([0.1], [], digit=0)
    assert plt.get_fignums() == []


def test_comparison_draws_every_seed_the_mean_and_the_spread():
    values = {"baseline": [0.98, 0.99, 1.0], "augmented": [0.995]}
    ax = plotting.accuracy_over_seeds(values)
    assert tick_labels(ax.yaxis) == ["baseline", "augmented"]
    assert texts(ax) == ["99.00 % ± 1.00 %  (n = 3)", "99.50 %  (n = 1)"]
    dots = [item for item in ax.collections if item.get_label() in values]
    assert dots[0].get_offsets()[:, 0].tolist() == [0.98, 0.99, 1.0]
    mean, _, (spread,) = ax.containers[0]
    assert mean.get_xdata()[0] == pytest.approx(0.99)
    np.testing.assert_allclose(spread.get_segments()[0][:, 0], [0.98, 1.0])
    assert not ax.containers[1].has_xerr
    assert ax.yaxis_inverted()


def test_comparison_draws_equal_accuracies_apart_and_within_their_row():
    ax = plotting.accuracy_over_seeds({"first": [0.99], "second": [0.99] * 10})
    heights = ax.collections[-2].get_offsets()[:, 1]
    assert len(np.unique(heights.round(3))) == 10
    assert np.all((heights > 0.5) & (heights < 1.5))


def test_comparison_writes_ticks_with_equally_many_decimals():
    ax = plotting.accuracy_over_seeds({"baseline": [0.99, 0.9912]})
    ax.figure.canvas.draw()
    decimals = {len(label.removesuffix(" %").partition(".")[2]) for label in tick_labels(ax.xaxis)}
    assert len(decimals) == 1


def test_comparison_draws_and_names_the_reference():
    ax = plotting.accuracy_over_seeds({"baseline": [0.98, 0.99]}, reference=0.9926)
    (label,) = ax.get_legend().get_texts()
    assert label.get_text() == "reference 99.26 %"
    assert any(list(line.get_xdata()) == [0.9926, 0.9926] for line in ax.lines)


def test_comparison_names_several_lines():
    ax = plotting.accuracy_over_seeds({"baseline": [0.98, 0.99]}, reference={"the goal": 0.99, "the others": 0.985})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["the goal 99.00 %", "the others 98.50 %"]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [0.99, 0.985]


def test_comparison_refuses_percentages_and_empty_lists():
    with pytest.raises(ValueError, match="nothing to compare"):
        plotting.accuracy_over_seeds({})
    with pytest.raises(ValueError, match="'baseline' needs at least one accuracy"):
        plotting.accuracy_over_seeds({"baseline": []})
    with pytest.raises(ValueError, match="divide percentages by 100"):
        plotting.accuracy_over_seeds({"baseline": [99.1]})


def draw_all(table, ax=None):
    """Every chart that takes ax, on small data."""
    yield lambda: plotting.class_histogram(table, ax=ax)
    yield lambda: plotting.confusion_matrix_heatmap(np.eye(10, dtype=int), ax=ax)
    yield lambda: plotting.errors_per_class_bars(np.arange(10), TEST, ax=ax)
    yield lambda: plotting.predicted_against_true([5, 5], [3, 8], ax=ax)
    yield lambda: plotting.probability_histogram([0.9], [0.1], digit=0, ax=ax)
    yield lambda: plotting.accuracy_over_seeds({"baseline": [0.98, 0.99]}, ax=ax)


def test_charts_draw_into_the_axes_they_are_given(table):
    fig, ax = plt.subplots()
    for draw in draw_all(table, ax):
        ax.clear()
        assert draw() is ax
        assert ax.has_data()
    assert plt.get_fignums() == [fig.number]


def test_charts_make_one_figure_of_fixed_resolution_and_show_nothing(table, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: pytest.fail("show() was called"))
    with matplotlib.rc_context({"figure.dpi": 55, "figure.figsize": (1, 1)}):
        for count, draw in enumerate(draw_all(table), start=1):
            ax = draw()
            assert len(plt.get_fignums()) == count
            assert ax.figure.dpi == 100
            assert min(ax.figure.get_size_inches()) >= 4


def test_charts_change_no_settings_of_matplotlib(table, histories):
    before = dict(matplotlib.rcParams)
    for draw in draw_all(table):
        draw()
    plotting.learning_curves(histories)
    plotting.interactive_class_histogram(table)
    assert dict(matplotlib.rcParams) == before


def test_importing_the_plots_loads_no_tensorflow_and_no_plotly():
    code = (
        "import sys, mnist_lab.plotting; "
        "print([name for name in ('tensorflow', 'keras', 'plotly', 'cufflinks') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"

"""How often each digit occurs, as a chart that stands still and as an interactive one."""

import contextlib
import io
import warnings

import numpy as np

from mnist_lab.plotting.style import BLUE, DIGITS, ORANGE, axes

__all__ = ["class_histogram", "interactive_class_histogram"]


def class_histogram(table, *, ax=None):
    """Draw the number of training and test images of each digit, in digit order.

    Parameters
    ----------
    table : pandas.DataFrame with the index 0 to 9 and the columns "train" and "test"
        Counts.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        With two bar containers, train and test.

    Raises
    ------
    ValueError
        If a column or a digit is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"train": np.bincount(y_train), "test": np.bincount(y_test)})  # doctest: +SKIP
    >>> ax = class_histogram(table)  # doctest: +SKIP
    """
    table = _in_digit_order(table)
    ax = axes(ax, "class_histogram")
    positions = np.arange(10)
    for offset, column, color in ((-0.2, "train", BLUE), (0.2, "test", ORANGE)):
        ax.bar(positions + offset, table[column], width=0.4, color=color, label=column)
    ax.set(xticks=positions, xlabel="digit", ylabel="images")
    ax.set_title("Images of each digit", loc="left")
    # Above the bars, not over them: the bars are about equally high, so no corner is free.
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
    return ax


def interactive_class_histogram(table):
    """Make the class histogram as an interactive chart, from the traces of cufflinks.

    cufflinks is no longer maintained: its ``iplot`` fails with plotly 6, and its colours are unreadable under
    NumPy 2 unless numbers are printed in the old way. Its traces are still good; the layout is our own.

    Parameters
    ----------
    table : pandas.DataFrame with the index 0 to 9 and the columns "train" and "test"
        Counts.

    Returns
    -------
    plotly.graph_objects.Figure
        Show it with ``fig.show(renderer="plotly_mimetype")``, which stores the numbers and not the megabytes of
        plotly.js.

    Raises
    ------
    ValueError
        If a column or a digit is missing.

    Examples
    --------
    >>> interactive_class_histogram(table).show(renderer="plotly_mimetype")  # doctest: +SKIP
    """
    table = _in_digit_order(table)
    # Importing cufflinks warns, and prints in some environments; a notebook must store neither.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.printoptions(legacy="1.25"):
        warnings.simplefilter("ignore")
        import cufflinks  # noqa: F401 (adds to_iplot to pandas.DataFrame)
        import plotly.graph_objects as go

        traces = table.to_iplot(kind="bar", colors=[BLUE, ORANGE])
    for trace in traces:
        # Plain lists: arrays would be stored as base64, which older viewers of notebooks do not read.
        trace.update(x=trace["x"].tolist(), y=trace["y"].tolist())
    fig = go.Figure(data=traces)
    fig.update_layout(
        barmode="group",
        template="plotly_white",
        height=420,
        title={"text": "Images of each digit"},
        xaxis={"title": {"text": "digit"}, "dtick": 1},
        yaxis={"title": {"text": "images"}},
        hovermode="x unified",
    )
    return fig


def _in_digit_order(table):
    missing = {"train", "test"} - set(table.columns)
    if missing or sorted(table.index) != list(DIGITS):
        raise ValueError(
            'The table needs the columns "train" and "test" and one row for each digit from 0 to 9, not the columns '
            f"{list(table.columns)} and the rows {list(table.index)}. Build it with "
            "np.bincount(labels, minlength=10)."
        )
    return table.loc[list(DIGITS), ["train", "test"]]

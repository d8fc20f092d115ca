"""A board to draw a digit on with mouse or finger; below, what a network sees and answers."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from mnist_lab.data.own_digits import keep_digit, strokes_to_image
from mnist_lab.plotting.error_browser import figure_png, probability_bars
from mnist_lab.plotting.style import DPI

__all__ = ["draw_answer", "drawing_board"]

SIZE = 280  # pixels of the screen
WIDTH = 20


def draw_answer(image, probabilities):
    """Draw an image as the network sees it, beside its ten probabilities.

    Parameters
    ----------
    image : ndarray of shape (28, 28)
    probabilities : array-like of shape (10,)

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = draw_answer(data.strokes_to_image(data.DRAWN[7]), probabilities)  # doctest: +SKIP
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(6, 2.8), dpi=DPI, layout="constrained")
    left.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    left.set(title="what the network sees", xticks=[], yticks=[])
    best = int(np.argmax(probabilities))
    probability_bars(probabilities, best, right)
    right.set_title(f"its answer: {best}")
    return fig


def drawing_board(predict):
    """Make a board to draw a digit on. The network answers after each stroke.

    Parameters
    ----------
    predict : callable
        Takes images, uint8 of shape (n, 28, 28), and returns probabilities of shape (n, 10).

    Returns
    -------
    ipywidgets.VBox
        Shown by a notebook with a running kernel if it is the last expression of a cell. Its attribute ``strokes`` is
        the drawing: a list of strokes, each a list of points (x, y). The button Keep writes it to
        ``results/my_digits``: see :func:`mnist_lab.data.keep_digit`.

    Examples
    --------
    >>> drawing_board(lambda x: evaluation.predict(model, data.scale(x)))  # doctest: +SKIP
    """
    import ipywidgets
    from ipycanvas import Canvas

    canvas = Canvas(width=SIZE, height=SIZE, layout={"width": f"{SIZE}px", "height": f"{SIZE}px"})
    answer, said = ipywidgets.Image(format="png"), ipywidgets.Label()
    clear, keep = ipywidgets.Button(description="Clear"), ipywidgets.Button(description="Keep")
    meant = ipywidgets.Dropdown(options=range(10), description="it is a")
    strokes, pressed = [], []

    def begin(x, y):
        if not pressed:  # a second finger does not count
            pressed.append(True)
            strokes.append([(x, y)])
            canvas.stroke_line(x, y, x, y)

    def go_on(x, y):
        if pressed:
            canvas.stroke_line(*strokes[-1][-1], x, y)
            strokes[-1].append((x, y))

    def end(x=None, y=None):
        if pressed:
            pressed.clear()
            show_answer()

    def show_answer():
        image = strokes_to_image(strokes)
        probabilities = predict(image[np.newaxis])[0]
        answer.value = figure_png(draw_answer(image, probabilities))
        said.value = f"The network reads a {probabilities.argmax()} ({100 * probabilities.max():.0f} %)."
        answer.layout.display = None

    def paint():
        canvas.fill_style, canvas.stroke_style = "black", "white"
        canvas.line_width, canvas.line_cap = WIDTH, "round"
        canvas.fill_rect(0, 0, SIZE, SIZE)
        for stroke in strokes:
            for first, second in pairwise([stroke[0], *stroke]):
                canvas.stroke_line(*first, *second)

    def wipe(_=None):
        strokes.clear()
        pressed.clear()
        paint()
        answer.layout.display, said.value = "none", "Draw a digit into the black field."

    def keep_it(_):
        if strokes:
            path = keep_digit(strokes_to_image(strokes), meant.value)
            said.value = f"Kept as {'/'.join(path.parts[-3:])}."

    canvas.on_client_ready(paint)  # else a page that shows the board anew has an empty one
    canvas.on_mouse_down(begin)
    canvas.on_mouse_move(go_on)
    canvas.on_mouse_up(end)
    canvas.on_mouse_out(end)
    canvas.on_touch_start(lambda points: begin(*points[0]))
    canvas.on_touch_move(lambda points: go_on(*points[0]))
    canvas.on_touch_end(lambda points: points or end())
    canvas.on_touch_cancel(lambda _: end())
    clear.on_click(wipe)
    keep.on_click(keep_it)
    wipe()
    buttons = ipywidgets.VBox([clear, ipywidgets.HBox([meant, keep]), said])
    board = ipywidgets.VBox([ipywidgets.HBox([canvas, buttons]), answer])
    board.strokes = strokes
    return board

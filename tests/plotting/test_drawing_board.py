"""The board that somebody draws on, without a browser."""

import numpy as np
import pytest

from mnist_lab import data, plotting


@pytest.fixture
def board(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_LAB_RESULTS", str(tmp_path))
    asked = []

    def predict(x):
        asked.append(x)
        return np.eye(10)[[7] * len(x)]

    made = plotting.drawing_board(predict)
    made.asked = asked
    return made


def parts(board):
    (canvas, side), answer = board.children[0].children, board.children[1]
    clear, (meant, keep), said = side.children[0], side.children[1].children, side.children[2]
    return canvas, clear, meant, keep, said, answer


def draw(board, strokes):
    canvas = parts(board)[0]
    for stroke in strokes:
        canvas._mouse_down_callbacks(*stroke[0])
        for point in stroke[1:]:
            canvas._mouse_move_callbacks(*point)
        canvas._mouse_up_callbacks(*stroke[-1])


def test_the_network_is_asked_after_each_stroke_for_what_was_drawn(board):
    draw(board, data.DRAWN[4])
    assert [x.shape for x in board.asked] == [(1, 28, 28)] * 2
    assert np.array_equal(board.asked[-1][0], data.strokes_to_image(data.DRAWN[4]))
    *_, said, answer = parts(board)
    assert said.value == "The network reads a 7 (100 %)."
    assert bytes(answer.value).startswith(b"\x89PNG") and answer.layout.display is None


def test_moving_without_pressing_draws_nothing(board):
    canvas = parts(board)[0]
    canvas._mouse_move_callbacks(1, 1)
    canvas._mouse_up_callbacks(1, 1)
    canvas._mouse_out_callbacks(1, 1)
    assert board.strokes == board.asked == []


def test_a_stroke_that_leaves_the_board_ends(board):
    canvas = parts(board)[0]
    canvas._mouse_down_callbacks(1, 1)
    canvas._mouse_move_callbacks(5, 9)
    canvas._mouse_out_callbacks(5, 9)
    canvas._mouse_move_callbacks(99, 99)
    assert board.strokes == [[(1, 1), (5, 9)]] and len(board.asked) == 1


def test_a_page_that_opens_later_gets_the_drawing(board, monkeypatch):
    draw(board, data.DRAWN[4])
    lines = []
    canvas = parts(board)[0]
    monkeypatch.setattr(type(canvas), "stroke_line", lambda self, *line: lines.append(line))
    canvas._client_ready_callbacks()
    assert lines[:2] == [(35, 10, 35, 10), (35, 10, 25, 55)] and len(lines) == 5


def test_a_finger_draws_too(board):
    canvas = parts(board)[0]
    canvas._touch_start_callbacks([(1, 1)])
    canvas._touch_move_callbacks([(1, 50), (9, 9)])
    canvas._touch_end_callbacks([])
    assert board.strokes == [[(1, 1), (1, 50)]] and len(board.asked) == 1


def test_a_second_finger_does_not_end_the_stroke_and_a_cancelled_touch_does(board):
    canvas = parts(board)[0]
    canvas._touch_start_callbacks([(1, 1)])
    canvas._touch_start_callbacks([(1, 1), (9, 9)])
    canvas._touch_end_callbacks([(1, 1)])
    canvas._touch_move_callbacks([(1, 50)])
    assert board.strokes == [[(1, 1), (1, 50)]] and board.asked == []
    canvas._touch_cancel_callbacks([])
    canvas._mouse_move_callbacks(200, 200)
    assert board.strokes == [[(1, 1), (1, 50)]] and len(board.asked) == 1


def test_clear_begins_anew(board):
    draw(board, data.DRAWN[4])
    clear, answer = parts(board)[1], parts(board)[-1]
    clear.click()
    assert board.strokes == [] and answer.layout.display == "none"
    draw(board, data.DRAWN[7])
    assert np.array_equal(board.asked[-1][0], data.strokes_to_image(data.DRAWN[7]))


def test_keep_writes_the_image_under_the_digit_that_was_meant(board):
    _, _, meant, keep, said, _ = parts(board)
    keep.click()  # nothing is drawn
    draw(board, data.DRAWN[9])
    meant.value = 9
    keep.click()
    assert said.value.endswith("my_digits/9_001.png.")
    x, y = data.load_my_digits()
    assert y.tolist() == [9] and np.array_equal(x[0], data.strokes_to_image(data.DRAWN[9]))


def test_the_answer_is_the_most_probable_digit():
    fig = plotting.draw_answer(data.strokes_to_image(data.DRAWN[7]), np.linspace(0, 0.2, 10))
    assert fig.axes[1].get_title() == "its answer: 9"

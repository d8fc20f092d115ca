"""Evaluation against scikit-learn and cases computed by hand."""

import keras
import numpy as np
import pytest
from sklearn import metrics

from mnist_lab import evaluation


@pytest.fixture(scope="module")
def labels():
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 10, 500)
    probabilities = rng.dirichlet(np.full(10, 0.3), 500)
    probabilities[np.arange(500), y_true] += rng.uniform(0, 2, 500)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return y_true, probabilities


def test_confusion_matrix_has_true_classes_in_rows():
    matrix = evaluation.confusion_matrix([5, 5, 3], [5, 3, 3])
    assert matrix.shape == (10, 10)
    assert (matrix[5, 3], matrix[3, 5], matrix[5, 5], matrix.sum()) == (1, 0, 1, 3)


def test_normalised_confusion_matrix_agrees_with_scikit_learn(labels):
    y_true, probabilities = labels
    y_pred = probabilities.argmax(axis=1)
    ours = evaluation.confusion_matrix(y_true, y_pred, normalize="true")
    assert ours == pytest.approx(metrics.confusion_matrix(y_true, y_pred, normalize="true"))
    assert ours.sum(axis=1) == pytest.approx(np.ones(10))


def test_errors_per_class_by_hand():
    table = evaluation.errors_per_class(evaluation.confusion_matrix([5, 5, 5, 5, 3], [5, 3, 3, 5, 3]))
    assert table.loc[5].tolist() == [2, 4, 50]
    assert table.loc[3].tolist() == [0, 1, 0]
    assert table.loc[0].tolist() == [0, 0, 0]  # an absent class has no errors, and no division by zero


def test_confused_pairs_are_ranked_and_leave_the_diagonal_out():
    pairs = evaluation.confused_pairs(evaluation.confusion_matrix([7, 7, 7, 4, 4, 1], [2, 2, 7, 9, 4, 1]))
    assert pairs.to_numpy().tolist() == [[7, 2, 2], [4, 9, 1]]


def test_class_to_improve_goes_by_rate_not_by_count():
    matrix = np.diag([100] * 10)
    matrix[1, 7] = 5  # 5 of 105
    matrix[8] = [0, 0, 0, 1, 0, 2, 0, 0, 20, 0]  # 3 of 23
    assert evaluation.class_to_improve(matrix) == (8, 5)


def test_class_to_improve_needs_an_error():
    with pytest.raises(ValueError, match="more validation images"):
        evaluation.class_to_improve(np.diag([5] * 10))


def test_ranked_errors_start_with_the_most_confident(labels):
    y_true, probabilities = labels
    errors = evaluation.ranked_errors(y_true, probabilities)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != y_true)
    assert sorted(errors["index"]) == wrong.tolist()
    assert (np.diff(errors["probability"]) <= 0).all()
    first = errors.iloc[0]
    row = probabilities[int(first["index"])]
    assert first["probability"] == row.max()
    assert first["gap"] == pytest.approx(row.max() - row[int(first["true"])])


def test_ranked_errors_refuse_one_hot_labels(labels):
    y_true, probabilities = labels
    with pytest.raises(ValueError, match="not one-hot"):
        evaluation.ranked_errors(np.eye(10)[y_true], probabilities)


def test_class_probability_splits_own_and_other_images(labels):
    y_true, probabilities = labels
    own, others = evaluation.class_probability(y_true, probabilities, 3)
    assert len(own) == (y_true == 3).sum()
    assert len(own) + len(others) == 500
    assert own.mean() > others.mean()


def test_expected_false_classifications_of_the_exercise():
    expected, low, high = evaluation.expected_false(164, 10_000)
    assert expected == 164
    # twice the variance of a binomial count, once for the rate and once for the new images
    half = 1.96 * np.sqrt(2 * 164 * (1 - 0.0164))
    assert (low, high) == pytest.approx((164 - half, 164 + half), abs=3)


def test_new_errors_fall_into_the_interval_as_often_as_it_says():
    rng = np.random.default_rng(0)
    seen, new = rng.binomial(10_000, 0.004, (2, 2_000))
    intervals = np.array([evaluation.expected_false(errors, 10_000)[1:] for errors in seen])
    inside = ((intervals[:, 0] <= new) & (new <= intervals[:, 1])).mean()
    assert 0.93 < inside < 0.98


@pytest.mark.parametrize(("errors", "images"), [(3, 0), (5, 4), (-1, 10)])
def test_expected_false_refuses_impossible_counts(errors, images):
    with pytest.raises(ValueError, match="no more errors than images"):
        evaluation.expected_false(errors, images)


def test_predict_gives_what_one_at_a_time_would():
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    x = np.random.default_rng(0).uniform(size=(7, 28, 28, 1)).astype("float32")
    together = evaluation.predict(model, x, batch_size=3)
    singly = np.concatenate([model.predict(x[i : i + 1], verbose=0) for i in range(7)])
    assert together == pytest.approx(singly, abs=1e-6)


def test_predict_explains_wrong_input():
    with pytest.raises(ValueError, match=r"x\[i : i \+ 1\]"):
        evaluation.predict(None, np.zeros((28, 28, 1)))
    with pytest.raises(ValueError, match=r"data\.scale"):
        evaluation.predict(None, np.full((1, 28, 28, 1), 255.0))

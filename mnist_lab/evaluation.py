"""Evaluation: batched predictions, confusion matrix, ranked errors, expected false classifications.

Apart from :func:`predict` these are pure functions on arrays and need no Keras.
"""

import numpy as np
import pandas as pd
from scipy.stats import betabinom
from sklearn import metrics

__all__ = [
    "accuracy",
    "class_probability",
    "class_to_improve",
    "confused_pairs",
    "confusion_matrix",
    "errors_per_class",
    "expected_false",
    "predict",
    "predict_labels",
    "ranked_errors",
]


def predict(model, x, *, batch_size=1000):
    """Return the class probabilities of many images at once.

    One call for 10,000 images takes about a second; one call an image takes more than a thousand times as long.

    Parameters
    ----------
    model : keras.Model
        Ends in a softmax layer.
    x : array of shape (n, 28, 28, 1), float32 in [0, 1]
    batch_size : int, default=1000

    Returns
    -------
    array of shape (n, 10), float32
        Rows sum to 1.

    Raises
    ------
    ValueError
        If ``x`` is not a batch of scaled images.

    Examples
    --------
    >>> probabilities = predict(model, x_test)  # doctest: +SKIP
    >>> y_pred = probabilities.argmax(axis=1)  # doctest: +SKIP
    """
    x = np.asarray(x)
    if x.ndim != 4:
        raise ValueError(
            f"x has shape {x.shape}: give a batch of shape (n, 28, 28, 1); for one image write x[i : i + 1]."
        )
    if x.size and x.max() > 1:
        raise ValueError(f"x reaches {x.max()}, but the model was trained on [0, 1]: use data.scale first.")
    from mnist_lab._keras import keras  # the model has loaded it already

    if len(x) <= batch_size:  # one batch needs no traced function, as Keras's documentation of predict says
        return keras.tree.map_structure(keras.ops.convert_to_numpy, model(x, training=False))
    # not model.predict, which can wait at its end as long as it computed (see training/batches.py)
    parts = [model.predict_on_batch(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def predict_labels(model, x):
    """Return the most probable class of each image: int array of shape (n,), 0 to 9.

    Parameters and errors are those of :func:`predict`.

    Examples
    --------
    >>> accuracy(y_val, predict_labels(model, x_val))  # doctest: +SKIP
    """
    return predict(model, x).argmax(axis=1)


def accuracy(y_true, y_pred):
    """Return the share of right predictions, in [0, 1].

    Examples
    --------
    >>> accuracy([3, 5, 5, 7], [3, 5, 3, 7])
    0.75
    """
    return float(metrics.accuracy_score(y_true, y_pred))


def confusion_matrix(y_true, y_pred, *, normalize=None):
    """Count how often each class is predicted as each class.

    Parameters
    ----------
    y_true, y_pred : array of shape (n,), labels 0 to 9
    normalize : {None, "true", "pred", "all"}, default=None
        None for counts; "true" for shares of each true class.

    Returns
    -------
    array of shape (10, 10)
        Rows are true classes, columns predicted ones.

    Examples
    --------
    >>> int(confusion_matrix([5, 5, 3], [5, 3, 3])[5, 3])
    1
    """
    return metrics.confusion_matrix(y_true, y_pred, labels=range(10), normalize=normalize)


def errors_per_class(matrix):
    """Return the number of wrong predictions of each true class.

    Parameters
    ----------
    matrix : array of shape (10, 10), counts
        As :func:`confusion_matrix` gives it.

    Returns
    -------
    pandas.DataFrame
        Index digit; columns ``errors``, ``images`` and ``error %`` (percent of the class).

    Examples
    --------
    >>> int(errors_per_class(confusion_matrix([5, 5, 3], [5, 3, 3])).loc[5, "errors"])
    1
    """
    matrix = np.asarray(matrix)
    images = matrix.sum(axis=1)
    errors = images - matrix.diagonal()
    share = 100 * errors / np.maximum(images, 1)
    return pd.DataFrame({"errors": errors, "images": images, "error %": share}, index=pd.RangeIndex(10, name="digit"))


def confused_pairs(matrix):
    """List which digit is taken for which, the most frequent first.

    Parameters
    ----------
    matrix : array of shape (10, 10), counts

    Returns
    -------
    pandas.DataFrame
        Columns ``true``, ``predicted`` and ``count``, without the right predictions and without zeros;
        ties in digit order.

    Examples
    --------
    >>> confused_pairs(confusion_matrix([5, 5, 3], [5, 3, 3])).iloc[0].tolist()
    [5, 3, 1]
    """
    off_diagonal = np.asarray(matrix) * (1 - np.eye(10, dtype=int))
    true, predicted = np.nonzero(off_diagonal)
    pairs = pd.DataFrame({"true": true, "predicted": predicted, "count": off_diagonal[true, predicted]})
    return pairs.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def class_to_improve(matrix):
    """Choose the class with the highest error rate, and the class it is taken for most often.

    Parameters
    ----------
    matrix : array of shape (10, 10), counts
        Of the *validation* images: a choice by test errors would bias the test accuracy.

    Returns
    -------
    digit, mistaken_for : int

    Raises
    ------
    ValueError
        If there is no error to improve.

    Examples
    --------
    >>> class_to_improve(confusion_matrix([5, 5, 3], [5, 3, 3]))
    (5, 3)
    """
    pairs = confused_pairs(matrix)
    if pairs.empty:
        raise ValueError(
            "There is no error in the matrix, so no class to improve: use more validation images or seeds."
        )
    digit = int(errors_per_class(matrix)["error %"].idxmax())
    return digit, int(pairs.loc[pairs["true"] == digit, "predicted"].iloc[0])


def ranked_errors(y_true, probabilities):
    """List the wrong predictions, the one most confident in its wrong class first.

    Parameters
    ----------
    y_true : array of shape (n,), labels 0 to 9
    probabilities : array of shape (n, 10)

    Returns
    -------
    pandas.DataFrame
        Columns ``index`` (position in ``y_true``), ``true``, ``predicted``, ``probability`` (of the
        predicted class), ``true_probability`` and ``gap`` (their difference); all probabilities in
        [0, 1]. Ranked by ``probability``.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> errors = ranked_errors(y_test, probabilities)  # doctest: +SKIP
    >>> errors.head(9)  # doctest: +SKIP
    """
    y_true, probabilities = np.asarray(y_true), np.asarray(probabilities)
    _check_probabilities(y_true, probabilities)
    y_pred = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(y_pred != y_true)
    errors = pd.DataFrame(
        {
            "index": wrong,
            "true": y_true[wrong],
            "predicted": y_pred[wrong],
            "probability": probabilities[wrong, y_pred[wrong]],
            "true_probability": probabilities[wrong, y_true[wrong]],
        }
    )
    errors["gap"] = errors["probability"] - errors["true_probability"]
    return errors.sort_values("probability", ascending=False, kind="stable", ignore_index=True)


def class_probability(y_true, probabilities, digit):
    """Split the predicted probability of one digit into its own images and all others.

    Parameters
    ----------
    y_true : array of shape (n,), labels 0 to 9
    probabilities : array of shape (n, 10)
    digit : int

    Returns
    -------
    own, others : arrays of shape (m,) and (n - m,), float in [0, 1]

    Examples
    --------
    >>> own, others = class_probability(np.array([0, 1]), np.eye(10)[:2], 0)
    >>> own.tolist(), others.tolist()
    ([1.0], [0.0])
    """
    y_true, probabilities = np.asarray(y_true), np.asarray(probabilities)
    _check_probabilities(y_true, probabilities)
    return probabilities[y_true == digit, digit], probabilities[y_true != digit, digit]


def _check_probabilities(y_true, probabilities):
    if y_true.ndim != 1 or probabilities.shape != (len(y_true), 10):
        raise ValueError(
            f"y_true has shape {y_true.shape} and probabilities {probabilities.shape}: "
            "give labels of shape (n,), not one-hot, and probabilities of shape (n, 10) of the same images."
        )


def expected_false(errors, images, *, new_images=10_000, confidence=0.95):
    """Estimate how many of some new images will be classified wrongly.

    Two things are chance: the rate that was seen, and which images come next. So the interval is wider than a
    confidence interval of the rate.

    Parameters
    ----------
    errors, images : int
        Wrong predictions among the images that were evaluated.
    new_images : int, default=10_000
    confidence : float, default=0.95

    Returns
    -------
    expected, low, high : float
        The estimate, and the prediction interval: so many errors of the new images with this confidence.

    Raises
    ------
    ValueError
        If there are no images, or more errors than images.

    Examples
    --------
    >>> [round(value) for value in expected_false(35, 10_000)]
    [35, 20, 53]

    References
    ----------
    A. Gelman et al., Bayesian Data Analysis, chapter 2: the beta-binomial distribution, here with Jeffreys' prior
    """
    if not 0 <= errors <= images or images == 0:
        raise ValueError(f"{errors} errors in {images} images: give at least one image and no more errors than images.")
    new_errors = betabinom(new_images, errors + 0.5, images - errors + 0.5)
    low, high = new_errors.interval(confidence)
    return errors / images * new_images, float(low), float(high)

"""Linear models: logistic regression on flattened images, its weights as pictures, and a first toy data set.

Nothing here needs Keras: the models are scikit-learn's.
"""

import numpy as np
from matplotlib.colors import to_rgb

from mnist_lab import mosaics
from mnist_lab._drawing import BLUE, VERMILION

__all__ = ["flatten", "hours_of_study", "sgd_logistic_regression", "weight_mosaic", "weights"]

# Passes over the training images, and from which example on the weights are averaged (True: from the first),
# chosen by validation accuracy.
_SETTINGS = {
    None: {"max_iter": 10, "average": True},
    "l1": {"max_iter": 30},
    "l2": {"max_iter": 10, "average": 270_000},
}


def hours_of_study():
    """Return the toy data of 20 students: hours of study, and whether they passed the exam.

    Returns
    -------
    hours : ndarray of shape (20,), dtype float64
        0.5 to 5.5, in ascending order.
    passed : ndarray of shape (20,), dtype int64
        1 for passed, 0 for failed.

    Examples
    --------
    >>> hours, passed = hours_of_study()
    >>> int(passed.sum())
    10

    References
    ----------
    Example of the article "Logistic regression", https://en.wikipedia.org/wiki/Logistic_regression
    """
    first_ten = [0.50, 0.75, 1.00, 1.25, 1.50, 1.75, 1.75, 2.00, 2.25, 2.50]
    last_ten = [2.75, 3.00, 3.25, 3.50, 4.00, 4.25, 4.50, 4.75, 5.00, 5.50]
    passed = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]
    return np.array(first_ten + last_ten), np.array(passed, dtype=np.int64)


def flatten(x):
    """Return images as rows of pixels, which is all that a linear model sees of them.

    Parameters
    ----------
    x : ndarray of shape (n, 28, 28, 1) or (n, 28, 28)

    Returns
    -------
    ndarray of shape (n, 784), same dtype

    Raises
    ------
    ValueError
        If `x` is no stack of such images.

    Examples
    --------
    >>> flatten(np.zeros((2, 28, 28, 1), dtype=np.float32)).shape
    (2, 784)
    """
    x = np.asarray(x)
    if x.shape[1:] not in ((28, 28, 1), (28, 28)):
        raise ValueError(
            f"images must have shape (n, 28, 28, 1) or (n, 28, 28); got {x.shape}. For one image write x[:1], not x[0]"
        )
    return x.reshape(len(x), 784)


def sgd_logistic_regression(penalty, *, seed):
    """Build a logistic regression that is trained by stochastic gradient descent, one against the rest.

    For each class one model tells it from all others; the class whose model gives the highest score wins. This is not
    the multinomial (softmax) regression, which trains the classes together.

    Log loss, ``alpha=0.0001`` and the "optimal" learning rate are those of the original. What differs: the number of
    passes over the training images is fixed (10; 30 with L1), and the weights are *averaged* over the steps: all of
    them without a penalty, those after 270,000 examples (the later half, roughly) with L2. Not with L1, where an
    average would fill the zeros again. Four fifths of the pixels are blank, so the images are passed on as sparse
    matrices: a step then costs a fifth.

    Parameters
    ----------
    penalty : {None, "l1", "l2"}
    seed : int
        Of the order of the examples.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted; takes arrays of shape (n, 784) with values in [0, 1] and labels of shape (n,).

    Raises
    ------
    ValueError
        If there is no such penalty.

    Examples
    --------
    >>> model = sgd_logistic_regression("l2", seed=0).fit(flatten(x_train), y_train)  # doctest: +SKIP

    References
    ----------
    W. Xu (2011), averaged stochastic gradient descent, https://arxiv.org/abs/1107.2490
    Y. Tsuruoka, J. Tsujii, S. Ananiadou (2009), L1 penalty, https://aclanthology.org/P09-1054
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    if penalty not in _SETTINGS:
        raise ValueError(f"There is no penalty {penalty!r}: choose one of {list(_SETTINGS)}.")
    classifier = SGDClassifier(
        loss="log_loss",
        penalty=penalty,
        alpha=0.0001,
        learning_rate="optimal",
        tol=None,  # run all passes
        random_state=seed,
        n_jobs=2,
        **_SETTINGS[penalty],
    )
    return make_pipeline(FunctionTransformer(csr_matrix), classifier)


def weights(model):
    """Return the learned weights of a fitted linear model as images.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        What :func:`sgd_logistic_regression` made, fitted.

    Returns
    -------
    ndarray of shape (10, 28, 28)
        The weight of each pixel for each digit: positive where ink speaks for the digit, negative where it speaks
        against it.

    Examples
    --------
    >>> share_of_zeros = (weights(model) == 0).mean()  # doctest: +SKIP
    """
    return model[-1].coef_.reshape(-1, 28, 28)


def weight_mosaic(images, *, limit, columns=5, scale=4):
    """Lay weights out as coloured images: orange-red for positive, blue for negative, white for 0.

    Parameters
    ----------
    images : array-like of shape (n, height, width)
        Weights, as :func:`weights` returns them.
    limit : float
        The weight with the full colour; larger ones look the same. The scale is symmetric, so 0 is white.
    columns, scale : int
        As in :func:`mnist_lab.mosaics.mosaic`.

    Returns
    -------
    ndarray of shape (height of the mosaic, width of the mosaic, 3), dtype uint8
        Draw it with :func:`mnist_lab.mosaics.draw_mosaic`.

    Raises
    ------
    ValueError
        If the limit is not positive, and as in :func:`mnist_lab.mosaics.mosaic`.

    Examples
    --------
    >>> fig = mosaics.draw_mosaic(weight_mosaic(weights(model), limit=1))  # doctest: +SKIP
    """
    if not limit > 0:
        raise ValueError(f"limit must be positive, not {limit}: give the largest weight to tell apart.")
    strength = np.clip(np.asarray(images, dtype=float) / limit, -1, 1)
    channels = []
    for positive, negative in zip(to_rgb(VERMILION), to_rgb(BLUE), strict=True):
        color = np.where(strength > 0, positive, negative)
        # From white, 1, towards the colour; each channel is a grey image to the mosaic.
        channel = 1 - np.abs(strength) * (1 - color)
        channels.append(mosaics.mosaic(channel, columns=columns, scale=scale, gap=2)[:, :, 0])
    return np.stack(channels, axis=2)

"""MNIST as arrays in the Keras convention, and what the notebooks do with them before training.

Images are uint8 of shape (n, 28, 28) with 0 for the background and 255 for full ink, labels are uint8 of shape (n,).
Everything that draws random numbers takes a seed.
"""

import numpy as np

from mnist_lab import sources
from mnist_lab._validation import check_images, check_labels, check_pair

__all__ = [
    "add_examples",
    "load_extra_digits",
    "load_mnist",
    "load_split",
    "one_hot",
    "scale",
    "stratified_subset",
    "validation_split",
]


def load_mnist(*, verbose=False):
    """Return MNIST: 60,000 training and 10,000 test images, verified by checksum.

    Parameters
    ----------
    verbose : bool, default=False
        Print where the data comes from, with a progress bar while downloading.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuples of ndarray
        Images uint8 (60000, 28, 28) and (10000, 28, 28), labels uint8 (60000,) and (10000,).

    Raises
    ------
    mnist_lab.sources.DataError
        If no source has the data; the message lists what was tried and what to do.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = load_mnist()
    >>> x_train.shape, y_test.shape
    ((60000, 28, 28), (10000,))

    References
    ----------
    LeCun, Cortes, Burges: The MNIST database of handwritten digits. http://yann.lecun.com/exdb/mnist/
    """
    arrays, _ = sources.fetch_mnist(verbose=verbose)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def load_split(*, seed=0, verbose=False):
    """Return MNIST ready for training, with a tenth of the training images held back for choices.

    Parameters
    ----------
    seed : int, default=0
        Of the validation split.
    verbose : bool, default=False
        Print where the data comes from, with a progress bar while downloading.

    Returns
    -------
    train, validation, test : tuple of (images, labels)
        Images float32 of shape (n, 28, 28, 1) in [0, 1], labels uint8 of shape (n,); n is 54,000, 6,000
        and 10,000. Networks take the labels through :func:`one_hot`.

    Raises
    ------
    mnist_lab.sources.DataError
        If no source has the data.

    Examples
    --------
    >>> (x_train, y_train), (x_val, y_val), (x_test, y_test) = load_split()  # doctest: +SKIP
    """
    training, test = load_mnist(verbose=verbose)
    return tuple((scale(x), y) for x, y in (*validation_split(*training, seed=seed), test))


def load_extra_digits(counts, *, verbose=True):
    """Return more real handwritten digits: of EMNIST, or of scikit-learn where EMNIST is not to be had.

    EMNIST and MNIST come from the same collections of NIST, so that a digit may be by a writer who is in MNIST too.

    Parameters
    ----------
    counts : dict of int to int
        How many digits of each class: ``{3: 200, 5: 200}``.
    verbose : bool, default=True
        Print where they come from and how many bytes were transferred.

    Returns
    -------
    x : ndarray of shape (n, 28, 28), dtype uint8
    y : ndarray of shape (n,), dtype uint8
        Fewer than asked for where the source has fewer; a notice says so.

    Raises
    ------
    ValueError
        If `counts` is not a mapping from digits to numbers from 0 up.
    mnist_lab.sources.DataError
        If an archive in ``MNIST_LAB_DATA`` cannot be used.

    Examples
    --------
    >>> x, y = load_extra_digits({3: 200, 5: 200})  # doctest: +SKIP
    """
    x, y, _ = sources.fetch_digits(counts, verbose=verbose)
    return x, y


def scale(x):
    """Return images as the networks take them: NHWC, one channel, float32 in [0, 1].

    Parameters
    ----------
    x : ndarray of shape (n, 28, 28), dtype uint8

    Returns
    -------
    ndarray of shape (n, 28, 28, 1), dtype float32
        Pixel / 255.

    Raises
    ------
    ValueError
        If `x` is not uint8 (scaled already?) or has another shape.

    Examples
    --------
    >>> scale(np.full((2, 28, 28), 255, dtype=np.uint8)).max()
    np.float32(1.0)
    """
    x = check_images(x)
    return (x.astype(np.float32) / 255)[..., np.newaxis]


def one_hot(y, num_classes=10):
    """Return labels as one-hot rows.

    Parameters
    ----------
    y : array-like of shape (n,), integer labels from 0 to ``num_classes - 1``
    num_classes : int, default=10

    Returns
    -------
    ndarray of shape (n, num_classes), dtype float32

    Raises
    ------
    ValueError
        If `y` is not one-dimensional, not integer, or holds a label out of range.

    Examples
    --------
    >>> one_hot([2], num_classes=4)
    array([[0., 0., 1., 0.]], dtype=float32)
    """
    return np.eye(num_classes, dtype=np.float32)[check_labels(y, num_classes)]


def validation_split(x, y, *, fraction=0.1, seed=0):
    """Hold a part of the training examples back for choices, each class in its share.

    Parameters
    ----------
    x, y : ndarray of length n
        Examples and their integer labels.
    fraction : float, default=0.1
        Share that is held back, between 0 and 1.
    seed : int, default=0

    Returns
    -------
    (x_train, y_train), (x_val, y_val) : tuple of tuples of ndarray
        Both parts shuffled; dtypes unchanged.

    Raises
    ------
    ValueError
        If lengths differ, `fraction` is not between 0 and 1, or a class has too few examples.

    Examples
    --------
    >>> x, y = np.zeros((100, 28, 28), np.uint8), np.arange(100) % 10
    >>> (x_train, y_train), (x_val, y_val) = validation_split(x, y)
    >>> len(x_train), len(x_val)
    (90, 10)
    """
    if not 0 < fraction < 1:
        raise ValueError(f"fraction must lie between 0 and 1, for example 0.1; got {fraction}")
    x, y = check_pair(x, y)
    return _stratified_split(x, y, fraction, seed)


def stratified_subset(x, y, n, *, seed=0):
    """Return `n` of the examples, each class in its share.

    Parameters
    ----------
    x, y : ndarray
        Examples and their integer labels.
    n : int
        Size of the subset, at most ``len(x)``.
    seed : int, default=0

    Returns
    -------
    x, y : ndarray of length `n`
        Shuffled; for ``n == len(x)`` the examples as they are.

    Raises
    ------
    ValueError
        If `n` is larger than the number of examples or smaller than the number of classes.

    Examples
    --------
    >>> x, y = np.zeros((100, 28, 28), np.uint8), np.arange(100) % 10
    >>> np.bincount(stratified_subset(x, y, 20)[1])
    array([2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    x, y = check_pair(x, y)
    if n == len(x):
        return x, y
    classes = len(np.unique(y))
    if not classes <= n < len(x):
        raise ValueError(f"n must lie between {classes} (the number of classes) and {len(x)} examples; got {n}")
    if len(x) - n < classes:  # scikit-learn wants every class on both sides: leave single examples out at random
        keep = np.sort(np.random.default_rng(seed).permutation(len(x))[:n])
        return x[keep], y[keep]
    return _stratified_split(x, y, len(x) - n, seed)[0]


def add_examples(x, y, extra_x, extra_y, *, seed=0):
    """Append extra examples and shuffle all of them together.

    Parameters
    ----------
    x, y : ndarray
        Examples and labels.
    extra_x, extra_y : ndarray
        More of them, with the same shape of an example and the same dtypes.
    seed : int, default=0
        Of the shuffling.

    Returns
    -------
    x, y : ndarray of length ``len(x) + len(extra_x)``

    Raises
    ------
    ValueError
        If shapes, dtypes or lengths do not fit.

    Examples
    --------
    >>> x, y = np.zeros((3, 28, 28), np.uint8), np.array([1, 2, 3], np.uint8)
    >>> add_examples(x, y, x[:1], y[:1])[0].shape
    (4, 28, 28)
    """
    x, y = check_pair(x, y)
    extra_x, extra_y = check_pair(extra_x, extra_y)
    for name, first, second in (("images", x, extra_x), ("labels", y, extra_y)):
        if first.shape[1:] != second.shape[1:] or first.dtype != second.dtype:
            raise ValueError(
                f"extra {name} have shape (n, {', '.join(map(str, second.shape[1:]))}) and dtype {second.dtype}, "
                f"but the others (n, {', '.join(map(str, first.shape[1:]))}) and {first.dtype}; "
                "treat both alike before adding (for images: both before scale, or both after)"
            )
    order = np.random.default_rng(seed).permutation(len(x) + len(extra_x))
    return np.concatenate([x, extra_x])[order], np.concatenate([y, extra_y])[order]


def _stratified_split(x, y, held_back, seed):
    """Split examples with class shares kept; `held_back` is a fraction or a number of examples."""
    from sklearn.model_selection import train_test_split

    first, second = train_test_split(np.arange(len(y)), test_size=held_back, random_state=seed, stratify=y)
    return (x[first], y[first]), (x[second], y[second])

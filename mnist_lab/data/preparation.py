"""What the notebooks do with images and labels before training. What draws random numbers takes a seed."""

import numpy as np

from mnist_lab._validation import check_images, check_labels, check_pair

__all__ = ["add_examples", "one_hot", "scale", "stratified_subset", "validation_split"]


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

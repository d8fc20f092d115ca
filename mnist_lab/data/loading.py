"""Load MNIST and extra digits as arrays in the Keras convention.

Images are uint8 of shape (n, 28, 28) with 0 for the background and 255 for full ink, labels are uint8 of shape (n,).
"""

import os

from mnist_lab import sources
from mnist_lab.data.preparation import scale, validation_split

__all__ = ["load_extra_digits", "load_mnist", "load_split"]


def load_mnist(*, verbose=False):
    """Return MNIST: 60,000 training and 10,000 test images, verified by checksum.

    Parameters
    ----------
    verbose : bool, default=False
        Print where the data comes from, with a progress bar while downloading.

    Returns
    -------
    (x_train, y_train), (x_test, y_test) : tuple of tuples of ndarray
        Images uint8 (60000, 28, 28) and (10000, 28, 28), labels uint8 (60000,) and (10000,). While a class is
        graded, some are there twice and others not at all, in another order: the variable ``MNIST_LAB_VARIANT`` names
        the file.

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
    if variant := os.environ.get("MNIST_LAB_VARIANT"):
        arrays = sources.read_variant(variant, verbose=verbose)
    else:
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

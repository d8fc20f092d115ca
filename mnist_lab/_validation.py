"""Checks of images and labels that several modules share."""

import numpy as np


def check_images(x):
    """Return x as an array of unscaled images, or raise a ValueError that says what is wrong."""
    x = np.asarray(x)
    if x.dtype != np.uint8:
        raise ValueError(
            f"images must be uint8 from 0 to 255, as load_mnist gives them; got {x.dtype}: scaled already?"
        )
    if x.ndim != 3 or x.shape[1:] != (28, 28):
        raise ValueError(f"images must have shape (n, 28, 28); got {x.shape}. For one image write x[:1], not x[0]")
    return x


def check_labels(y, num_classes):
    """Return y as an array of labels, or raise a ValueError that says what is wrong."""
    y = np.asarray(y)
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels must be integers of shape (n,); got {y.dtype} of shape {y.shape}: one-hot already?")
    if y.size and (y.min() < 0 or y.max() >= num_classes):
        raise ValueError(f"labels must lie between 0 and {num_classes - 1}; got {y.min()} to {y.max()}")
    return y


def check_pair(x, y):
    """Return examples and labels as arrays of equal length, or raise a ValueError that says what is wrong."""
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y):
        raise ValueError(f"images and labels must have the same length; got {len(x)} and {len(y)}")
    if y.ndim != 1:
        raise ValueError(f"labels must be integers of shape (n,), not one-hot; got shape {y.shape}")
    return x, y

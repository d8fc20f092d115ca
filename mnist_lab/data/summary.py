"""Look at data before trusting it: class counts, examples of each class, facts about the pixels."""

import numpy as np

from mnist_lab._validation import check_labels

__all__ = ["class_table", "grid_by_class", "pixel_summary"]


def class_table(y_train, y_test):
    """Count the classes of two label sets and compare their shares.

    Parameters
    ----------
    y_train, y_test : array-like of integer labels from 0 to 9

    Returns
    -------
    pandas.DataFrame
        Index ``digit`` 0 to 9; columns ``train`` and ``test`` (counts), ``train %`` and ``test %`` (shares), and
        ``difference %``: train minus test, in percentage points. On MNIST it runs from -0.39 (2) to +0.28 (6).

    Examples
    --------
    >>> class_table(np.arange(10), np.arange(10)).loc[3, "train %"]
    np.float64(10.0)
    """
    import pandas as pd

    index = pd.RangeIndex(10, name="digit")
    table = pd.DataFrame(index=index)
    for name, y in (("train", y_train), ("test", y_test)):
        table[name] = np.bincount(check_labels(y, 10), minlength=10)
    for name in ("train", "test"):
        table[f"{name} %"] = 100 * table[name] / table[name].sum()
    table["difference %"] = table["train %"] - table["test %"]
    return table


def grid_by_class(y, columns=10):
    """Return which examples to show in a grid with one row a class: the first `columns` of each.

    Parameters
    ----------
    y : array-like of integer labels from 0 to 9
    columns : int, default=10

    Returns
    -------
    ndarray of shape (10, columns), dtype int
        Row d holds positions of examples of digit d.

    Raises
    ------
    ValueError
        If a class has fewer than `columns` examples.

    Examples
    --------
    >>> grid_by_class(np.arange(30) % 10, columns=2)[4]
    array([ 4, 14])
    """
    y = check_labels(y, 10)
    rows = [np.flatnonzero(y == digit)[:columns] for digit in range(10)]
    for digit, row in enumerate(rows):
        if len(row) < columns:
            raise ValueError(f"class {digit} has only {len(row)} examples, {columns} columns are asked for")
    return np.stack(rows)


def pixel_summary(x):
    """Return facts about the pixels: range, mean, missing values and images without ink.

    Parameters
    ----------
    x : ndarray of shape (n, ...)
        Images, scaled or not.

    Returns
    -------
    dict
        ``images`` (count), ``min``, ``max``, ``mean``, ``missing`` (number of NaN pixels), ``blank`` (number of
        images whose pixels are all equal).

    Raises
    ------
    ValueError
        If there are no images.

    Examples
    --------
    >>> pixel_summary(np.zeros((2, 28, 28), np.uint8))["blank"]
    2
    """
    x = np.asarray(x)
    if x.ndim < 2 or x.size == 0:
        raise ValueError(f"pixel_summary needs at least one image; got an array of shape {x.shape}")
    flat = x.reshape(len(x), -1)
    return {
        "images": len(x),
        "min": flat.min().item(),
        "max": flat.max().item(),
        "mean": float(flat.mean(dtype=np.float64)),
        "missing": int(np.isnan(flat).sum()) if np.issubdtype(x.dtype, np.floating) else 0,
        "blank": int(np.count_nonzero(flat.min(axis=1) == flat.max(axis=1))),
    }

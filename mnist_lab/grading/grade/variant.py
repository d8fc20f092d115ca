"""The data of one grading: other images in another order, so that numbers known by heart are wrong.

Every notebook of one `grade` command gets the same variant. It has as many images as MNIST, because some are there
twice, in the place of those that are left out. The validation images of `data.load_split` stay as they are: stored
measurements, from which notebook 04 chooses a class, speak of them. Some test images are withheld. Only the judge has
them, to see whether a model was trained on those that the notebook could see.
"""

import secrets
from pathlib import Path

import numpy as np

from mnist_lab import data

__all__ = ["load_withheld", "make_variant"]

LEFT_OUT = (1000, 5000)  # of the training images: between these
WITHHELD = 2000  # of the test images


def make_variant(folder, seed=None):
    """Draw a variant and write it, unless the folder has one.

    Parameters
    ----------
    folder : path-like
        Gets ``variant.npz``, which ``MNIST_LAB_VARIANT`` names to `data.load_mnist`, and ``withheld.npz``.
    seed : int, optional
        For a variant that can be drawn again; by default one that no one can foresee.

    Returns
    -------
    pathlib.Path
        Of ``variant.npz``.
    """
    folder = Path(folder)
    variant = folder / "variant.npz"
    if not variant.exists():
        rng = np.random.default_rng(secrets.randbits(64) if seed is None else seed)
        (x_train, y_train), (x_test, y_test) = data.load_mnist()
        train = _other_images(y_train, rng)
        withheld, seen = np.split(rng.permutation(len(y_test)), [WITHHELD])
        test = rng.permutation(np.concatenate([seen, rng.choice(seen, WITHHELD, replace=False)]))
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "withheld.npz", x=x_test[withheld], y=y_test[withheld])
        arrays = {"x_train": x_train[train], "y_train": y_train[train], "x_test": x_test[test], "y_test": y_test[test]}
        np.savez(folder / "new.npz", **arrays)
        (folder / "new.npz").replace(variant)  # there whole or not at all
    return variant


def _other_images(y, rng):
    """Return which training image stands at each place: of the same class, but the validation images stay."""
    (_, _), (held_back, _) = data.validation_split(np.arange(len(y)), y, seed=0)
    chosen = np.arange(len(y))
    others = np.setdiff1d(chosen, held_back)
    share = rng.integers(*LEFT_OUT) / len(others)
    for digit in range(10):
        own = rng.permutation(others[y[others] == digit])
        kept = own[round(share * len(own)) :]
        chosen[np.sort(own)] = rng.permutation(np.concatenate([kept, kept[: len(own) - len(kept)]]))
    return chosen


def load_withheld(folder):
    """Return the withheld test images and their labels."""
    with np.load(Path(folder) / "withheld.npz", allow_pickle=False) as arrays:
        return arrays["x"], arrays["y"]

"""Recipes: a model together with the schedule and the augmentation it is trained with.

A recipe is a function without arguments that builds the compiled model, as
:func:`mnist_lab.training.train` and :func:`mnist_lab.training.load_or_train` take it. Notebooks and
measurements that mean the same training use the same recipe.
"""

import math

from mnist_lab import augmentation, models, training

__all__ = ["BATCH_SIZE", "IMPROVED_AUGMENTATION", "IMPROVED_EPOCHS", "fast_cnn", "improved_cnn", "improved_schedule"]

BATCH_SIZE = 256
IMPROVED_EPOCHS = 12
IMPROVED_AUGMENTATION = {"rotation": 10, "shift": 2 / 28, "shear": 6, "zoom": 0.1}


def improved_cnn(images, *, epochs=IMPROVED_EPOCHS, augment=True):
    """Return the recipe of the improved CNN: peak rate 0.004, with augmentation.

    Parameters
    ----------
    images : int
        Number of training images; with the epochs it sets the length of the schedule.
    epochs : int, default=12
    augment : bool, default=True
        Whether to use ``IMPROVED_AUGMENTATION``.

    Returns
    -------
    callable
        Builds the model; train it with ``batch_size=recipes.BATCH_SIZE`` for ``epochs`` epochs.

    Examples
    --------
    >>> from mnist_lab import recipes, training
    >>> build = recipes.improved_cnn(len(x), epochs=12)  # doctest: +SKIP
    >>> model, history = training.train(
    ...     build, x, y, epochs=12, batch_size=recipes.BATCH_SIZE, seed=0
    ... )  # doctest: +SKIP
    """

    def build():
        layer = augmentation.RandomAffine(**IMPROVED_AUGMENTATION) if augment else None
        return models.improved_cnn(improved_schedule(images, epochs), augmentation=layer)

    return build


def improved_schedule(images, epochs=IMPROVED_EPOCHS):
    """Return the learning rate schedule of the improved CNN, a :class:`mnist_lab.training.WarmupThenLinear`.

    Parameters
    ----------
    images, epochs : int
        As for :func:`improved_cnn`.

    Examples
    --------
    >>> improved_schedule(54_000).steps
    2532
    """
    return _schedule(0.004, images, epochs)


def fast_cnn(images, *, epochs, affine=None):
    """Return the recipe of the fast CNN: peak rate 0.01.

    Parameters
    ----------
    images, epochs : int
        As for :func:`improved_cnn`.
    affine : dict, optional
        Arguments of :class:`mnist_lab.augmentation.RandomAffine`; no augmentation by default.

    Returns
    -------
    callable

    Examples
    --------
    >>> build = fast_cnn(54_000, epochs=2, affine={"rotation": 8})
    """

    def build():
        layer = augmentation.RandomAffine(**affine) if affine else None
        return models.fast_cnn(_schedule(0.01, images, epochs), augmentation=layer)

    return build


def _schedule(peak, images, epochs):
    return training.WarmupThenLinear(peak, steps=epochs * math.ceil(images / BATCH_SIZE))

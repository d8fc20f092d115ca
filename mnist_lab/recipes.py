"""Recipes: a model together with the schedule and the augmentation it is trained with.

What a recipe gives is a function without arguments that builds the compiled model, as
:func:`mnist_lab.training.train` and :func:`mnist_lab.training.load_or_train` take it. Notebooks and
measurements that mean the same training use the same recipe.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from mnist_lab import augmentation, branches, dense_models, models, training, vgg
from mnist_lab._keras import keras

__all__ = [
    "BATCH_SIZE",
    "IMPROVED_AUGMENTATION",
    "IMPROVED_EPOCHS",
    "RECIPES",
    "Recipe",
    "fast_cnn",
    "improved_cnn",
    "improved_schedule",
]

BATCH_SIZE = 256
IMPROVED_EPOCHS = 12
IMPROVED_AUGMENTATION = {"rotation": 10, "shift": 2 / 28, "shear": 6, "zoom": 0.1}
LONG_AUGMENTATION = IMPROVED_AUGMENTATION | {"bend": 0.3}


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


class Recipe(NamedTuple):
    """A model with the length, the batch size and the peak learning rate of its training.

    Attributes
    ----------
    model : callable
        Takes a learning rate or a schedule, returns the compiled model.
    epochs, batch_size : int
    peak : float
        Highest learning rate of the :class:`mnist_lab.training.WarmupThenLinear`.

    Examples
    --------
    >>> recipe = RECIPES["dense"]
    >>> build = recipe.builder(len(x))  # doctest: +SKIP
    >>> model, history = training.train(
    ...     build, x, y, epochs=recipe.epochs, batch_size=recipe.batch_size, seed=0
    ... )  # doctest: +SKIP
    """

    model: Callable
    epochs: int
    batch_size: int
    peak: float

    def builder(self, images, epochs=None):
        """Return a function without arguments that builds the model with its schedule.

        Parameters
        ----------
        images : int
            Number of training images; with the epochs it sets the length of the schedule.
        epochs : int, optional
            For a shorter or longer training than the recipe's.
        """
        return lambda: self.model(_schedule(self.peak, images, epochs or self.epochs, self.batch_size))


def _schedule(peak, images, epochs, batch_size=BATCH_SIZE):
    return training.WarmupThenLinear(peak, steps=epochs * math.ceil(images / batch_size))


def _nesterov(rate):
    return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)


def _branches(optimizer=_nesterov, **options):
    return lambda rate: branches.branches(optimizer(rate), **options)


def _dropout_cnn(affine=None):
    def model(rate):
        layer = augmentation.RandomAffine(**affine) if affine else None
        return models.dropout_cnn(rate, augmentation=layer, label_smoothing=0.1)

    return model


def _vgg_cnn(rate):
    layer = augmentation.RandomElastic(**LONG_AUGMENTATION)
    return vgg.vgg_cnn(rate, augmentation=layer, dtype=vgg.fastest_dtype())


# Peak rates, lengths and label smoothing, of vgg_cnn also batch size and augmentation, were chosen on images held out
# of the training set, from one to sixteen settings a model.
RECIPES = {
    "deep_cnn": Recipe(models.deep_cnn, epochs=3, batch_size=128, peak=0.002),
    "dense": Recipe(dense_models.dense, epochs=20, batch_size=128, peak=0.003),
    "dense_dropout": Recipe(
        partial(dense_models.dense, dropout=0.2, label_smoothing=0.1), epochs=30, batch_size=128, peak=0.003
    ),
    "dense_512": Recipe(dense_models.dense_512, epochs=20, batch_size=512, peak=0.003),
    "dense_512_regularised": Recipe(
        partial(dense_models.dense_512, dropout=0.5, l2=0.0001), epochs=30, batch_size=512, peak=0.003
    ),
    "dropout_cnn": Recipe(_dropout_cnn(), epochs=16, batch_size=256, peak=0.004),
    "dropout_cnn_augmented": Recipe(
        _dropout_cnn({"rotation": 10, "shift": 0.1, "zoom": 0.1}), epochs=12, batch_size=256, peak=0.004
    ),
    "vgg_cnn": Recipe(_vgg_cnn, epochs=40, batch_size=128, peak=0.006),
    "branches_1": Recipe(_branches(normalise=False), epochs=5, batch_size=100, peak=0.05),
    "branches_2": Recipe(_branches(), epochs=5, batch_size=100, peak=0.1),
    "branches_3": Recipe(_branches(keras.optimizers.Adam), epochs=5, batch_size=100, peak=0.01),
    # as its original trained it, without momentum: with it, squared errors are learnt too
    "branches_4": Recipe(
        _branches(keras.optimizers.SGD, loss="mean_squared_error"), epochs=2, batch_size=100, peak=0.05
    ),
    "branches_5": Recipe(_branches(activation="sigmoid"), epochs=5, batch_size=100, peak=0.3),
    "branches_6": Recipe(_branches(filters=(8, 4, 2)), epochs=5, batch_size=100, peak=0.1),
}

"""THE list of models: one entry each, with how it is trained and what its original reports.

Measurements (``benchmarks/measurements``), training times, notebook 11 and the table in ``results/measurements`` read
this list. A new model is a builder, an entry here, and one measurement.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from mnist_lab._keras import keras
from mnist_lab.models.augmentation import RandomAffine, RandomElastic
from mnist_lab.models.convolutional import deep_cnn, dropout_cnn, fast_cnn, improved_cnn, marvin, simple_cnn
from mnist_lab.models.fully_connected import dense, dense_512
from mnist_lab.models.linear import sgd_logistic_regression
from mnist_lab.models.multi_branch import branches
from mnist_lab.models.schedule import WarmupThenLinear
from mnist_lab.models.vgg import fastest_dtype, vgg_cnn

__all__ = ["CATALOGUE", "CatalogueEntry"]


class CatalogueEntry(NamedTuple):
    """A model with its training and with what its original reports.

    Attributes
    ----------
    title : str
        For tables.
    family : {"linear", "dense", "convolutional", "multi-branch"}
    build : callable
        Of a Keras model: takes a learning rate or a schedule, and ``augmentation=`` where the entry has one; returns
        the compiled model. Of a linear one: takes ``seed=``.
    epochs, batch_size : int, optional
        Of the training; None for a linear model, which brings its own.
    peak : float, optional
        Highest learning rate of a :class:`WarmupThenLinear`. Without one the builder's own rate is used throughout.
    augmentation : dict, optional
        Ranges of :class:`RandomAffine`; of :class:`RandomElastic` where they include ``bend``.
    images : int, default=60_000
        Training images of the measurement: all, or 54,000 where it looks at the validation images as it trains.
    original, goal : float in [0, 1], optional
        Test accuracy that the original reports; our own goal where there is no original.
    seeds : int, default=3
        Trainings that the measurement makes.
    compared : bool, default=True
        Whether notebook 11 compares it. Not: another training of a model that is compared already, and a training of
        more than ten minutes.

    Examples
    --------
    >>> entry = CATALOGUE["dense"]
    >>> build = entry.builder(54_000)
    >>> model, history = training.train(
    ...     build, x, y, epochs=entry.epochs, batch_size=entry.batch_size, seed=0
    ... )  # doctest: +SKIP
    """

    title: str
    family: str
    build: Callable
    epochs: int | None = None
    batch_size: int | None = None
    peak: float | None = None
    augmentation: dict | None = None
    images: int = 60_000
    original: float | None = None
    goal: float | None = None
    seeds: int = 3
    compared: bool = True

    def schedule(self, images, epochs=None):
        """Return the learning rate over a training: a :class:`WarmupThenLinear`.

        Parameters
        ----------
        images : int
            Number of training images; with the epochs it sets the length of the schedule.
        epochs : int, optional
            For a shorter or longer training than the entry's.

        Examples
        --------
        >>> CATALOGUE["improved_cnn"].schedule(54_000).steps
        2532
        """
        return WarmupThenLinear(self.peak, steps=(epochs or self.epochs) * math.ceil(images / self.batch_size))

    def builder(self, images, epochs=None, *, augmentation=None):
        """Return a function without arguments that builds the model, as :func:`mnist_lab.training.train` takes it.

        Parameters
        ----------
        images, epochs
            As in :meth:`schedule`.
        augmentation : dict, optional
            Other ranges than the entry's.

        Examples
        --------
        >>> CATALOGUE["fast_cnn"].builder(54_000, epochs=2, augmentation={"rotation": 8})().layers[0].rotation
        8
        """
        ranges = augmentation or self.augmentation

        def build():
            rate = [self.schedule(images, epochs)] if self.peak else []
            if not ranges:
                return self.build(*rate)
            layer = (RandomElastic if "bend" in ranges else RandomAffine)(**ranges)
            return self.build(*rate, augmentation=layer)

        return build


def _nesterov(rate):
    return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)


def _branches(optimizer=_nesterov, **options):
    return lambda rate: branches(optimizer(rate), **options)


def _vgg_cnn(rate, augmentation):
    return vgg_cnn(rate, augmentation=augmentation, dtype=fastest_dtype())


# fmt: off
_IMPROVED = CatalogueEntry(
    "improved CNN with augmentation", "convolutional", improved_cnn, epochs=12, batch_size=256, peak=0.004,
    augmentation={"rotation": 10, "shift": 2 / 28, "shear": 6, "zoom": 0.1}, images=54_000, goal=0.9950, seeds=10,
)
_DROPOUT_CNN = CatalogueEntry(
    "CNN with dropout", "convolutional", partial(dropout_cnn, label_smoothing=0.1),
    epochs=16, batch_size=256, peak=0.004, original=0.9950,
)
_MULTI_BRANCH = CatalogueEntry(
    "multi-branch CNN, no normalising", "multi-branch", _branches(normalise=False),
    epochs=5, batch_size=100, peak=0.05, original=0.9860,
)

# Peak rates, lengths and label smoothing, of vgg_cnn also batch size and augmentation, were chosen on images held out
# of the training set, from one to sixteen settings a model.
CATALOGUE = {
    "logistic_regression": CatalogueEntry(
        "logistic regression by SGD", "linear", partial(sgd_logistic_regression, None), original=0.8987
    ),
    "logistic_regression_l1": CatalogueEntry(
        "the same with L1 penalty", "linear", partial(sgd_logistic_regression, "l1"), original=0.9070
    ),
    "logistic_regression_l2": CatalogueEntry(
        "the same with L2 penalty", "linear", partial(sgd_logistic_regression, "l2"), original=0.9152
    ),
    "dense": CatalogueEntry(
        "dense 128-64-32", "dense", dense, epochs=20, batch_size=128, peak=0.003, original=0.9786
    ),
    "dense_dropout": CatalogueEntry(
        "the same with dropout", "dense", partial(dense, dropout=0.2, label_smoothing=0.1),
        epochs=30, batch_size=128, peak=0.003, original=0.9829,
    ),
    "dense_512": CatalogueEntry(
        "dense 512-256", "dense", dense_512, epochs=20, batch_size=512, peak=0.003, original=0.9805
    ),
    "dense_512_regularised": CatalogueEntry(
        "the same with dropout and L2", "dense", partial(dense_512, dropout=0.5, l2=0.0001),
        epochs=30, batch_size=512, peak=0.003, original=0.9831,
    ),
    "simple_cnn": CatalogueEntry(
        "first model, 5 epochs", "convolutional", simple_cnn, epochs=5, batch_size=128, original=0.9836, seeds=5
    ),
    "deep_cnn": CatalogueEntry(
        "deep CNN, 3 epochs with a falling learning rate", "convolutional", deep_cnn,
        epochs=3, batch_size=128, peak=0.002, original=0.9926,
    ),
    "improved_cnn": _IMPROVED,
    "marvin": CatalogueEntry(
        "marvin, 10 epochs", "convolutional", marvin, epochs=10, batch_size=128, images=54_000, goal=0.9900
    ),
    "dropout_cnn": _DROPOUT_CNN,
    "dropout_cnn_augmented": _DROPOUT_CNN._replace(
        title="the same with augmentation", augmentation={"rotation": 10, "shift": 0.1, "zoom": 0.1}, epochs=12,
        original=0.9938,
    ),
    "branches_1": _MULTI_BRANCH,
    "branches_2": _MULTI_BRANCH._replace(
        title="the same, normalising", build=_branches(), peak=0.1, original=0.9888
    ),
    "branches_3": _MULTI_BRANCH._replace(
        title="the same with Adam", build=_branches(keras.optimizers.Adam), peak=0.01, original=0.9857
    ),
    # as its original trained it, without momentum: with it, squared errors are learnt too
    "branches_4": _MULTI_BRANCH._replace(
        title="the same with mean squared error (a teaching case)",
        build=_branches(keras.optimizers.SGD, loss="mean_squared_error"), epochs=2, peak=0.05, original=0.1135,
    ),
    "branches_5": _MULTI_BRANCH._replace(
        title="the same with sigmoid", build=_branches(activation="sigmoid"), peak=0.3, original=None
    ),
    "branches_6": _MULTI_BRANCH._replace(
        title="the same with 8-4-2 filters", build=_branches(filters=(8, 4, 2)), peak=0.1, original=0.9901
    ),
    "simple_cnn_20_epochs": CatalogueEntry(
        "first model, 20 epochs", "convolutional", simple_cnn, epochs=20, batch_size=128, images=54_000,
        original=0.9876, compared=False,
    ),
    "deep_cnn_10_epochs": CatalogueEntry(
        "deep CNN as its original trains it, early stopping", "convolutional", deep_cnn, epochs=25, batch_size=64,
        images=54_000, original=0.9919, seeds=1, compared=False,
    ),
    "improved_cnn_unaugmented": _IMPROVED._replace(
        title="improved CNN without augmentation", augmentation=None, goal=None, compared=False
    ),
    "vgg_cnn": CatalogueEntry(
        "six convolutions, 40 epochs with affine and elastic augmentation", "convolutional", _vgg_cnn,
        epochs=40, batch_size=128, peak=0.006, augmentation=_IMPROVED.augmentation | {"bend": 0.3}, compared=False,
    ),
    # for quick comparisons over many seeds, as in notebook 05
    "fast_cnn": CatalogueEntry(
        "fast CNN, 2 epochs", "convolutional", fast_cnn, epochs=2, batch_size=256, peak=0.01, compared=False
    ),
}

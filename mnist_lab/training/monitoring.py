"""Watch a training from outside: evaluate data sets after each epoch, as the model would be used.

Keras's own history mixes three things into the training loss: it averages over an epoch in which the weights
change, dropout is at work, and the penalty of a regulariser is added. What is recorded here has none of them.
"""

from mnist_lab._keras import keras
from mnist_lab.training.batches import batches

__all__ = ["EvaluateAfterEpoch", "evaluate", "penalty"]


def penalty(model):
    """Return what the regularisers of a model add to its loss; 0 without regularisers.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    float

    Examples
    --------
    >>> from mnist_lab import models
    >>> penalty(models.dense_512(dropout=0.5))
    0.0
    """
    return float(sum(model.losses))


def evaluate(model, x, y):
    """Return loss and metrics of a model in inference mode, without the penalty of its regularisers.

    Keras's own ``model.evaluate`` switches dropout off too, but adds the penalty to the loss.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    x : array of shape (n, 28, 28, 1), float32 in [0, 1]
    y : array of shape (n, 10), one-hot

    Returns
    -------
    dict of str to float
        ``"loss"`` and each metric the model was compiled with.

    Examples
    --------
    >>> evaluate(model, x_val, data.one_hot(y_val))["loss"]  # doctest: +SKIP
    """
    values = model.evaluate(batches(x, y, 1000, shuffle=False), verbose=0, return_dict=True)
    values["loss"] -= penalty(model)
    return {name: float(value) for name, value in values.items()}


class EvaluateAfterEpoch(keras.callbacks.Callback):
    """Record loss and metrics of data sets after each epoch, in inference mode and without the penalty.

    The weights are those at the end of the epoch, dropout is off, and the penalty of regularisers is taken out
    of the loss, so that losses of models with and without dropout or penalty can be compared. The training
    itself is not changed, only longer.

    Parameters
    ----------
    sets : dict of str to tuple (x, y)
        Name of a data set to its images, float32 of shape (n, 28, 28, 1), and labels, one-hot of shape (n, 10).

    Attributes
    ----------
    history : dict of str to dict of str to list of float
        Name of a data set to one value an epoch of ``"loss"`` and of each metric, such as ``"accuracy"``.
        A new training starts it afresh.
    penalty : list of float
        What the regularisers add to Keras's loss, at the end of each epoch; 0 without regularisers.

    Raises
    ------
    ValueError
        If there is no data set, or images and labels of one differ in number.

    Examples
    --------
    >>> monitor = EvaluateAfterEpoch({"train": (x_part, t_part), "validation": (x_val, t_val)})  # doctest: +SKIP
    >>> _ = training.train(build, x, y, epochs=5, batch_size=128, seed=0, callbacks=[monitor])  # doctest: +SKIP
    >>> monitor.history["validation"]["loss"][-1]  # doctest: +SKIP
    """

    def __init__(self, sets):
        super().__init__()
        if not sets:
            raise ValueError("There is nothing to evaluate: give at least one data set, as in {'train': (x, y)}.")
        for name, (x, y) in sets.items():
            if len(x) != len(y):
                raise ValueError(f"{name!r} has {len(x)} images and {len(y)} labels: give both of the same examples.")
        self._sets = dict(sets)
        self._clear()

    def _clear(self):
        self.history = {name: {} for name in self._sets}
        self.penalty = []

    def on_train_begin(self, logs=None):
        """Forget an earlier training."""
        self._clear()

    def on_epoch_end(self, epoch, logs=None):
        """Evaluate each data set with the weights as they are now."""
        self.penalty.append(penalty(self.model))
        for name, (x, y) in self._sets.items():
            for metric, value in evaluate(self.model, x, y).items():
                self.history[name].setdefault(metric, []).append(value)

    def curves(self, *, training="train", validation="validation"):
        """Return two of the data sets as one history in Keras's form, as `plotting.learning_curves` takes it.

        Parameters
        ----------
        training, validation : str
            Names of data sets; the values of the second get the prefix ``val_``.

        Returns
        -------
        dict of str to list of float

        Raises
        ------
        KeyError
            If no data set has that name.

        Examples
        --------
        >>> fig = plotting.learning_curves({"dense": monitor.curves()})  # doctest: +SKIP
        """
        for name in (training, validation):
            if name not in self.history:
                raise KeyError(f"There is no data set {name!r}, only {', '.join(map(repr, self.history))}.")
        return self.history[training] | {f"val_{metric}": values for metric, values in self.history[validation].items()}

"""How strongly a loss pulls at the weights of a model: norms of its gradient."""

import numpy as np
import pandas as pd

from mnist_lab._keras import tf

__all__ = ["gradient_norms", "total_norm"]


def gradient_norms(model, x, y):
    """Return how long the gradient of the compiled loss is, for each array of weights.

    A step of plain gradient descent changes an array of weights by the learning rate times this length.

    Parameters
    ----------
    model : keras.Model
        Compiled. Its weights stay as they are; layers such as dropout are idle, as in prediction.
    x, y : array of shape (n, ...) and (n, 10)
        One batch of examples with one-hot labels.

    Returns
    -------
    pandas.Series
        Index layer and weights, such as ``"conv2d/kernel"``, from the input to the output; Euclidean
        norms, float, of at least 0.

    Raises
    ------
    ValueError
        If the model is not compiled or the labels are not one-hot.

    Examples
    --------
    >>> from mnist_lab import data, models
    >>> gradient_norms(models.simple_cnn(), x[:100], data.one_hot(y[:100]))  # doctest: +SKIP
    conv2d/kernel     0.31
    ...
    """
    if not model.compiled:
        raise ValueError("The model has no loss yet: compile it first, as the builders of mnist_lab.models do.")
    if np.ndim(y) != 2:
        raise ValueError(f"y has shape {np.shape(y)}: give one-hot labels of shape (n, 10), see data.one_hot.")
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=tf.convert_to_tensor(y), y_pred=model(x, training=False))
    variables = model.trainable_variables
    norms = [float(tf.norm(gradient)) for gradient in tape.gradient(loss, [v.value for v in variables])]
    # Keras puts the name of a sequential model before it, but not that of a functional one.
    names = ["/".join(variable.path.split("/")[-2:]) for variable in variables]
    return pd.Series(norms, index=names, name="gradient norm")


def total_norm(norms):
    """Return the norm of the whole gradient from those of its parts.

    Parameters
    ----------
    norms : array-like of float
        As :func:`gradient_norms` gives them.

    Returns
    -------
    float

    Examples
    --------
    >>> total_norm([3.0, 4.0])
    5.0
    """
    return float(np.linalg.norm(norms))

"""Inside a network: feature maps, hidden features and a map of them, the pull of the loss at its weights."""

import itertools

import numpy as np
import pandas as pd

from mnist_lab import evaluation
from mnist_lab._keras import keras, tf

__all__ = ["feature_maps", "gradient_norms", "hidden_features", "pca_then_tsne"]


def hidden_features(model, layer_name, x):
    """Return what a hidden layer makes of images: the output of the model cut off after it.

    The truncated model shares its layers with the full one. It works in inference mode: no dropout, no augmentation.

    Parameters
    ----------
    model : keras.Model
    layer_name : str
        As in the index of :func:`mnist_lab.models.layer_table`.
    x : array of shape (n, 28, 28, 1), float32 in [0, 1]
        Scaled as in training.

    Returns
    -------
    array of shape (n, ...), float32

    Raises
    ------
    ValueError
        If there is no such layer, or ``x`` is not a batch of scaled images.

    Examples
    --------
    >>> features = hidden_features(model, "dense", x_val)  # doctest: +SKIP
    """
    return evaluation.predict(keras.Model(model.inputs[0], model.get_layer(layer_name).output), x)


def feature_maps(model, image):
    """Return the feature maps of every layer up to the first Flatten, for one image.

    Parameters
    ----------
    model : keras.Model
    image : array of shape (28, 28, 1), float32 in [0, 1]
        Scaled as in training.

    Returns
    -------
    dict of str to array of shape (height, width, maps)
        Name of the layer to its output.

    Raises
    ------
    ValueError
        If no layer comes before a Flatten, or the image is not a scaled one.

    Examples
    --------
    >>> maps = feature_maps(model, x_val[0])  # doctest: +SKIP
    """
    layers = itertools.takewhile(lambda layer: not isinstance(layer, keras.layers.Flatten), model.layers)
    outputs = {layer.name: layer.output for layer in layers if not isinstance(layer, keras.layers.InputLayer)}
    if not outputs:
        raise ValueError(f"{model.name} begins with Flatten, so it has no feature maps: give a convolutional model.")
    maps = evaluation.predict(keras.Model(model.inputs[0], outputs), np.asarray(image)[np.newaxis])
    return {name: maps[name][0] for name in outputs}


def pca_then_tsne(features, *, seed, components=20):
    """Reduce features to a few dimensions by PCA, then to a map of two by t-SNE.

    PCA keeps the directions in which the features differ most; t-SNE lays the points out so that neighbours stay
    neighbours. Runs on one thread: with several the order of additions, and so the map, could differ from run to run.

    Parameters
    ----------
    features : array of shape (n, ...)
    seed : int
    components : int, default=20
        Dimensions after PCA.

    Returns
    -------
    reduced : array of shape (n, components)
    points : array of shape (n, 2)

    Examples
    --------
    >>> reduced, points = pca_then_tsne(x_val[:1000], seed=0)  # doctest: +SKIP

    References
    ----------
    L. van der Maaten, G. Hinton (2008), Visualizing data using t-SNE, https://jmlr.org/papers/v9/vandermaaten08a.html
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    flat = np.asarray(features, dtype=np.float64).reshape(len(features), -1)
    with threadpool_limits(1):
        reduced = PCA(components, svd_solver="full").fit_transform(flat)
        points = TSNE(2, init="pca", learning_rate="auto", random_state=seed).fit_transform(reduced)
    return reduced, points


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

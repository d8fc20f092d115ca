"""What all models share: input shape, standardised pixels, the way to compile, the table of layers."""

import pandas as pd

from mnist_lab._keras import keras

INPUT_SHAPE = (28, 28, 1)
NUM_CLASSES = 10
# mean and standard deviation of all training pixels in [0, 1]
PIXEL_MEAN, PIXEL_STD = 0.1307, 0.3081


def standardised():
    """Return a layer that brings pixels in [0, 1] to mean 0 and standard deviation 1 over all training images."""
    return keras.layers.Rescaling(1 / PIXEL_STD, offset=-PIXEL_MEAN / PIXEL_STD)


def compiled(model, optimizer, *, loss=None, label_smoothing=0.0, metrics=("accuracy",)):
    """Compile a model that gives class probabilities; categorical cross-entropy unless another loss is named."""
    # XLA makes training on a CPU about twice as slow; "auto" would choose it where it can
    model.compile(
        optimizer=optimizer,
        loss=loss or keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing),
        metrics=list(metrics),
        jit_compile=False,
    )
    return model


def classifier(name, hidden, optimizer, *, augmentation=None, output=None, **options):
    """Build and compile a ``Sequential`` model that ends in the probabilities of the ten digits.

    Parameters
    ----------
    name : str
    hidden : list of keras.layers.Layer
        What stands between the image and the last layer.
    optimizer : keras.optimizers.Optimizer
    augmentation : keras.layers.Layer, optional
        Stands before all others.
    output : str, optional
        Name of the last layer.
    **options
        Of :func:`compiled`.
    """
    first = [] if augmentation is None else [augmentation]
    last = keras.layers.Dense(NUM_CLASSES, activation="softmax", name=output)
    return compiled(
        keras.Sequential([keras.Input(INPUT_SHAPE), *first, *hidden, last], name=name), optimizer, **options
    )


# What tells one layer from another of its type; the rest of a configuration is initialisers and the like.
CONFIGURATION = (
    *("filters", "kernel_size", "pool_size", "strides", "padding", "units", "activation", "rate"),
    *("rotation", "shift", "shear", "zoom"),
)


def layer_table(model, *, configuration=False):
    """List the layers of a model, as ``model.summary()`` does, in a form that does not follow the window's width.

    Parameters
    ----------
    model : keras.Model
    configuration : bool, default=False
        Add what each layer was told to be.

    Returns
    -------
    pandas.DataFrame
        Index layer name; columns ``type``, ``output`` (shape of one example's output), ``parameters``, and on request
        ``configuration``: text such as ``"filters=32, kernel_size=(5, 5), padding=same"``.

    Examples
    --------
    >>> from mnist_lab import models
    >>> layer_table(models.simple_cnn())["parameters"].sum()
    np.int64(542230)
    >>> layer_table(models.dropout_cnn(), configuration=True)["configuration"].iloc[2]
    'rate=0.25'
    """
    rows = [(layer.name, type(layer).__name__, layer.output.shape[1:], layer.count_params()) for layer in model.layers]
    table = pd.DataFrame(rows, columns=["layer", "type", "output", "parameters"]).set_index("layer")
    if configuration:
        told = [layer.get_config() for layer in model.layers]
        table["configuration"] = [", ".join(f"{key}={one[key]}" for key in CONFIGURATION if key in one) for one in told]
    return table

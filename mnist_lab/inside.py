"""Inside a network: convolution and pooling by hand, feature maps, hidden features and a map of them."""

import itertools

import numpy as np
from scipy import signal

from mnist_lab import evaluation, models, mosaics
from mnist_lab._drawing import axes
from mnist_lab._keras import keras
from mnist_lab._validation import check_labels

__all__ = [
    "convolve",
    "draw_feature_maps",
    "embedding_scatter",
    "feature_maps",
    "hidden_features",
    "layer_configuration",
    "max_pool",
    "pca_then_tsne",
]

# What tells one layer from another of its type; the rest of a configuration is initialisers and the like.
CONFIGURATION = (
    *("filters", "kernel_size", "pool_size", "strides", "padding", "units", "activation", "rate"),
    *("rotation", "shift", "shear", "zoom"),
)
# After the palette "muted" of Paul Tol (https://sronpersonalpages.nl/~pault/), told apart by colour-blind people too;
# its pale colours are darker here, because thin digits are drawn in them.
TEN_COLORS = (
    *("#CC6677", "#332288", "#AA8800", "#117733", "#55AADD"),
    *("#882255", "#44AA99", "#777722", "#AA4499", "#000000"),
)
COLUMNS, SCALE = 16, 2  # maps in a row; pixels of the figure for one of the largest maps
BAND = 24  # pixels above the maps of each layer, for its name


def convolve(image, kernel):
    """Slide a kernel over an image, as one filter of ``Conv2D(padding="same")`` does.

    At every place the pixels under the kernel are multiplied with its numbers and added up; outside the image
    they count as 0. (In mathematics this is a cross-correlation: the kernel is not flipped.)

    Parameters
    ----------
    image : array of shape (height, width)
    kernel : array of shape (rows, columns)
        Of odd sides, so that it has a centre.

    Returns
    -------
    array of shape (height, width)

    Raises
    ------
    ValueError
        If the image is not two-dimensional or the kernel has no centre.

    Examples
    --------
    >>> convolve(np.array([[0.0, 0.0, 1.0, 1.0]]), np.array([[-1.0, 0.0, 1.0]])).tolist()
    [[0.0, 1.0, 1.0, -1.0]]
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    if image.ndim != 2:
        raise ValueError(f"The image has the shape {image.shape}: give one grey image, as in x[0, ..., 0].")
    if kernel.ndim != 2 or 0 in {side % 2 for side in kernel.shape}:
        raise ValueError(f"The kernel has the shape {kernel.shape}: give it two odd sides, for example (3, 3).")
    return signal.correlate2d(image, kernel, mode="same")


def max_pool(image, size=2):
    """Keep the largest value of each square of pixels, as ``MaxPooling2D`` does.

    Parameters
    ----------
    image : array of shape (height, width)
    size : int, default=2
        Side of the squares. Rows and columns that fill no square are left out.

    Returns
    -------
    array of shape (height // size, width // size)

    Raises
    ------
    ValueError
        If the image is not two-dimensional or smaller than one square.

    Examples
    --------
    >>> max_pool(np.array([[1, 2, 5, 6], [3, 4, 7, 8]])).tolist()
    [[4, 8]]
    """
    image = np.asarray(image)
    if image.ndim != 2 or not 1 <= size <= min(image.shape):
        raise ValueError(f"No squares of side {size} in the shape {image.shape}: give one grey image, x[0, ..., 0].")
    rows, columns = (side // size for side in image.shape)
    return image[: rows * size, : columns * size].reshape(rows, size, columns, size).max(axis=(1, 3))


def layer_configuration(model):
    """List the layers of a model with what they were told to be.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    pandas.DataFrame
        That of :func:`mnist_lab.models.layer_table` (index layer name; ``type``, ``output``, ``parameters``) with a
        column ``configuration``: text such as ``"filters=32, kernel_size=(5, 5), padding=same"``.

    Examples
    --------
    >>> layer_configuration(models.dropout_cnn())["configuration"].iloc[2]
    'rate=0.25'
    """
    configurations = [layer.get_config() for layer in model.layers]
    texts = [", ".join(f"{key}={config[key]}" for key in CONFIGURATION if key in config) for config in configurations]
    return models.layer_table(model).assign(configuration=texts)


def hidden_features(model, layer_name, x):
    """Return what a hidden layer makes of images: the output of the model cut off after it.

    The truncated model shares its layers with the full one. It works in inference mode: no dropout, no augmentation.

    Parameters
    ----------
    model : keras.Model
    layer_name : str
        As in the index of :func:`layer_configuration`.
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


def draw_feature_maps(maps):
    """Draw the feature maps of several layers as tiles of equal size, sixteen a row, under the names of the layers.

    Brightness is scaled *per layer*: black is the smallest value among all maps of a layer, white what only one value
    in a hundred exceeds (the largest of all would leave the rest nearly black). So a dark tile is a filter that hardly
    responds to this image.

    Parameters
    ----------
    maps : dict of str to array of shape (height, width, n)
        As :func:`feature_maps` gives them. Smaller maps are enlarged to the size of the largest, pixel by pixel, as
        far as a whole number of times allows.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = draw_feature_maps(feature_maps(model, x_val[0]))  # doctest: +SKIP
    """
    side = max(len(layer) for layer in maps.values())
    blocks = [mosaics.mosaic(_tiles(layer, side), columns=COLUMNS, scale=SCALE) for layer in maps.values()]
    widest = max(block.shape[1] for block in blocks)
    blocks = [np.pad(b, ((BAND, 0), (0, widest - b.shape[1]), (0, 0)), constant_values=255) for b in blocks]
    array = np.concatenate(blocks)
    fig = mosaics.draw_mosaic(array)
    top = 0
    for (name, layer), block in zip(maps.items(), blocks, strict=True):
        height, width, count = layer.shape
        text = f"{name}: {count} map{'s' if count > 1 else ''} of {height} x {width}"
        fig.text(0.003, 1 - (top + BAND * 0.55) / len(array), text, fontsize=8, va="center")
        top += len(block)
    return fig


def _tiles(layer, side):
    """Return maps of shape (height, width, n) as n images in [0, 1] of about that side, all on one scale."""
    tiles = np.moveaxis(layer, -1, 0).repeat(side // len(layer), axis=1).repeat(side // len(layer), axis=2)
    low, high = tiles.min(), np.quantile(tiles, 0.99)
    return np.clip((tiles - low) / (high - low), 0, 1) if high > low else np.zeros_like(tiles)


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


def embedding_scatter(points, labels, *, ax=None):
    """Draw points of a map as small digits in ten colours, with each digit written large at its centre.

    Parameters
    ----------
    points : array of shape (n, 2)
    labels : array of shape (n,), digits 0 to 9
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        With one collection and one text for each digit that occurs; the text stands at the median of its points.

    Raises
    ------
    ValueError
        If the points are not two-dimensional or the labels are not as many.

    Examples
    --------
    >>> ax = embedding_scatter(points, y_val[:1000])  # doctest: +SKIP
    """
    points, labels = np.asarray(points), check_labels(labels, 10)
    if points.shape != (len(labels), 2):
        raise ValueError(f"{len(labels)} labels need points of shape ({len(labels)}, 2), not {points.shape}.")
    ax = axes(ax, (7, 6.5))
    for digit in np.unique(labels):
        own = points[labels == digit]
        ax.scatter(*own.T, s=22, marker=f"${digit}$", color=TEN_COLORS[digit], linewidths=0.2)
    for digit in np.unique(labels):  # in front of all points
        frame = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": TEN_COLORS[digit], "alpha": 0.9}
        centre = np.median(points[labels == digit], axis=0)
        ax.text(*centre, str(digit), color=TEN_COLORS[digit], fontsize=15, ha="center", va="center", bbox=frame)
    ax.set(xticks=[], yticks=[])
    return ax

"""Augmentation of the training images: small random transforms, affine and elastic, drawn anew in every epoch."""

import math

from mnist_lab._keras import keras

__all__ = ["RandomAffine", "RandomElastic"]


@keras.saving.register_keras_serializable(package="mnist_lab")
class RandomAffine(keras.layers.Layer):
    """Rotate, shear, zoom and shift each image of a batch at random, in one resampling step.

    As a layer of the model it acts in training only: validation and test images pass through
    unchanged, so they cannot be augmented by mistake. One bilinear resampling for all four
    transforms is faster, and blurs less, than four layers in a row. What moves in from outside the
    image is black.

    Parameters
    ----------
    rotation : float, default=0.0
        Largest angle in degrees, in either direction.
    shift : float, default=0.0
        Largest shift in each direction as a share of the image's side, in [0, 1).
    shear : float, default=0.0
        Largest shear angle in degrees, in either direction.
    zoom : float, default=0.0
        Largest change of each side's length as a share, in [0, 1): width and height are scaled
        independently.
    seed : int, optional
        Seed of the layer's own random stream; by default taken from the global seed.

    Input and output: float tensors of shape (batch, height, width, channels).

    Raises
    ------
    ValueError
        If a range is negative, or shift or zoom is not below 1.

    Examples
    --------
    >>> from mnist_lab import models
    >>> layer = models.RandomAffine(rotation=10, shift=0.07, shear=6, zoom=0.1)
    >>> model = models.improved_cnn(augmentation=layer)

    References
    ----------
    P. Y. Simard, D. Steinkraus, J. C. Platt (2003), Best practices for convolutional neural networks
    applied to visual document analysis, ICDAR, https://doi.org/10.1109/ICDAR.2003.1227801
    """

    def __init__(self, *, rotation=0.0, shift=0.0, shear=0.0, zoom=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        for name, value, limit in [
            ("rotation", rotation, 180.0),
            ("shift", shift, 1.0),
            ("shear", shear, 90.0),
            ("zoom", zoom, 1.0),
        ]:
            if not 0 <= value < limit:
                raise ValueError(f"{name}={value} is out of range: give a value from 0 up to, not including, {limit}.")
        self.rotation, self.shift, self.shear, self.zoom, self.seed = rotation, shift, shear, zoom, seed

    def build(self, input_shape):
        """Make the random stream."""
        # Not in the constructor: new layers draw their seeds in turn, and the other layers of a model must
        # get the same initial weights with and without augmentation.
        self.seed_generator = keras.random.SeedGenerator(self.seed)

    def call(self, images, training=False):
        """Return the batch transformed in training, unchanged otherwise."""
        if not training:
            return images
        return keras.ops.image.affine_transform(images, self.transforms(images))

    def transforms(self, images):
        """Draw one transform an image; the layer must be built.

        Parameters
        ----------
        images : tensor of shape (batch, height, width, channels)

        Returns
        -------
        tensor of shape (batch, 8), float32
            Rows (a0, a1, a2, b0, b1, b2, 0, 0): the pixel (x, y) of the result is read at
            (a0 x + a1 y + a2, b0 x + b1 y + b2) of the image, as
            :func:`keras.ops.image.affine_transform` expects it.
        """
        ops = keras.ops
        batch, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]

        def draw(largest):
            return keras.random.uniform((batch,), -largest, largest, seed=self.seed_generator)

        angle = draw(math.radians(self.rotation))
        slope = ops.tan(draw(math.radians(self.shear)))
        scale_x, scale_y = 1 + draw(self.zoom), 1 + draw(self.zoom)
        shift_x, shift_y = draw(self.shift * width), draw(self.shift * height)
        cos, sin = ops.cos(angle), ops.sin(angle)
        # rotation @ shear @ zoom, about the centre of the image
        a0, a1 = cos * scale_x, (cos * slope - sin) * scale_y
        b0, b1 = sin * scale_x, (sin * slope + cos) * scale_y
        centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
        a2 = centre_x - a0 * centre_x - a1 * centre_y + shift_x
        b2 = centre_y - b0 * centre_x - b1 * centre_y + shift_y
        zero = ops.zeros_like(a0)
        return ops.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1)

    def compute_output_shape(self, input_shape):
        """Return the input's shape: the image's size does not change."""
        return input_shape

    def get_config(self):
        """Return the arguments that make this layer again."""
        return super().get_config() | {
            "rotation": self.rotation,
            "shift": self.shift,
            "shear": self.shear,
            "zoom": self.zoom,
            "seed": self.seed,
        }


@keras.saving.register_keras_serializable(package="mnist_lab")
class RandomElastic(RandomAffine):
    """Bend each image of a batch at random, on top of a random affine transform, in one resampling step.

    Each point of a coarse grid is displaced at random, by a normal distribution; the pixels in between follow
    smoothly (bicubic interpolation). So strokes bend as another hand would draw them, which no affine transform does.

    Parameters
    ----------
    bend : float
        Standard deviation of the displacement, in each direction, of the points of the 7x7 grid: in pixels, at
        least 0. With 1.2, many digits of 28x28 pixels are hard to read.
    **ranges
        As in :class:`RandomAffine`.

    Input and output: float tensors of shape (batch, height, width, channels).

    Raises
    ------
    ValueError
        If ``bend`` is negative, or a range is as :class:`RandomAffine` refuses it.

    Examples
    --------
    >>> layer = RandomElastic(bend=0.5, rotation=15)

    References
    ----------
    P. Y. Simard, D. Steinkraus, J. C. Platt (2003), Best practices for convolutional neural networks
    applied to visual document analysis, ICDAR, https://doi.org/10.1109/ICDAR.2003.1227801
    """

    GRID = 7

    def __init__(self, *, bend, **ranges):
        super().__init__(**ranges)
        if bend < 0:
            raise ValueError(f"bend={bend} is out of range: give a number of pixels from 0 up.")
        self.bend = bend

    def call(self, images, training=False):
        """Return the batch transformed in training, unchanged otherwise."""
        if not training:
            return images
        coordinates = self.coordinates(images)
        return _bilinear(images, coordinates[..., 0], coordinates[..., 1])

    def coordinates(self, images):
        """Draw where each pixel of the result is read; the layer must be built.

        Parameters
        ----------
        images : tensor of shape (batch, height, width, channels)

        Returns
        -------
        tensor of shape (batch, height, width, 2), float32
            x and y in the image, in pixels from its first one; they may lie outside.
        """
        ops = keras.ops
        batch, height, width = ops.shape(images)[0], images.shape[1], images.shape[2]
        transforms = self.transforms(images)[:, :, None, None]
        points = keras.random.normal((batch, self.GRID, self.GRID, 2), stddev=self.bend, seed=self.seed_generator)
        displacement = ops.image.resize(points, (height, width), interpolation="bicubic")
        x = ops.arange(width, dtype="float32") + displacement[..., 0]
        y = ops.arange(height, dtype="float32")[:, None] + displacement[..., 1]
        a0, a1, a2, b0, b1, b2 = (transforms[:, index] for index in range(6))
        return ops.stack([a0 * x + a1 * y + a2, b0 * x + b1 * y + b2], axis=-1)

    def get_config(self):
        """Return the arguments that make this layer again."""
        return super().get_config() | {"bend": self.bend}


def _bilinear(images, x, y):
    """Return images read at (x, y), each of shape (batch, height, width); beyond a border one pixel wide is black."""
    ops = keras.ops
    height, width = images.shape[1] + 2, images.shape[2] + 2
    flat = ops.reshape(ops.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)]), (-1, images.shape[3]))
    # just below the last pixel, so that its neighbour is one too
    x = ops.clip(x + 1, 0, width - 1.001)
    y = ops.clip(y + 1, 0, height - 1.001)
    left, top = ops.floor(x), ops.floor(y)
    first = ops.arange(ops.shape(images)[0])[:, None, None] * (height * width)
    corner = first + ops.cast(top * width + left, "int32")
    share_x, share_y = (x - left)[..., None], (y - top)[..., None]

    def row(start):
        return ops.take(flat, start, axis=0) * (1 - share_x) + ops.take(flat, start + 1, axis=0) * share_x

    return row(corner) * (1 - share_y) + row(corner + width) * share_y

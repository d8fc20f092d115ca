"""Seconds to augment all training images, and how exactly: ``python -m benchmarks.augmentation_speed``.

One pass over MNIST's training images with the ranges of the improved CNN: by RandomAffine and by three layers of
Keras (without shear), each as one graph, and by ImageDataGenerator, image by image in one thread. They take turns;
``cpu_seconds`` adds up all threads. Then RandomAffine and ImageDataGenerator are compared with SciPy's
affine_transform (order 1) of the same images by the very transforms that were drawn, pixels in [0, 1]. At the border
RandomAffine interpolates between image and black, SciPy's mode "grid-constant"; ImageDataGenerator cuts, "constant".
"""

import time

import numpy as np
from scipy import ndimage

from benchmarks import timing
from mnist_lab import data
from mnist_lab._keras import keras, tf
from mnist_lab.models import CATALOGUE, RandomAffine

IMAGES = 60_000
ROUNDS = 5
IMPROVED = CATALOGUE["improved_cnn"]
BATCH_SIZES = (IMPROVED.batch_size, 1000)
COMPARED = 1_000
SEED = 0
RANGES = IMPROVED.augmentation
OURS, GENERATOR = f"RandomAffine, batch {IMPROVED.batch_size}", "ImageDataGenerator"


def in_graph(layers):
    """Return a function that sends a batch of any length through the layers, in training mode, as one graph."""

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28, 1), tf.float32)])
    def augment(batch):
        for layer in layers:
            batch = layer(batch, training=True)
        return batch

    return augment


def keras_layers():
    """Return Keras's layers for the same ranges; what moves in from outside the image is black."""
    layers, black = keras.layers, {"fill_mode": "constant", "fill_value": 0.0}
    shift, zoom = RANGES["shift"], RANGES["zoom"]
    return [
        layers.RandomRotation(RANGES["rotation"] / 360, **black),
        layers.RandomTranslation(shift, shift, **black),
        layers.RandomZoom(zoom, zoom, **black),
    ]


def image_data_generator():
    """Return the generator for the same ranges; what moves in from outside the image is black."""
    # Keras moves images sideways by height_shift_range, up and down by width_shift_range: here both are the same
    return tf.keras.preprocessing.image.ImageDataGenerator(
        rotation_range=RANGES["rotation"],
        width_shift_range=RANGES["shift"],
        height_shift_range=RANGES["shift"],
        shear_range=RANGES["shear"],
        zoom_range=RANGES["zoom"],
        fill_mode="constant",
    )


def variants(x):
    """Return the functions to time: each augments all images once."""
    found = {}
    for name, layers in {"RandomAffine": [RandomAffine(**RANGES)], "three Keras layers": keras_layers()}.items():
        augment = in_graph(layers)
        augment(x[:10])  # builds the graph
        for batch_size in BATCH_SIZES:
            found[f"{name}, batch {batch_size}"] = _clocked(_batches, augment, x, batch_size)
    found[GENERATOR] = _clocked(_generator_batches, image_data_generator(), x)
    return found


def _batches(augment, x, batch_size):
    return sum(len(augment(x[start : start + batch_size]).numpy()) for start in range(0, len(x), batch_size))


def _generator_batches(generator, x):
    flow = generator.flow(x, batch_size=BATCH_SIZES[0], shuffle=False)
    return sum(len(flow[index]) for index in range(len(flow)))


def _clocked(function, *arguments):
    def run(turn):
        cpu = time.process_time()
        images, seconds, _ = timing.timed(function, *arguments)
        cpu = time.process_time() - cpu
        return {"seconds": round(seconds, 4), "cpu_seconds": round(cpu, 4), "images": images}

    return run


def by_scipy(images, transforms, mode):
    """Return images as SciPy transforms them.

    Parameters
    ----------
    images : array of shape (n, 28, 28, 1)
    transforms : array of shape (n, 2, 3)
        The pixel (x, y) of the result is read at ``transform @ (x, y, 1)`` of the image.
    mode : str
        What is beyond the border, as scipy.ndimage names it.

    Returns
    -------
    array of shape (n, 28, 28, 1), float64
    """
    result = np.empty(images.shape)
    for index, (image, transform) in enumerate(zip(images.astype(float), transforms, strict=True)):
        (a0, a1, a2), (b0, b1, b2) = transform
        # SciPy's axes are (row, column), the transform's (x, y)
        matrix, offset = [[b1, b0], [a1, a0]], [b2, a2]
        result[index, ..., 0] = ndimage.affine_transform(image[..., 0], matrix, offset, order=1, mode=mode)
    return result


def by_random_affine(x):
    """Return images as RandomAffine transforms them, and the transforms it drew, of shape (n, 2, 3)."""
    drawing = RandomAffine(**RANGES, seed=SEED)
    drawing.build(x.shape)
    drawn = np.asarray(drawing.transforms(x), dtype=float)[:, :6].reshape(-1, 2, 3)
    return in_graph([RandomAffine(**RANGES, seed=SEED)])(x).numpy(), drawn


def by_generator(x):
    """Return images as ImageDataGenerator transforms them, and the transforms it drew, of shape (n, 2, 3)."""
    generator = image_data_generator()
    drawn = [generator.get_random_transform(x.shape[1:], seed=SEED + index) for index in range(len(x))]
    done = [generator.apply_transform(image, one) for image, one in zip(x, drawn, strict=True)]
    return np.stack(done), np.stack([generator_transform(one) for one in drawn])


def generator_transform(drawn):
    """Return the transform, of shape (2, 3), that ImageDataGenerator's parameters describe.

    About the centre of the image: zoom, shear, shift, rotation; angles in degrees, tx and ty in pixels.

    Parameters
    ----------
    drawn : dict
        As ``ImageDataGenerator.get_random_transform`` returns it.
    """
    angle, shear = np.radians(drawn["theta"]), np.radians(drawn["shear"])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    sheared = np.array([[1, -np.sin(shear)], [0, np.cos(shear)]])
    linear = rotation @ sheared @ np.diag([drawn["zx"], drawn["zy"]])
    centre = np.array([13.5, 13.5])
    shift = centre - linear @ centre + rotation @ [drawn["tx"], drawn["ty"]]
    return np.column_stack([linear, shift])


def pixel_differences(x):
    """Return how far RandomAffine and ImageDataGenerator are from SciPy, for both modes at the border."""
    found = {}
    for name, function in {"RandomAffine": by_random_affine, GENERATOR: by_generator}.items():
        done, transforms = function(x)
        for mode in ("grid-constant", "constant"):
            off = np.abs(done - by_scipy(x, transforms, mode))
            found.setdefault(name, {})[mode] = {
                "largest": float(off.max()),
                "mean": float(off.mean()),
                "images_off_by_more_than_0.001": int((off.max(axis=(1, 2, 3)) > 1e-3).sum()),
            }
    return found


def main():
    """Time all variants, compare with SciPy, store both."""
    (x, _), _ = data.load_mnist()
    x = data.scale(x[:IMAGES])
    runs = timing.alternate(variants(x), ROUNDS)
    seconds, ratio = timing.summary(runs), timing.ratios(runs, OURS)
    chosen = np.random.default_rng(SEED).permutation(len(x))[:COMPARED]
    differences = pixel_differences(x[chosen])
    timing.store(
        "augmentation_speed",
        __doc__,
        images=len(x),
        ranges=RANGES,
        seconds=seconds,
        ratio_to_random_affine=ratio,
        cpu_seconds=timing.summary(runs, "cpu_seconds"),
        compared_images=len(chosen),
        pixel_differences_from_scipy=differences,
        runs=runs,
    )
    print()
    timing.print_table(
        ("variant", "median s", "min", "max", "times RandomAffine"),
        [(name, entry["median"], entry["min"], entry["max"], ratio[name]) for name, entry in seconds.items()],
    )
    print()
    timing.print_table(
        ("against SciPy", "mode", "largest difference", "mean", "images off by 0.001"),
        [
            (name, mode, f"{off['largest']:.1e}", f"{off['mean']:.1e}", off["images_off_by_more_than_0.001"])
            for name, modes in differences.items()
            for mode, off in modes.items()
        ],
    )


if __name__ == "__main__":
    main()

"""The command ``mnist-lab fetch``: download MNIST and extra digits, and verify them."""

import sys

from mnist_lab.grading.text import text_table

__all__ = ["command"]

_EXTRA_DIGITS = 200  # a class: what notebook 05 adds


def command(arguments):
    """Fetch all data, print its shapes and sources; return the exit code."""
    from mnist_lab import data, sources

    try:
        mnist, _ = sources.fetch_mnist(verbose=True)
        extra = data.load_extra_digits(dict.fromkeys(range(10), _EXTRA_DIGITS), verbose=True)
    except sources.DataError as error:
        print(f"mnist-lab: {error}", file=sys.stderr)
        return 1
    shapes = [
        ("MNIST training", mnist["x_train"], mnist["y_train"]),
        ("MNIST test", mnist["x_test"], mnist["y_test"]),
        ("extra digits", *extra),
    ]
    print(text_table(("data", "images", "labels"), [(name, x.shape, y.shape) for name, x, y in shapes]))
    for name, source in sources.sources_used().items():
        print(f"{name}: {source}")
    return 0

"""Arrays as batches for ``fit`` and ``evaluate``, without the waits of Keras's own.

Given arrays, Keras makes a dataset that tunes itself while it runs. When an epoch ends, its tuning thread
sometimes misses the signal to stop and sleeps on, up to as long as the epoch took (seen with TensorFlow 2.21 in 4
of 15 short trainings). This dataset is not tuned, and yields the same batches in the same order.
"""

import math

from mnist_lab._keras import tf


def batches(x, y, batch_size, *, shuffle=True):
    """Return a ``tf.data.Dataset`` of batches, shuffled just as Keras shuffles arrays.

    That is: where a global seed is set, in an order that it decides, the same in every epoch.

    Parameters
    ----------
    x, y : array of shape (n, ...)
    batch_size : int
    shuffle : bool, default=True

    Raises
    ------
    ValueError
        If ``x`` and ``y`` have different lengths.
    """
    if len(x) != len(y):
        raise ValueError(f"There are {len(x)} images and {len(y)} labels: give one label an image.")
    x, y = tf.constant(x), tf.constant(y)

    def numbers(_):
        # nothing else in here: the order follows from the global seed and the number of operations before it
        indices = tf.range(len(x), dtype=tf.int64)
        return tf.random.shuffle(indices) if shuffle else indices

    options = tf.data.Options()
    options.autotune.enabled = False
    return (
        tf.data.Dataset.range(1)
        .map(numbers)
        .flat_map(tf.data.Dataset.from_tensor_slices)
        .batch(batch_size)
        .map(lambda indices: (tf.gather(x, indices), tf.gather(y, indices)))
        .prefetch(1)
        .apply(tf.data.experimental.assert_cardinality(math.ceil(len(x) / batch_size)))  # for the progress bar
        .with_options(options)
    )

"""GPU memory growth: TensorFlow takes memory as it needs it instead of the whole card at once."""

import os
import sys
import warnings

__all__ = ["enable_memory_growth"]


def enable_memory_growth():
    """Turn memory growth on for every GPU, whether TensorFlow is already imported or not.

    Before TensorFlow is imported an environment variable is enough, so that the import of this
    package stays cheap. Where TensorFlow is loaded already, each GPU it sees is set. Without a GPU
    nothing happens.

    Warns
    -----
    RuntimeWarning
        If TensorFlow has already started using a GPU: growth can then no longer be set.

    Examples
    --------
    >>> import mnist_lab  # calls this function
    >>> mnist_lab.enable_memory_growth()  # calling it again is harmless

    References
    ----------
    https://www.tensorflow.org/guide/gpu#limiting_gpu_memory_growth
    """
    if os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true") == "false":
        return  # the user's own wish
    tf = sys.modules.get("tensorflow")
    if tf is None or not hasattr(tf, "config"):  # absent, or only half imported by the caller
        return
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError as error:
            warnings.warn(
                f"GPU memory growth could not be turned on for {gpu.name}: {error} "
                "Import mnist_lab before the first TensorFlow computation, or restart the kernel.",
                RuntimeWarning,
                stacklevel=2,
            )

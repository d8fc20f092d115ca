"""Seeds, determinism, and a record of what made a result."""

import importlib.metadata
import os
import platform
import time

from mnist_lab import sources
from mnist_lab._keras import keras, tf

__all__ = ["RunTimer", "environment_record", "set_seed"]

LIBRARIES = [
    *("tensorflow", "keras", "numpy", "pandas", "scikit-learn"),
    *("matplotlib", "pillow", "seaborn", "plotly", "nbval"),
]
THREAD_VARIABLES = [
    *("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    # which kernels compute: oneDNN at all, and how new a processor it, OpenBLAS and NumPy may take for granted
    *("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"),
]


def set_seed(seed):
    """Seed Python, NumPy and TensorFlow, and make TensorFlow's operations deterministic.

    Two runs with the same seed on one machine then give the same weights, bit for bit. Another
    processor, thread count or library version still changes them a little. Names of new layers start
    from the beginning again.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1.

    Raises
    ------
    ValueError
        If the seed is out of range.

    Examples
    --------
    >>> from mnist_lab import reproducibility
    >>> reproducibility.set_seed(0)

    References
    ----------
    https://www.tensorflow.org/api_docs/python/tf/config/experimental/enable_op_determinism
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed={seed} is out of range: give a whole number from 0 to {2**32 - 1}.")
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def environment_record(*, seed=None):
    """Describe the machine and the libraries, to explain differences between two results.

    Parameters
    ----------
    seed : int, optional
        The seed in use, for the record.

    Returns
    -------
    dict
        Nested, ready for JSON: operating system, Python, library versions, FreeType, BLAS, CPU
        features, processors and threads, GPUs, seed and the data sources used so far.

    Examples
    --------
    >>> environment_record(seed=0)["seed"]
    0
    """
    import numpy as np
    from matplotlib import ft2font
    from threadpoolctl import threadpool_info

    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "system": {"os": platform.system(), "release": platform.release(), "machine": platform.machine()},
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "freetype": ft2font.__freetype_version__,
        "blas": sorted({_pool_text(pool) for pool in threadpool_info()}),
        "cpu_features": sorted(simd.get("baseline", []) + simd.get("found", [])),
        "processors": _usable_processors(),
        "threads": {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ},
        "gpus": [device.name for device in tf.config.list_physical_devices("GPU")],
        "seed": seed,
        "data_sources": sources.sources_used(),
    }


def _usable_processors():
    if hasattr(os, "sched_getaffinity"):  # fewer than there are where a container or taskset says so
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _pool_text(pool):
    architecture = f" ({pool['architecture']})" if "architecture" in pool else ""  # which kernels OpenBLAS takes
    return f"{pool['internal_api']} {pool['version']}{architecture}"


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:  # installed under another name, such as tensorflow-cpu
        return None


class RunTimer:
    """Measure how long a notebook runs.

    Examples
    --------
    >>> timer = RunTimer()
    >>> print(timer)  # doctest: +SKIP
    Run time: 1 min 12 s
    """

    def __init__(self):
        self._start = time.perf_counter()

    @property
    def seconds(self):
        """Seconds since the timer was made."""
        return time.perf_counter() - self._start

    def __str__(self):
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"Run time: {minutes} min {seconds} s"

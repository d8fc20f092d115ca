"""The one place that imports Keras, with the start-up chatter of TensorFlow kept out of notebooks.

TensorFlow writes to file descriptor 2 while it loads, whatever ``TF_CPP_MIN_LOG_LEVEL`` says. A notebook
stores those lines, which differ by machine, and its re-execution then fails. Other modules say
``from mnist_lab._keras import keras``.
"""

import contextlib
import os
import sys
import tempfile


def _wrong_backend(name):
    return ImportError(
        f"mnist_lab needs Keras on TensorFlow, but the backend is {name!r}. "
        "Set the environment variable KERAS_BACKEND=tensorflow (or unset it) and restart the kernel."
    )


os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"
# 3, because op determinism makes TensorFlow log harmless lines of level "error"; real errors raise
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


if os.environ["KERAS_BACKEND"] != "tensorflow" and "keras" not in sys.modules:  # it may not even be installed
    raise _wrong_backend(os.environ["KERAS_BACKEND"])


@contextlib.contextmanager
def _silent_stderr():
    """Send file descriptor 2 to a temporary file; replay it if the block raises."""
    if sys.stderr is not None:  # as under pythonw
        sys.stderr.flush()
    with tempfile.TemporaryFile() as said:
        saved = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            said.seek(0)
            os.write(2, said.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


with _silent_stderr():
    import keras
    import tensorflow as tf

    tf.config.list_physical_devices()  # the search for GPUs logs too

if keras.backend.backend() != "tensorflow":
    raise _wrong_backend(keras.backend.backend())

for _setting, _found, _needed in (
    ("floatx", keras.config.floatx(), "float32"),
    ("image_data_format", keras.config.image_data_format(), "channels_last"),
):
    if _found != _needed:
        raise ImportError(
            f"mnist_lab needs Keras's {_setting} to be {_needed!r}, but it is {_found!r}. Set it so in keras.json, "
            "in the folder .keras of your home (or KERAS_HOME), and restart the kernel."
        )

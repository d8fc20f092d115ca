"""TensorBoard: where logs go, what they hold by name, and the logged numbers themselves.

Keras writes a log as two *runs*, the subfolders ``train`` and ``validation``. Their epochs count from 0.
"""

import shutil
from pathlib import Path

import numpy as np

from mnist_lab import files
from mnist_lab._keras import keras

__all__ = ["callback", "histograms", "log_folder", "logged_tags", "scalars"]

PLUGINS = ("scalars", "histograms")


def log_folder(name):
    """Return the folder of a training's logs, in the models folder; it need not exist yet.

    Parameters
    ----------
    name : str
        Of the training; a plain name, no path.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If the name is a path: :func:`callback` deletes the folder.

    Examples
    --------
    >>> log_folder("marvin").name  # doctest: +SKIP
    'marvin'
    """
    if name in ("", ".", "..") or any(character in name for character in "/\\:"):
        raise ValueError(f"{name!r} can't name a folder of logs: give a plain name such as 'marvin'.")
    return files.models_folder() / "tensorboard" / name


def callback(name):
    """Return a callback that logs a training for TensorBoard, with a histogram of all weights after each epoch.

    Logs of an earlier training of this name are deleted: TensorBoard would draw both as one zigzag curve.

    Parameters
    ----------
    name : str
        Of the training; the logs go to ``log_folder(name)``.

    Returns
    -------
    keras.callbacks.TensorBoard

    Raises
    ------
    OSError
        If the old logs can't be deleted or the folder can't be written; raised before any training.

    Examples
    --------
    >>> model.fit(x, y, callbacks=[callback("marvin")])  # doctest: +SKIP
    """
    folder = log_folder(name)
    if folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise type(error)(
                error.errno,
                f"Can't delete the old logs: {error.strerror}. Stop a TensorBoard that reads them, or restart the "
                "kernel if a training was interrupted",
                str(folder),
            ) from error
    files.check_writable(folder)
    return keras.callbacks.TensorBoard(str(folder), histogram_freq=1)


def logged_tags(folder):
    """List the curves and histograms of a log, by the names that TensorBoard shows.

    Parameters
    ----------
    folder : path-like
        As :func:`log_folder` gives it.

    Returns
    -------
    dict of str to dict
        ``{"scalars": {"train": [...], "validation": [...]}, "histograms": {"train": [...]}}``: the sorted names
        of what is logged, for each run.

    Raises
    ------
    FileNotFoundError
        If the folder holds no logs.

    Examples
    --------
    >>> logged_tags(log_folder("marvin"))["scalars"]["train"]  # doctest: +SKIP
    ['epoch_accuracy', 'epoch_learning_rate', 'epoch_loss', 'epoch_precision', 'epoch_recall']
    """
    found = {plugin: {run.name: sorted(_values(run, plugin)) for run in _runs(folder)} for plugin in PLUGINS}
    return {plugin: {run: tags for run, tags in runs.items() if tags} for plugin, runs in found.items()}


def scalars(folder):
    """Read the logged curves.

    Parameters
    ----------
    folder : path-like
        As :func:`log_folder` gives it.

    Returns
    -------
    dict of str to dict
        For each run, ``train`` and ``validation``, the name of a curve to its values as a list of float:
        ``epoch_loss`` and the like hold one value an epoch, rounded to float32.

    Raises
    ------
    FileNotFoundError
        If the folder holds no logs.

    Examples
    --------
    >>> scalars(log_folder("marvin"))["validation"]["epoch_loss"]  # doctest: +SKIP
    """
    return {
        run.name: {tag: [float(value) for value in values] for tag, values in _values(run, "scalars").items()}
        for run in _runs(folder)
    }


def histograms(folder, tag):
    """Read the logged histograms of one layer's weights.

    Parameters
    ----------
    folder : path-like
        As :func:`log_folder` gives it.
    tag : str
        As :func:`logged_tags` names it, such as ``"marvin/dense_1/kernel/histogram"``.

    Returns
    -------
    counts : ndarray of shape (epochs, 30), float64
        Number of weights in each bin.
    edges : ndarray of shape (epochs, 31), float64
        Ends of the bins, equally wide from the smallest to the largest weight: they differ from epoch to epoch.

    Raises
    ------
    FileNotFoundError
        If the folder holds no logs.
    KeyError
        If there is no such histogram; the message lists those there are.

    Examples
    --------
    >>> counts, edges = histograms(log_folder("marvin"), "marvin/dense_1/kernel/histogram")  # doctest: +SKIP
    >>> ax.stairs(counts[-1], edges[-1])  # doctest: +SKIP
    """
    logged = {}
    for run in _runs(folder):
        logged |= _values(run, "histograms")
    if tag not in logged:
        raise KeyError(f"There is no histogram {tag!r}; there are: {', '.join(sorted(logged)) or 'none'}.")
    bins = np.stack(logged[tag])  # left end, right end and count of each bin
    return bins[:, :, 2], np.concatenate([bins[:, :, 0], bins[:, -1:, 1]], axis=1)


def _runs(folder):
    """Return the folders of a log that hold event files, in the order of their names."""
    runs = sorted({path.parent for path in Path(folder).rglob("*tfevents*")})
    if not runs:
        raise FileNotFoundError(
            f"{folder} holds no TensorBoard logs: train with callbacks=[tensorboard.callback(name)] first."
        )
    return runs


def _values(run, plugin):
    """Return the logged arrays of a run by name, one an epoch, of one plugin."""
    # here, because it takes a second; it finds TensorFlow loaded, silently, by mnist_lab._keras
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    log = EventAccumulator(str(run), size_guidance={"tensors": 0})  # 0: all, not only a sample of ten
    log.Reload()
    tags = [tag for tag in log.Tags()["tensors"] if log.SummaryMetadata(tag).plugin_data.plugin_name == plugin]
    return {tag: [tensor_util.make_ndarray(event.tensor_proto) for event in log.Tensors(tag)] for tag in tags}

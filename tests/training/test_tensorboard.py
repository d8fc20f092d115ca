"""TensorBoard logs: written by a short training, read back, and what TensorBoard shows of them."""

import http.client
import json
import socket
import subprocess
import sys
import time
import urllib.request

import keras
import numpy as np
import pytest

from mnist_lab import training
from mnist_lab.training import tensorboard

TAG = "small/hidden/kernel/histogram"


def small():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(5, name="hidden"),
            keras.layers.Dense(10, activation="softmax", name="out"),
        ],
        name="small",
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


class KernelBounds(keras.callbacks.Callback):
    """Notes the smallest and largest weight of the hidden layer after each epoch."""

    def on_train_begin(self, logs=None):
        self.bounds = []

    def on_epoch_end(self, epoch, logs=None):
        kernel = self.model.get_layer("hidden").get_weights()[0]
        self.bounds.append([kernel.min(), kernel.max()])


@pytest.fixture(scope="module")
def logged(tmp_path_factory, digits):
    """A training of three epochs: its log folder, history and the bounds of a kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_LAB_MODELS", str(tmp_path_factory.mktemp("models")))
        noted = KernelBounds()
        _, history = training.train(
            small,
            *digits,
            epochs=3,
            batch_size=100,
            seed=0,
            verbose=0,
            validation_data=digits,
            callbacks=[noted, tensorboard.callback("small")],
        )
        return tensorboard.log_folder("small"), history, np.array(noted.bounds)


# log_folder, callback


def test_logs_go_to_the_models_folder(folders):
    assert tensorboard.log_folder("small") == folders.resolve() / "models" / "tensorboard" / "small"


@pytest.mark.parametrize("name", ["", ".", "..", "../results", "a/b", "a\\b", "C:"])
def test_log_folder_refuses_paths(folders, name):
    with pytest.raises(ValueError, match="plain name"):
        tensorboard.log_folder(name)


def test_callback_deletes_old_logs_of_the_same_name_only(folders):
    for name in ("small", "other"):
        (tensorboard.log_folder(name) / "train").mkdir(parents=True)
        (tensorboard.log_folder(name) / "train" / "events.out.tfevents.1").touch()
    assert tensorboard.callback("small").histogram_freq == 1
    assert not (tensorboard.log_folder("small") / "train").exists()
    assert (tensorboard.log_folder("other") / "train").exists()


def test_callback_that_cannot_delete_says_what_to_do(folders, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "in use", str(path))

    tensorboard.log_folder("small").mkdir(parents=True)
    monkeypatch.setattr(tensorboard.shutil, "rmtree", refuse)
    with pytest.raises(PermissionError, match="Stop a TensorBoard that reads them"):
        tensorboard.callback("small")


# scalars, histograms


def test_scalars_are_the_history(logged):
    folder, history, _ = logged
    curves = tensorboard.scalars(folder)
    assert sorted(curves) == ["train", "validation"]
    for metric in ("loss", "accuracy"):
        assert curves["train"][f"epoch_{metric}"] == pytest.approx(history[metric], rel=1e-6)
        assert curves["validation"][f"epoch_{metric}"] == pytest.approx(history[f"val_{metric}"], rel=1e-6)


def test_scalars_hold_no_histogram(logged):
    curves = tensorboard.scalars(logged[0])
    assert not [tag for tags in curves.values() for tag in tags if "histogram" in tag]


def test_histograms_count_every_weight_of_every_epoch(logged):
    counts, edges = tensorboard.histograms(logged[0], TAG)
    assert counts.shape == (3, 30)
    assert edges.shape == (3, 31)
    assert counts.sum(axis=1).tolist() == [28 * 28 * 5] * 3


def test_histograms_run_from_the_smallest_to_the_largest_weight(logged):
    folder, _, bounds = logged
    _, edges = tensorboard.histograms(folder, TAG)
    assert edges[:, [0, -1]] == pytest.approx(bounds, rel=1e-5)
    widths = np.diff(edges, axis=1)
    assert widths == pytest.approx(np.tile(widths[:, :1], 30), rel=1e-4)


def test_unknown_histogram_lists_the_known_ones(logged):
    with pytest.raises(KeyError, match="small/out/bias/histogram"):
        tensorboard.histograms(logged[0], "kernel")


@pytest.mark.parametrize(
    "read",
    [tensorboard.scalars, tensorboard.logged_tags, lambda folder: tensorboard.histograms(folder, TAG)],
)
def test_without_logs_the_error_says_how_to_get_some(tmp_path, read):
    with pytest.raises(FileNotFoundError, match="train with callbacks"):
        read(tmp_path)


def test_reading_writes_nothing_to_the_screen(logged, capfd):
    tensorboard.scalars(logged[0])
    tensorboard.histograms(logged[0], TAG)
    assert capfd.readouterr() == ("", "")


# logged_tags, beside what TensorBoard itself says


def ask(page, server, deadline):
    """Return the JSON of a page, as soon as the server answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy knows this machine's ports
    while True:
        try:
            with opener.open(page, timeout=10) as answer:
                return json.load(answer)
        except (OSError, http.client.HTTPException):
            assert server.poll() is None and time.monotonic() < deadline, "TensorBoard did not answer"
            time.sleep(0.2)


def test_the_tags_are_those_that_tensorboard_shows(logged):
    folder = logged[0]
    tags = tensorboard.logged_tags(folder)
    assert tags["scalars"]["train"] == ["epoch_accuracy", "epoch_learning_rate", "epoch_loss"]
    weights = [f"small/{layer}/{part}/histogram" for layer in ("hidden", "out") for part in ("bias", "kernel")]
    assert tags["histograms"] == {"train": weights}

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--load_fast=false", "--reload_task=blocking", "--reload_interval=0"]  # all is read before it answers
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as server:
        try:
            for plugin, runs in tags.items():
                page = f"http://127.0.0.1:{port}/data/plugin/{plugin}/tags"
                shown = ask(page, server, time.monotonic() + 180)
                assert {run: sorted(names) for run, names in shown.items() if names} == runs
        finally:
            server.kill()

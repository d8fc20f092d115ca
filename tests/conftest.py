"""Fixtures that several test modules use."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Fresh folders for results and models."""
    monkeypatch.setenv("MNIST_LAB_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("MNIST_LAB_MODELS", str(tmp_path / "models"))
    return tmp_path


@pytest.fixture(scope="session")
def digits():
    """600 made images, scaled, with one-hot labels: a bright bar whose row tells the class."""
    rng = np.random.default_rng(0)
    labels = np.arange(600) % 10
    images = rng.uniform(0, 0.3, (600, 28, 28, 1)).astype("float32")
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label] = 1
    return images, np.eye(10, dtype="float32")[labels]

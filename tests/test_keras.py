"""How Keras is imported: silently, on TensorFlow, with the settings the library needs."""

import os
import subprocess
import sys

import pytest


def imported(**environment):
    return subprocess.run(
        [sys.executable, "-c", "from mnist_lab.models import common"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    ).stderr


@pytest.mark.parametrize("backend", ["jax", "torch", "nonsense"])
def test_another_backend_is_refused_by_name_also_where_it_is_not_installed(backend):
    error = imported(KERAS_BACKEND=backend)
    assert f"mnist_lab needs Keras on TensorFlow, but the backend is {backend!r}" in error
    assert "ModuleNotFoundError" not in error


def test_other_settings_of_keras_are_refused_by_name(tmp_path):
    (tmp_path / "keras.json").write_text('{"image_data_format": "channels_first", "backend": "jax"}', encoding="utf-8")
    error = imported(KERAS_HOME=str(tmp_path), KERAS_BACKEND="")
    assert "needs Keras's image_data_format to be 'channels_last', but it is 'channels_first'" in error

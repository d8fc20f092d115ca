"""Importing the package: quick, quiet, and with GPU memory growth."""

import os
import subprocess
import sys
import types

import pytest

import mnist_lab
from mnist_lab import gpu


def python(code, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "TF_FORCE_GPU_ALLOW_GROWTH"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment | variables
    )
    return run.stdout.split()


def test_import_loads_nothing_heavy_and_sets_memory_growth():
    heavy = "{'tensorflow', 'keras', 'numpy', 'pandas', 'matplotlib', 'sklearn'}"
    code = (
        f"import sys, os, mnist_lab; print(sorted({heavy} & set(sys.modules)), os.environ['TF_FORCE_GPU_ALLOW_GROWTH'])"
    )
    assert python(code) == ["[]", "true"]


def test_import_stays_far_below_its_limit():
    # not a timing of this machine: the number of modules decides, and the limit is generous
    before, after = map(int, python("import sys; a = len(sys.modules); import mnist_lab; print(a, len(sys.modules))"))
    assert after - before < 20


def test_a_users_own_setting_is_respected():
    assert python(
        "import os, mnist_lab; print(os.environ['TF_FORCE_GPU_ALLOW_GROWTH'])", TF_FORCE_GPU_ALLOW_GROWTH="false"
    ) == ["false"]


def test_a_users_own_setting_is_respected_after_tensorflow_too(monkeypatch):
    loaded = MadeUpTensorFlow()
    monkeypatch.setitem(sys.modules, "tensorflow", loaded)
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "false")
    mnist_lab.enable_memory_growth()
    assert loaded.grown == []


class MadeUpTensorFlow(types.ModuleType):
    """Stands for a loaded TensorFlow that sees two GPUs; this machine may have none."""

    def __init__(self, error=None):
        super().__init__("tensorflow")
        self.grown = []
        cards = [types.SimpleNamespace(name=f"GPU:{k}") for k in range(2)]

        def set_memory_growth(card, on):
            if error:
                raise error
            self.grown.append((card.name, on))

        self.config = types.SimpleNamespace(
            list_physical_devices=lambda kind: cards if kind == "GPU" else [],
            experimental=types.SimpleNamespace(set_memory_growth=set_memory_growth),
        )


def test_every_gpu_of_a_loaded_tensorflow_is_set(monkeypatch):
    loaded = MadeUpTensorFlow()
    monkeypatch.setitem(sys.modules, "tensorflow", loaded)
    mnist_lab.enable_memory_growth()
    assert loaded.grown == [("GPU:0", True), ("GPU:1", True)]


def test_a_gpu_in_use_already_gives_a_warning_with_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", MadeUpTensorFlow(RuntimeError("already initialized.")))
    with pytest.warns(RuntimeWarning, match="restart the kernel"):
        gpu.enable_memory_growth()


def test_importing_after_tensorflow_works_here_too():
    code = (
        "import tensorflow as tf, mnist_lab, os; growth = tf.config.experimental.get_memory_growth;"
        "print(os.environ['TF_FORCE_GPU_ALLOW_GROWTH'], all(growth(g) for g in tf.config.list_physical_devices('GPU')))"
    )
    assert python(code, TF_CPP_MIN_LOG_LEVEL="3") == ["true", "True"]

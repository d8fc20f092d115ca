"""Seeds, determinism and the environment record."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from mnist_lab import reproducibility

TRAIN = """
import hashlib, numpy as np
from mnist_lab import models, training
rng = np.random.default_rng(0)
x, y = rng.uniform(size=(512, 28, 28, 1)).astype("float32"), np.eye(10, dtype="float32")[rng.integers(0, 10, 512)]
model, _ = training.train(models.fast_cnn, x, y, epochs=1, batch_size=64, seed=1, verbose=0)
print(hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest())
"""


def test_two_processes_give_bit_identical_weights():
    runs = [subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, check=True) for _ in range(2)]
    assert len(runs[0].stdout.strip()) == 64
    assert runs[0].stdout == runs[1].stdout
    assert [run.stderr for run in runs] == ["", ""]  # TensorFlow's chatter would be stored in notebooks


def test_seed_sets_numpy_and_keras():
    draws = []
    for _ in range(2):
        reproducibility.set_seed(5)
        draws.append((np.random.uniform(), float(keras.random.uniform(()))))
    assert draws[0] == draws[1]


def test_layer_names_start_again():
    reproducibility.set_seed(0)
    first = keras.layers.Dense(1).name
    reproducibility.set_seed(0)
    assert keras.layers.Dense(1).name == first == "dense"


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="out of range"):
        reproducibility.set_seed(seed)


def test_environment_record_is_json_without_paths():
    text = json.dumps(reproducibility.environment_record(seed=0))
    assert sys.prefix not in text


def test_threads_are_recorded(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    assert reproducibility.environment_record()["threads"]["TF_NUM_INTRAOP_THREADS"] == "1"


def test_run_timer_speaks_in_minutes():
    timer = reproducibility.RunTimer()
    timer._start -= 72
    assert str(timer) == "Run time: 1 min 12 s"

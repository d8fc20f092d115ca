"""The long recipe's model computes in the format that the machine is fast in, and gives float32 probabilities."""

import keras
import numpy as np
import pytest

from mnist_lab import vgg


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return a function that makes up the machine's GPUs and processor features."""

    def make_up(features, gpus=()):
        cpuinfo = tmp_path / "cpuinfo"
        if features is not None:
            cpuinfo.write_text(f"processor : 0\nflags : {features}\n", encoding="utf-8")
        monkeypatch.setattr(vgg, "CPUINFO", cpuinfo)
        monkeypatch.setattr(vgg.tf.config, "list_physical_devices", lambda kind: list(gpus))

    return make_up


@pytest.mark.parametrize(
    ("features", "gpus", "expected"),
    [
        ("fpu avx512f amx_bf16 amx_tile", [], "mixed_bfloat16"),
        ("fpu avx512f avx512_bf16", [], "float32"),
        (None, [], "float32"),
        (None, ["GPU:0"], "mixed_bfloat16"),
    ],
)
def test_bfloat16_where_the_machine_multiplies_it(machine, features, gpus, expected):
    machine(features, gpus)
    assert vgg.fastest_dtype() == expected


def test_weights_and_probabilities_stay_in_float32():
    model = vgg.vgg_cnn(dtype="mixed_bfloat16")
    images = np.random.default_rng(0).uniform(size=(3, 28, 28, 1)).astype("float32")
    probabilities = keras.ops.convert_to_numpy(model(images))
    assert probabilities.dtype == np.float32
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    computed = {layer.compute_dtype for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
    assert computed == {"bfloat16"}


def test_both_formats_compute_nearly_the_same():
    keras.utils.set_random_seed(0)
    exact, fast = vgg.vgg_cnn(), vgg.vgg_cnn(dtype="mixed_bfloat16")
    fast.set_weights(exact.get_weights())
    images = np.random.default_rng(0).uniform(size=(20, 28, 28, 1)).astype("float32")
    difference = np.abs(np.asarray(exact(images)) - np.asarray(fast(images)))
    assert 0 < difference.max() < 0.05

"""The long recipe's model computes in the format that the machine is fast in, and gives float32 probabilities."""

import keras
import numpy as np
import pytest

from mnist_lab import models
from mnist_lab._keras import tf


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return a function that makes up the machine's GPUs and processor features."""

    def make_up(features, gpus=()):
        cpuinfo = tmp_path / "cpuinfo"
        if features is not None:
            cpuinfo.write_text(f"processor : 0\nflags : {features}\n", encoding="utf-8")
        monkeypatch.setattr(models.vgg, "CPUINFO", cpuinfo)
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(gpus))

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
    assert models.fastest_dtype() == expected


def test_weights_and_probabilities_stay_in_float32():
    model = models.vgg_cnn(dtype="mixed_bfloat16")
    images = np.random.default_rng(0).uniform(size=(3, 28, 28, 1)).astype("float32")
    probabilities = keras.ops.convert_to_numpy(model(images))
    assert probabilities.dtype == np.float32
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    computed = {layer.compute_dtype for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
    assert computed == {"bfloat16"}


def test_both_formats_compute_nearly_the_same():
    keras.utils.set_random_seed(0)
    exact, fast = models.vgg_cnn(), models.vgg_cnn(dtype="mixed_bfloat16")
    fast.set_weights(exact.get_weights())
    images = np.random.default_rng(0).uniform(size=(20, 28, 28, 1)).astype("float32")
    difference = np.abs(np.asarray(exact(images)) - np.asarray(fast(images)))
    assert 0 < difference.max() < 0.05


def trained_layer(kind, images):
    """Return what a layer gives in training, its gradients, its weights afterwards, and what it gives then."""
    layer = kind(momentum=0.9)
    layer.build(images.shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
    inputs = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
        loss = tf.reduce_sum(outputs**3)
    gradients = tape.gradient(loss, [inputs, layer.gamma.value, layer.beta.value])
    return [outputs, *gradients, *layer.get_weights(), layer(inputs, training=False)]


def test_fused_normalisation_is_keras_normalisation():
    images = np.random.default_rng(0).normal(2, 3, size=(16, 12, 12, 8)).astype("float32")
    ours, keras_ = (
        trained_layer(kind, images) for kind in (models.FusedBatchNormalization, keras.layers.BatchNormalization)
    )
    for mine, theirs in zip(ours, keras_, strict=True):
        # TensorFlow divides the moving variance by n - 1, Keras by n: here 2304 values a channel
        assert np.asarray(mine) == pytest.approx(np.asarray(theirs), rel=1e-3, abs=1e-3)


def test_fused_normalisation_keeps_float32_statistics_in_bfloat16():
    layer = models.FusedBatchNormalization(dtype="mixed_bfloat16")
    outputs = layer(np.random.default_rng(0).normal(size=(8, 6, 6, 4)).astype("float32"), training=True)
    assert outputs.dtype == "bfloat16"
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    assert np.abs(layer.moving_mean.numpy()).max() > 0


def test_a_frozen_layer_leaves_its_statistics():
    layer = models.FusedBatchNormalization()
    layer.build((None, 6, 6, 4))
    layer.trainable = False
    before = [weight.copy() for weight in layer.get_weights()]
    layer(np.random.default_rng(0).normal(size=(8, 6, 6, 4)).astype("float32"), training=True)
    assert all(np.array_equal(*pair) for pair in zip(before, layer.get_weights(), strict=True))


def test_a_saved_model_predicts_the_same(tmp_path):
    model = models.vgg_cnn()
    images = np.random.default_rng(0).uniform(size=(3, 28, 28, 1)).astype("float32")
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(model(images), again(images))
    assert isinstance(again.layers[2], models.FusedBatchNormalization)


@pytest.mark.parametrize("wrong", [{"axis": 1}, {"center": False}, {"scale": False}])
def test_refuses_what_the_fused_operation_cannot_do(wrong):
    with pytest.raises(ValueError, match="the fused operation needs"):
        models.FusedBatchNormalization(**wrong)

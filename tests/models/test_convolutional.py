"""The models have the layers, sizes and losses that their sources name."""

import keras
import numpy as np
import pytest

from mnist_lab import models
from mnist_lab.models import common


def layer_names(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        # by hand: 3*3*32+32, 13*13*32*100+100, 100*10+10
        (models.simple_cnn, 320 + 540_900 + 1_010),
        # 640, 36_928, BN 256, 73_856, 147_584, BN 512, 295_168, BN 1_024, 131_584, 5_130
        (models.deep_cnn, 640 + 36_928 + 256 + 73_856 + 147_584 + 512 + 295_168 + 1_024 + 131_584 + 5_130),
        # 5*5*32+32, 3*3*32*64+64, 4*4*64*256+256, 256*10+10
        (models.improved_cnn, 832 + 18_496 + 262_400 + 2_570),
        (models.fast_cnn, 624 + 6_944 + 131_328 + 2_570),
        # 3*3*32+32, 3*3*32*64+64, 5*5*64*256+256, 256*256+256, 256*10+10
        (models.marvin, 320 + 18_496 + 409_856 + 65_792 + 2_570),
        # 5*5*32+32, 5*5*32*32+32, 7*7*32*256+256, 256*10+10
        (models.dropout_cnn, 832 + 25_632 + 401_664 + 2_570),
        # 320, 3*3*32*32+32, BN 128, 18_496, 36_928, BN 256, 73_856, 147_584, BN 512, 128*10+10
        (models.vgg_cnn, 9 * (32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128) + 8 * (32 + 64 + 128) + 1_290),
    ],
)
def test_number_of_parameters(build, parameters):
    assert build().count_params() == parameters


def test_deep_cnn_has_the_layers_of_its_source_in_order():
    expected = (
        "Conv2D Conv2D MaxPooling2D BatchNormalization Conv2D Conv2D MaxPooling2D BatchNormalization "
        "Conv2D MaxPooling2D Flatten BatchNormalization Dense Dense"
    )
    assert layer_names(models.deep_cnn()) == expected.split()


def test_first_model_is_initialised_as_the_exercise_says():
    model = models.simple_cnn()
    hidden = [layer for layer in model.layers if hasattr(layer, "kernel_initializer")][:-1]
    assert all(isinstance(layer.kernel_initializer, keras.initializers.HeUniform) for layer in hidden)


@pytest.mark.parametrize(
    "build",
    [
        models.simple_cnn,
        models.deep_cnn,
        models.improved_cnn,
        models.fast_cnn,
        models.marvin,
        models.dropout_cnn,
        models.dense,
        models.dense_512,
        *(entry.builder(1000) for entry in models.CATALOGUE.values() if entry.family != "linear"),
    ],
)
def test_outputs_are_probabilities(build):
    probabilities = build().predict(np.random.default_rng(0).uniform(size=(3, 28, 28, 1)), verbose=0)
    assert probabilities.shape == (3, 10)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_improved_cnn_sees_standardised_centre():
    model = models.improved_cnn()
    crop, standardise = model.layers[0], model.layers[1]
    image = np.full((1, 28, 28, 1), common.PIXEL_MEAN, dtype="float32")
    image[:, :2] = 1
    seen = np.asarray(standardise(crop(image)))
    assert seen.shape == (1, 24, 24, 1)
    assert np.abs(seen).max() == pytest.approx(0, abs=1e-6)


def test_label_smoothing_is_part_of_the_loss():
    truth, sure = np.eye(10, dtype="float32")[[3]], np.eye(10, dtype="float32")[[3]]
    assert float(models.simple_cnn().loss(truth, sure)) == pytest.approx(0, abs=1e-5)
    assert float(models.improved_cnn().loss(truth, sure)) > 1


def test_marvin_counts_precision_and_recall():
    truth = np.eye(10, dtype="float32")[[3, 3, 5, 5]]
    model = models.marvin()
    model.predict_on_batch(np.zeros((1, 28, 28, 1), dtype="float32"))
    # one right, one wrong, two below one half: precision 1/2, recall 1/4
    predicted = np.full((4, 10), 0.05, dtype="float32")
    predicted[[0, 1], [3, 4]] = 0.6
    values = {}
    for metric in (keras.metrics.Precision(name="precision"), keras.metrics.Recall(name="recall")):
        metric.update_state(truth, predicted)
        values[metric.name] = float(metric.result())
    assert values == {"precision": 0.5, "recall": 0.25}
    assert set(model.evaluate(np.zeros((4, 28, 28, 1)), truth, verbose=0, return_dict=True)) >= set(values)


def test_layer_table_lists_every_layer():
    table = models.layer_table(models.simple_cnn())
    assert list(table["type"]) == ["Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
    assert table["output"].iloc[0] == (26, 26, 32)
    assert table["parameters"].sum() == 542_230


def test_layer_table_says_what_each_layer_was_told():
    table = models.layer_table(models.dropout_cnn(), configuration=True)
    assert table["configuration"].iloc[2] == "rate=0.25"
    first = "filters=32, kernel_size=(5, 5), strides=(1, 1), padding=same, activation=relu"
    assert table["configuration"].iloc[0] == first
    assert "configuration" not in models.layer_table(models.dropout_cnn())

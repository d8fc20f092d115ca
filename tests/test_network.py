"""Convolution and truncated models against Keras's own layers; maps and neighbours by hand."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from mnist_lab import models, network, plotting, reproducibility, training
from mnist_lab._keras import keras


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def model():
    reproducibility.set_seed(0)
    return models.dropout_cnn()


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0, 1, (5, 28, 28, 1)).astype("float32")


# convolve, max_pool


def test_convolve_finds_the_edges_of_a_bar():
    image = np.zeros((5, 7))
    image[:, 2:5] = 1
    edges = network.convolve(image, [[-1, 0, 1]])
    assert edges[2].tolist() == [0, 1, 1, 0, -1, -1, 0]


@pytest.mark.parametrize("shape", [(3, 3), (5, 5), (1, 3)])
def test_convolve_is_what_conv2d_computes(images, shape):
    kernel = np.random.default_rng(1).normal(size=shape).astype("float32")
    layer = keras.layers.Conv2D(1, shape, padding="same", use_bias=False)
    layer.build(images.shape)
    layer.set_weights([kernel[:, :, np.newaxis, np.newaxis]])
    expected = np.asarray(layer(images[:1]))[0, ..., 0]
    np.testing.assert_allclose(network.convolve(images[0, ..., 0], kernel), expected, atol=1e-5)


@pytest.mark.parametrize("size", [1, 2, 3, 28])
def test_max_pool_is_what_max_pooling_computes(images, size):
    expected = np.asarray(keras.layers.MaxPooling2D(size)(images[:1]))[0, ..., 0]
    np.testing.assert_array_equal(network.max_pool(images[0, ..., 0], size), expected)


def test_convolve_and_max_pool_refuse_what_they_cannot_use(images):
    with pytest.raises(ValueError, match="one grey image"):
        network.convolve(images[0], np.ones((3, 3)))
    with pytest.raises(ValueError, match="two odd sides"):
        network.convolve(images[0, ..., 0], np.ones((2, 3)))
    with pytest.raises(ValueError, match="one grey image"):
        network.max_pool(images[0])
    with pytest.raises(ValueError, match="No squares of side 29"):
        network.max_pool(images[0, ..., 0], 29)


# layer_configuration


def test_layer_configuration_says_what_each_layer_was_told(model):
    table = models.layer_configuration(model)
    assert table["parameters"].sum() == 430_698
    assert table["type"].tolist().count("Dropout") == 3
    assert table.loc["conv2d", "output"] == (28, 28, 32)
    text = "filters=32, kernel_size=(5, 5), strides=(1, 1), padding=same, activation=relu"
    assert table.loc["conv2d", "configuration"] == text
    assert table.loc["dropout_2", "configuration"] == "rate=0.5"
    assert table.loc["flatten", "configuration"] == ""


# hidden_features, feature_maps


def test_hidden_features_equal_the_activations_of_the_full_model(model, images):
    activations = images
    for layer in model.layers:
        activations = layer(activations, training=False) if "dropout" in layer.name else layer(activations)
        features = network.hidden_features(model, layer.name, images)
        np.testing.assert_allclose(features, activations, rtol=1e-4, atol=1e-5, err_msg=layer.name)


def test_hidden_features_of_the_last_layer_are_the_predictions(model, images):
    features = network.hidden_features(model, model.layers[-1].name, images)
    np.testing.assert_array_equal(features, model.predict(images, verbose=0))


def test_hidden_features_follow_the_training_of_the_full_model(model, images):
    before = network.hidden_features(model, "dense", images)
    model.fit(images, np.eye(10, dtype="float32")[:5], verbose=0)
    assert not np.allclose(network.hidden_features(model, "dense", images), before)


@pytest.mark.filterwarnings("error::UserWarning")
def test_hidden_features_and_maps_of_functional_models_come_without_a_warning(images):
    functional = models.branches("sgd")
    assert network.hidden_features(functional, functional.layers[-2].name, images).shape == (len(images), 9)
    assert list(network.feature_maps(functional, images[0]))


def test_hidden_features_name_the_layers_there_are(model, images):
    with pytest.raises(ValueError, match=r"no_layer.*conv2d"):
        network.hidden_features(model, "no_layer", images)


def test_feature_maps_cover_every_layer_up_to_flatten(model, images):
    maps = network.feature_maps(model, images[0])
    assert {name: layer.shape for name, layer in maps.items()} == {
        "conv2d": (28, 28, 32),
        "max_pooling2d": (14, 14, 32),
        "dropout": (14, 14, 32),
        "conv2d_1": (14, 14, 32),
        "max_pooling2d_1": (7, 7, 32),
        "dropout_1": (7, 7, 32),
    }
    np.testing.assert_array_equal(maps["dropout"], maps["max_pooling2d"])
    np.testing.assert_array_equal(network.max_pool(maps["conv2d"][..., 3]), maps["max_pooling2d"][..., 3])


def test_feature_maps_show_the_image_itself_not_an_augmented_one(images):
    model = models.dropout_cnn(augmentation=models.RandomAffine(rotation=10, shift=0.1, zoom=0.1))
    maps = network.feature_maps(model, images[0])
    np.testing.assert_array_equal(next(iter(maps.values())), images[0])


def test_feature_maps_refuse_unscaled_images_and_models_without_maps(model, images):
    with pytest.raises(ValueError, match=r"use data\.scale first"):
        network.feature_maps(model, images[0] * 255)
    flat = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()], name="flat")
    with pytest.raises(ValueError, match="flat begins with Flatten"):
        network.feature_maps(flat, images[0])


def tile(fig, row, column, side):
    """Pixels of one tile whose side is given in pixels of the figure."""
    return fig.axes[0].images[0].get_array()[row : row + side, column : column + side]


def test_draw_feature_maps_scales_per_layer_and_enlarges_small_maps():
    large, small = np.zeros((4, 4, 2)), np.zeros((2, 2, 2))
    large[..., 1] = 8  # white, although the other layer has other values
    small[..., 0] = -5
    fig = plotting.draw_feature_maps({"large": large, "small": small})
    # a pixel of the large maps is 2 x 2 in the figure, one of the small maps 4 x 4; the gaps are alike
    assert tile(fig, network.BAND + 2, 2, 8).max() == 0
    assert tile(fig, network.BAND + 2, 12, 8).min() == 255
    second = 2 * network.BAND + 12
    assert tile(fig, second + 2, 2, 8).max() == 0
    assert tile(fig, second + 2, 12, 8).min() == 255
    assert [text.get_text() for text in fig.texts] == ["large: 2 maps of 4 x 4", "small: 2 maps of 2 x 2"]


def test_draw_feature_maps_is_not_darkened_by_a_single_bright_value():
    layer = np.full((16, 16, 1), 0.5)
    layer[0, 0], layer[0, 1] = 100, 0
    fig = plotting.draw_feature_maps({"layer": layer})
    assert tile(fig, network.BAND + 6, 6, 20).min() == 255


def test_draw_feature_maps_puts_sixteen_in_a_row_and_draws_constant_maps_black():
    maps = np.full((3, 3, 17), 7.0)
    fig = plotting.draw_feature_maps({"dead": maps})
    assert fig.axes[0].images[0].get_array().shape == (network.BAND + 2 * 9, 2 * 65, 3)
    assert tile(fig, network.BAND + 10, 2, 6).max() == 0


# pca_then_tsne, embedding_scatter


@pytest.fixture
def clusters():
    """Three far groups of 40 points in 30 dimensions, with their labels."""
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 4, 7], 40)
    return rng.normal(size=(3, 30))[np.repeat([0, 1, 2], 40)] * 10 + rng.normal(size=(120, 30)), labels


def test_pca_then_tsne_keeps_clusters_together_and_is_reproducible(clusters):
    features, labels = clusters
    reduced, points = network.pca_then_tsne(features, seed=0, components=5)
    assert reduced.shape == (120, 5)
    assert points.shape == (120, 2)
    assert silhouette_score(points, labels) > 0.5
    np.testing.assert_array_equal(network.pca_then_tsne(features, seed=0, components=5)[1], points)
    # PCA: uncorrelated components, the one that varies most first
    covariance = np.cov(reduced.T)
    np.testing.assert_allclose(covariance, np.diag(np.sort(covariance.diagonal())[::-1]), atol=1e-8)


def test_embedding_scatter_writes_each_digit_at_its_median():
    points = np.array([[0, 0], [2, 0], [4, 3], [9, 9]])
    ax = plotting.embedding_scatter(points, [3, 3, 3, 8])
    assert {text.get_text(): text.get_position() for text in ax.texts} == {"3": (2, 0), "8": (9, 9)}
    assert [len(collection.get_offsets()) for collection in ax.collections] == [3, 1]
    assert len(set(network.TEN_COLORS)) == 10


def test_embedding_scatter_refuses_points_that_do_not_fit():
    with pytest.raises(ValueError, match=r"need points of shape \(2, 2\)"):
        plotting.embedding_scatter(np.zeros((2, 3)), [0, 1])


# plateau


def test_plateau_halves_after_patience_and_counts_anew_after_an_improvement():
    losses = [0.5, 0.4, 0.45, 0.3, 0.3, 0.3, 0.3, 0.3, 0.2]
    expected = [1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.25]
    assert training.plateau_learning_rates(losses, start=1.0, factor=0.5, patience=2) == expected


def test_plateau_stops_at_the_smallest_rate():
    assert training.plateau_learning_rates([1.0] * 5, start=1.0, factor=0.25, patience=1, smallest=0.125)[-2:] == [0.125, 0.125]


def test_plateau_writes_the_rate_of_each_epoch_into_the_history(images):
    model = models.dropout_cnn(0.5)
    labels = np.eye(10, dtype="float32")[:5]
    callback = training.reduce_on_plateau(factor=0.5, patience=1)
    options = {"validation_data": (images, labels[::-1]), "epochs": 4, "verbose": 0, "callbacks": [callback]}
    history = model.fit(images, labels, **options).history
    assert history["learning_rate"] == training.plateau_learning_rates(history["val_loss"], start=0.5, factor=0.5, patience=1)


def test_plateau_refuses_a_factor_that_does_not_reduce():
    with pytest.raises(ValueError, match=r"factor=1.0 does not reduce"):
        training.reduce_on_plateau(factor=1.0)

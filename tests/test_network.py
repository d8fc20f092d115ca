"""Truncated models against the full ones, neighbours and gradients by hand."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from mnist_lab import models, network, reproducibility
from mnist_lab._keras import keras


@pytest.fixture
def model():
    reproducibility.set_seed(0)
    return models.dropout_cnn()


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(0, 1, (5, 28, 28, 1)).astype("float32")


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
    pooled = maps["conv2d"].reshape(14, 2, 14, 2, 32).max(axis=(1, 3))
    np.testing.assert_array_equal(pooled, maps["max_pooling2d"])


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


def softmax_model(loss):
    """A softmax layer whose weights are 0, so that every class has the probability 1/10."""
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros", name="output")]
    )
    model.compile("sgd", loss)
    return model


X = np.array([[1.0, 2.0, 2.0]], dtype="float32")
Y = np.eye(10, dtype="float32")[[4]]


def test_cross_entropy_of_one_example_by_hand():
    norms = network.gradient_norms(softmax_model("categorical_crossentropy"), X, Y)
    logits = np.full(10, 0.1) - Y[0]  # the gradient with respect to the logits: probabilities minus labels
    assert norms.index.tolist() == ["output/kernel", "output/bias"]
    assert norms["output/bias"] == pytest.approx(np.linalg.norm(logits), rel=1e-5)
    assert norms["output/kernel"] == pytest.approx(np.linalg.norm(np.outer(X[0], logits)), rel=1e-5)


def test_mean_squared_error_pulls_fifty_times_less_at_a_uniform_guess():
    entropy, squared = (
        network.gradient_norms(softmax_model(loss), X, Y) for loss in ("categorical_crossentropy", "mean_squared_error")
    )
    assert np.allclose(entropy / squared, 50, rtol=1e-4)


def test_gradient_is_the_step_of_plain_gradient_descent():
    model = softmax_model("categorical_crossentropy")
    norms = network.gradient_norms(model, X, Y)
    before = model.get_weights()
    model.optimizer.learning_rate = 0.5
    model.train_on_batch(X, Y)
    steps = [np.linalg.norm(new - old) for new, old in zip(model.get_weights(), before, strict=True)]
    assert np.allclose(steps, 0.5 * norms, rtol=1e-4)


def test_weights_stay_as_they_are():
    model = softmax_model("mean_squared_error")
    network.gradient_norms(model, X, Y)
    assert all(not array.any() for array in model.get_weights())


def test_uncompiled_model_is_refused():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(10)])
    with pytest.raises(ValueError, match="compile it first"):
        network.gradient_norms(model, X, Y)


def test_labels_that_are_not_one_hot_are_refused():
    with pytest.raises(ValueError, match="one-hot"):
        network.gradient_norms(softmax_model("mean_squared_error"), X, np.array([4]))

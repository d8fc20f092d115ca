"""Random affine transforms against SciPy, and only in training."""

import keras
import numpy as np
import pytest
from scipy import ndimage

from mnist_lab import models

RANGES = {"rotation": 10, "shift": 0.1, "shear": 6, "zoom": 0.1}


def drawn_by(layer, images):
    layer.build(images.shape)
    return np.asarray(layer.transforms(images))


@pytest.fixture
def images():
    """Four smooth images, dark at the border."""
    noise = np.random.default_rng(0).uniform(size=(4, 28, 28))
    noise[:, :6] = noise[:, -6:] = noise[:, :, :6] = noise[:, :, -6:] = 0
    return ndimage.gaussian_filter(noise, (0, 1, 1))[..., np.newaxis].astype("float32")


def test_images_pass_unchanged_outside_training(images):
    layer = models.RandomAffine(**RANGES)
    assert np.array_equal(layer(images), images)
    assert np.array_equal(layer(images, training=False), images)
    assert not np.allclose(layer(images, training=True), images, atol=0.01)


def test_validation_and_prediction_do_not_augment(images):
    model = keras.Sequential([keras.Input((28, 28, 1)), models.RandomAffine(**RANGES)])
    model.compile(loss="mse")
    assert np.array_equal(model.predict(images, verbose=0), images)
    assert model.evaluate(images, images, verbose=0) == 0


def test_agrees_with_scipy(images):
    drawn = drawn_by(models.RandomAffine(**RANGES, seed=1), images)
    ours = np.asarray(models.RandomAffine(**RANGES, seed=1)(images, training=True))
    for image, mine, (a0, a1, a2, b0, b1, b2, _, _) in zip(images, ours, drawn, strict=True):
        # SciPy's axes are (row, column), the transform's (x, y)
        theirs = ndimage.affine_transform(image[..., 0], [[b1, b0], [a1, a0]], offset=[b2, a2], order=1)
        assert mine[..., 0] == pytest.approx(theirs, abs=1e-4)


def test_draws_stay_in_their_ranges():
    layer = models.RandomAffine(rotation=10, seed=0)
    a0, a1, _, b0, b1, *_ = drawn_by(layer, np.zeros((2000, 28, 28, 1))).T
    angles = np.degrees(np.arctan2(b0, a0))
    assert np.abs(angles).max() == pytest.approx(10, abs=0.1)
    assert a0 * b1 - a1 * b0 == pytest.approx(np.ones(2000), abs=1e-5)  # a rotation keeps areas


def test_shift_moves_by_a_share_of_the_side():
    layer = models.RandomAffine(shift=0.25, seed=0)
    transforms = drawn_by(layer, np.zeros((2000, 28, 28, 1)))
    assert np.abs(transforms[:, [2, 5]]).max(axis=0) == pytest.approx([7, 7], abs=0.05)


def test_the_centre_stays_where_it_is_without_shift():
    layer = models.RandomAffine(rotation=20, shear=10, zoom=0.2, seed=0)
    a0, a1, a2, b0, b1, b2, *_ = drawn_by(layer, np.zeros((50, 28, 28, 1))).T
    assert a0 * 13.5 + a1 * 13.5 + a2 == pytest.approx(np.full(50, 13.5), abs=1e-4)
    assert b0 * 13.5 + b1 * 13.5 + b2 == pytest.approx(np.full(50, 13.5), abs=1e-4)


def test_same_seed_same_images(images):
    first, second, other = (
        np.asarray(models.RandomAffine(**RANGES, seed=seed)(images, training=True)) for seed in (3, 3, 4)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_survives_saving():
    layer = models.RandomAffine(**RANGES, seed=5)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("wrong", [{"rotation": -1}, {"shift": 1}, {"zoom": 1.5}, {"shear": 90}])
def test_refuses_ranges_that_make_no_sense(wrong):
    with pytest.raises(ValueError, match="out of range"):
        models.RandomAffine(**wrong)


BENDS = RANGES | {"bend": 0.5}


def test_elastic_agrees_with_scipy(images):
    layer = models.RandomElastic(**BENDS, seed=1)
    layer.build(images.shape)
    x, y = np.moveaxis(np.asarray(layer.coordinates(images)), -1, 0)
    ours = np.asarray(models.RandomElastic(**BENDS, seed=1)(images, training=True))
    for index, image in enumerate(images[..., 0]):
        theirs = ndimage.map_coordinates(image, [y[index], x[index]], order=1)
        assert ours[index, ..., 0] == pytest.approx(theirs, abs=1e-4)


def test_elastic_without_bends_is_affine(images):
    straight = models.RandomElastic(**RANGES, bend=0, seed=1)(images, training=True)
    affine = models.RandomAffine(**RANGES, seed=1)(images, training=True)
    assert np.asarray(straight) == pytest.approx(np.asarray(affine), abs=1e-4)


def test_elastic_interpolates_to_black_at_the_border():
    white = np.ones((200, 28, 28, 1), "float32")
    layer = models.RandomElastic(bend=0, shift=0.2, seed=1)
    shifted = np.asarray(layer(white, training=True))
    affine = np.asarray(models.RandomAffine(shift=0.2, seed=1)(white, training=True))
    assert shifted.min() == 0
    assert shifted == pytest.approx(affine, abs=2e-3)  # coordinates are cut a thousandth of a pixel before the end


def test_bends_are_smooth_and_as_large_as_asked_for():
    layer = models.RandomElastic(bend=0.5, seed=0)
    images = np.zeros((2000, 28, 28, 1), "float32")
    layer.build(images.shape)
    coordinates = np.asarray(layer.coordinates(images))
    pixels = np.stack(np.meshgrid(np.arange(28), np.arange(28)), axis=-1)
    displacement = coordinates - pixels
    assert displacement.mean() == pytest.approx(0, abs=0.01)
    # between the points of the grid, bicubic interpolation averages neighbours: a little less than at them
    assert 0.35 < displacement.std() < 0.5
    assert np.abs(np.diff(displacement, axis=2)).mean() < 0.15


def test_elastic_passes_unchanged_outside_training_and_survives_saving(images):
    layer = models.RandomElastic(**BENDS, seed=5)
    assert np.array_equal(layer(images), images)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    assert np.array_equal(again(images, training=True), layer(images, training=True))


def test_elastic_in_a_model_augments_batches_of_any_length_in_training_only(images):
    model = keras.Sequential([keras.Input((28, 28, 1)), models.RandomElastic(**BENDS)])
    model.compile(loss="mse")
    assert np.array_equal(model.predict(images, verbose=0), images)
    history = model.fit(images, images, batch_size=3, verbose=0)
    assert history.history["loss"][0] > 0


@pytest.mark.parametrize("wrong", [{"bend": -0.1}, {"bend": 0.5, "zoom": 1.5}])
def test_elastic_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValueError, match="out of range"):
        models.RandomElastic(**wrong)

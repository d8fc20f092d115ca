import numpy as np
import pytest

from mnist_lab import data
from mnist_lab.grading.grade.variant import LEFT_OUT, WITHHELD, load_withheld, make_variant


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variant")
    make_variant(folder, seed=0)
    return folder


def images(x):
    return {image.tobytes() for image in x}


@pytest.fixture
def variant(folder, monkeypatch):
    monkeypatch.setenv("MNIST_LAB_VARIANT", str(folder / "variant.npz"))
    return data.load_mnist()


def test_it_has_as_many_images_as_mnist_of_which_fewer_differ(variant):
    (x_train, y_train), (x_test, y_test) = variant
    assert x_train.shape == (60_000, 28, 28)
    assert x_test.shape == (10_000, 28, 28)
    assert 60_000 - LEFT_OUT[1] - 10 < len(images(x_train)) <= 60_000 - LEFT_OUT[0] + 10
    assert len(images(x_test)) == 10_000 - WITHHELD
    assert x_train.dtype == y_train.dtype == y_test.dtype == np.uint8


def test_the_validation_images_are_the_same(variant, monkeypatch):
    (_, _), (x_val, y_val) = data.validation_split(*variant[0], seed=0)
    monkeypatch.delenv("MNIST_LAB_VARIANT")
    (_, _), (x, y) = data.validation_split(*data.load_mnist()[0], seed=0)
    np.testing.assert_array_equal(x, x_val)
    np.testing.assert_array_equal(y, y_val)


def test_labels_stay_with_their_images(variant, monkeypatch):
    (x, y), _ = variant
    monkeypatch.delenv("MNIST_LAB_VARIANT")
    (x_train, y_train), _ = data.load_mnist()
    labels = {image.tobytes(): label for image, label in zip(x_train, y_train, strict=True)}
    assert all(labels[image.tobytes()] == label for image, label in zip(x, y, strict=True))
    assert (x == x_train).all(axis=(1, 2)).mean() < 0.11  # the validation images
    np.testing.assert_array_equal(y, y_train)


def test_withheld_images_are_test_images_that_no_notebook_sees(variant, folder, monkeypatch):
    withheld, labels = load_withheld(folder)
    assert withheld.shape == (WITHHELD, 28, 28)
    assert labels.shape == (WITHHELD,)
    assert not images(withheld) & images(variant[1][0])
    monkeypatch.delenv("MNIST_LAB_VARIANT")
    assert images(withheld) <= images(data.load_mnist()[1][0])


def test_public_counts_are_wrong_on_it(variant):
    assert not np.array_equal(np.bincount(variant[1][1]), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])


def test_a_folder_keeps_its_variant_and_another_gets_another(folder, tmp_path):
    before = (folder / "variant.npz").read_bytes()
    make_variant(folder)
    assert (folder / "variant.npz").read_bytes() == before
    with np.load(make_variant(tmp_path)) as other, np.load(folder / "variant.npz") as first:
        assert not np.array_equal(other["y_test"], first["y_test"])


def test_a_notebook_is_told_that_it_sees_a_variant(folder, monkeypatch, capsys):
    monkeypatch.setenv("MNIST_LAB_VARIANT", str(folder / "variant.npz"))
    data.load_mnist(verbose=True)
    assert "a variant for grading" in capsys.readouterr().out

"""The augmentation benchmark: SciPy's transform as the measure, and a miniature run."""

import json

import numpy as np
import pytest
from scipy import ndimage

from benchmarks import augmentation_speed, timing
from mnist_lab import data

# of the namespace through which Keras calls SciPy
pytestmark = pytest.mark.filterwarnings("ignore:Please import `affine_transform`")


@pytest.fixture
def smooth():
    """Three smooth images, black at the border."""
    noise = np.random.default_rng(0).uniform(size=(3, 28, 28))
    noise[:, :8] = noise[:, -8:] = noise[:, :, :8] = noise[:, :, -8:] = 0
    return ndimage.gaussian_filter(noise, (0, 1, 1))[..., np.newaxis].astype("float32")


def test_scipy_reads_at_the_transformed_x_and_y(smooth):
    transforms = np.tile([[1.0, 0, 2], [0, 1, -1]], (3, 1, 1))
    moved = augmentation_speed.by_scipy(smooth, transforms, "constant")
    assert moved == pytest.approx(np.roll(smooth, (1, -2), axis=(1, 2)), abs=1e-6)


@pytest.mark.parametrize("changed", [{}, {"tx": -1.0}, {"shear": 9.0}, {"zx": 1.1}, {"theta": -7.0}])
def test_generator_transform_describes_what_the_generator_does(smooth, changed):
    drawn = {"theta": 7.0, "tx": 1.0, "ty": -2.0, "shear": 5.0, "zx": 0.9, "zy": 1.05}
    done = augmentation_speed.image_data_generator().apply_transform(smooth[0], drawn)
    transform = augmentation_speed.generator_transform(drawn | changed)
    off = np.abs(done - augmentation_speed.by_scipy(smooth[:1], [transform], "constant")[0]).max()
    assert (off > 0.01) if changed else (off < 1e-6)


def test_both_agree_with_scipy_inside_the_image(smooth):
    for modes in augmentation_speed.pixel_differences(smooth).values():
        for off in modes.values():
            assert off["mean"] <= off["largest"] < 1e-4
            assert off["images_off_by_more_than_0.001"] == 0


def test_a_wrong_transform_shows(smooth, monkeypatch):
    right = augmentation_speed.by_random_affine

    def a_tenth_of_a_pixel_off(x):
        done, transforms = right(x)
        return done, transforms + np.array([[0, 0, 0.1], [0, 0, 0]])

    monkeypatch.setattr(augmentation_speed, "by_random_affine", a_tenth_of_a_pixel_off)
    off = augmentation_speed.pixel_differences(smooth)["RandomAffine"]["grid-constant"]
    assert off["largest"] > 0.01
    assert off["images_off_by_more_than_0.001"] == 3


def test_miniature_run(digits, tmp_path, monkeypatch, capsys):
    for name, value in {"IMAGES": 300, "ROUNDS": 2, "COMPARED": 20}.items():
        monkeypatch.setattr(augmentation_speed, name, value)
    images = (255 * digits[0][..., 0]).astype("uint8")
    monkeypatch.setattr(data, "load_mnist", lambda: ((images, None), (None, None)))
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    augmentation_speed.main()
    stored = json.loads((tmp_path / "augmentation_speed.json").read_text(encoding="utf-8"))
    assert len(stored["seconds"]) == 5
    assert [run["images"] for run in stored["runs"]] == [300] * 10
    assert stored["ratio_to_random_affine"]["RandomAffine, batch 256"] == 1
    # bars of the made images reach the border, where the two interpolate differently
    differences = stored["pixel_differences_from_scipy"]
    assert stored["compared_images"] == 20
    assert differences["RandomAffine"]["grid-constant"]["largest"] < 1e-4
    assert differences["ImageDataGenerator"]["constant"]["largest"] < 1e-4
    assert differences["RandomAffine"]["constant"]["largest"] > 0.1
    assert "images off by 0.001" in capsys.readouterr().out

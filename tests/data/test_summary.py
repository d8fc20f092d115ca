import numpy as np
import pytest

from mnist_lab import data

# class_table


def test_class_table_of_mnist_has_the_published_counts_and_differences():
    (_, y_train), (_, y_test) = data.load_mnist()
    table = data.class_table(y_train, y_test)
    assert table.columns.tolist() == ["train", "test", "train %", "test %", "difference %"]
    assert table.index.tolist() == list(range(10))
    assert table["train"].tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert table["test"].tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert table["difference %"].idxmin() == 2
    assert table["difference %"].idxmax() == 6
    assert round(table.loc[2, "difference %"], 2) == -0.39
    assert round(table.loc[6, "difference %"], 2) == 0.28


def test_class_table_lists_absent_classes():
    table = data.class_table([1, 1, 2, 9], [1, 2])
    assert table["train"].tolist() == [0, 2, 1, 0, 0, 0, 0, 0, 0, 1]
    assert table.loc[1, "train %"] == 50
    assert table.loc[2, "difference %"] == -25


# grid_by_class, pixel_summary


def test_grid_by_class_finds_the_first_of_each_class():
    y = np.array([*range(9, -1, -1), *range(10)])
    assert data.grid_by_class(y, columns=2).tolist() == [[9 - digit, 10 + digit] for digit in range(10)]


def test_grid_by_class_refuses_too_few():
    with pytest.raises(ValueError, match="class 4 has only 1 examples, 2 columns"):
        data.grid_by_class(np.array([*range(10), 0, 1, 2, 3]), columns=2)


def test_pixel_summary_of_hand_made_images():
    x = np.zeros((3, 2, 2), np.uint8)
    x[1] = [[0, 255], [0, 5]]
    assert data.pixel_summary(x) == {
        "images": 3,
        "min": 0,
        "max": 255,
        "mean": pytest.approx(260 / 12),
        "missing": 0,
        "blank": 2,
    }


def test_pixel_summary_counts_missing_values():
    x = np.ones((2, 2, 2), np.float32)
    x[0, 0, 0] = np.nan
    assert data.pixel_summary(x)["missing"] == 1


def test_pixel_summary_refuses_no_images():
    with pytest.raises(ValueError, match="at least one image"):
        data.pixel_summary(np.zeros((0, 28, 28), np.uint8))

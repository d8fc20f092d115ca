"""The Kaggle submission file: what is written, and every fault that the check names."""

import os

import numpy as np
import pytest

from mnist_lab import kaggle

GOOD = b"ImageId,Label\n1,7\n2,0\n3,9\n"


@pytest.fixture
def check(tmp_path):
    """Check a file with the given bytes, for three test images."""

    def check(content, images=3):
        path = tmp_path / "submission.csv"
        path.write_bytes(content)
        return kaggle.read_submission(path, images=images)

    return check


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_file_has_exactly_the_format(tmp_path, dtype):
    path = tmp_path / "new folder" / "submission.csv"
    kaggle.write_submission(path, np.array([7, 0, 9], dtype=dtype))
    assert path.read_bytes() == GOOD


def test_what_is_written_passes_the_check_and_comes_back(tmp_path):
    labels = np.arange(kaggle.KAGGLE_IMAGES) % 10
    kaggle.write_submission(tmp_path / "submission.csv", labels)
    checked = kaggle.read_submission(tmp_path / "submission.csv")
    assert checked.dtype == np.uint8
    assert np.array_equal(checked, labels)


def test_last_line_end_may_be_missing(check):
    assert check(GOOD[:-1]).tolist() == [7, 0, 9]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "integers"),
        (np.array([], dtype=int), "no labels"),
        ([1.0, 2.0], "integers"),
        (np.eye(10, dtype=int), "one-hot"),
        ([3, 10], "between 0 and 9"),
        ([3, -1], "between 0 and 9"),
    ],
)
def test_labels_that_are_none_are_not_written(tmp_path, labels, message):
    with pytest.raises(ValueError, match=message):
        kaggle.write_submission(tmp_path / "submission.csv", labels)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "submission.csv"
    path.write_bytes(GOOD)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fdopen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kaggle.write_submission(path, [1, 1, 1])
    assert path.read_bytes() == GOOD
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv.*write_submission"):
        kaggle.read_submission(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf" + GOOD, "byte order mark.*utf-8"),
        (GOOD.decode().encode("utf-16"), "byte order mark.*UTF-16"),
        (GOOD.replace(b"7", b"\xe4"), "byte 16 is not UTF-8"),
        (GOOD.replace(b"\n", b"\r\n"), "lineterminator"),
        (GOOD.replace(b"\n", b"\r"), "newline="),
    ],
    ids=["empty", "UTF-8 mark", "UTF-16", "Latin-1", "Windows lines", "old Mac lines"],
)
def test_bytes_that_are_no_plain_text(check, content, message):
    with pytest.raises(ValueError, match=message):
        check(content)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"imageid,label", "line 1 must be 'ImageId,Label'.*these names"),
        (b"Label,ImageId", "in this order"),
        (b"ImageId, Label", "these names"),
        (b"ImageId;Label", "these names"),
        (b'"ImageId","Label"', "these names"),
        (b",ImageId,Label", "index=False"),
        (b"1,7", "put the header above"),
        (b"", "line 1 must be"),
        (b"x" * 1000, "xxx\\.\\.\\.'"),
    ],
)
def test_wrong_header(check, header, message):
    with pytest.raises(ValueError, match=message):
        check(GOOD.replace(b"ImageId,Label", header))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,7\n3,9\n4,1\n", "line 3: ImageId 2 is missing"),
        ("2,7\n3,0\n4,9\n", "line 2: ImageId 1 is missing"),
        ("1,7\n2,0\n2,9\n", "line 4: ImageId 2 occurs twice"),
        ("1,7\n3,9\n2,0\n", "line 3: ImageId 3 comes before 2. Sort"),
        ("0,7\n1,0\n2,9\n", "counts from 0"),
        ("1,7\n2,0\n-3,9\n", "line 4: ImageId 3 is missing, -3"),
        ("1,7\n2.0,0\n3,9\n", "line 3: the ImageId '2.0' is not a whole number"),
        ("1,7\n2,0\n", "2 rows for 3 test images"),
        ("1,7\n2,0\n3,9\n4,1\n", "4 rows for 3 test images"),
        ("", "0 rows for 3 test images"),
        ("1,7\n\n2,0\n3,9\n", "line 3 is ''"),
        ("1,7\n2,0\n3,9\n\n", "line 5 is ''"),
        ("1,7\n2\n3,9\n", "line 3 is '2'. Write two fields"),
        ("1,7\n2,0,5\n3,9\n", "line 3 is '2,0,5'"),
        ("1,7\n2,0.0\n3,9\n", r"line 3: the Label '0.0' is not a whole number.*astype"),
        ("1,7\n2,nan\n3,9\n", "the Label 'nan'"),
        ("1,7\n2,\n3,9\n", "the Label ''"),
        ("1,7\n2, 0\n3,9\n", "the Label ' 0'.*without spaces"),
        ("1,7\n2,\u0665\n3,9\n", "the Label"),
        ("1,7\n2," + "9" * 5000 + "\n3,9\n", "is not a whole number"),
        ("1,7\n2,10\n3,9\n", "line 3: the Label 10 is not a digit.*argmax"),
        ("1,7\n2,-1\n3,9\n", "line 3: the Label -1"),
    ],
)
def test_faults_in_the_rows(check, rows, message):
    with pytest.raises(ValueError, match=message):
        check(b"ImageId,Label\n" + rows.encode("utf-8"))


def test_kaggles_number_of_images_is_the_default_and_the_cure_names_the_parameter(tmp_path):
    kaggle.write_submission(tmp_path / "submission.csv", np.zeros(10_000, dtype=int))
    with pytest.raises(ValueError, match=r"10000 rows for 28000 test images.*images="):
        kaggle.read_submission(tmp_path / "submission.csv")
    assert len(kaggle.read_submission(tmp_path / "submission.csv", images=10_000)) == 10_000

"""The submission file of Kaggle's competition Digit Recognizer: write it, and check it before it is uploaded.

The format (https://www.kaggle.com/competitions/digit-recognizer/overview/evaluation)::

    ImageId,Label
    1,3
    2,7

`ImageId` counts the test images from 1, in their order. We are strict about the rest: UTF-8 without byte order mark,
and lines that end in a line feed alone, so that the same labels give the same bytes on every machine.
"""

import re
from pathlib import Path

import numpy as np

from mnist_lab import files
from mnist_lab._validation import check_labels

__all__ = ["HEADER", "KAGGLE_IMAGES", "read_submission", "write_submission"]

HEADER = "ImageId,Label"
KAGGLE_IMAGES = 28_000

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


def write_submission(path, labels):
    """Write a submission file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Target; missing parent folders are made.
    labels : array-like of shape (n,), integers from 0 to 9
        Predicted labels, in the order of the test images.

    Raises
    ------
    ValueError
        If there are no labels, or they are not whole numbers from 0 to 9.
    OSError
        If the target can't be written; an existing file is left as it was.

    Examples
    --------
    >>> write_submission("submission.csv", model.predict(x).argmax(axis=1))  # doctest: +SKIP
    """
    labels = check_labels(labels, 10)
    if not len(labels):
        raise ValueError("There are no labels to submit: give one for each test image.")
    lines = [HEADER, *(f"{image},{label}" for image, label in enumerate(labels.tolist(), start=1))]
    files.write_atomically(path, ("\n".join(lines) + "\n").encode("utf-8"))


def read_submission(path, *, images=KAGGLE_IMAGES):
    """Read a submission file and check it on the way.

    Windows line ends and quoted fields are refused; the line end after the last row may be missing.

    Parameters
    ----------
    path : path-like
    images : int, default=28_000
        Number of test images: 28,000 at Kaggle, 10,000 in MNIST.

    Returns
    -------
    ndarray of shape (images,), dtype uint8

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        At the first fault: it names the line, what is wrong and the cure.

    Examples
    --------
    >>> read_submission("submission.csv", images=10_000)  # doctest: +SKIP
    array([7, 2, 1, ..., 4, 5, 6], shape=(10000,), dtype=uint8)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}: write it with write_submission(path, labels).")
    try:
        return _labels(_text(path.read_bytes()), images)
    except ValueError as fault:
        raise ValueError(f"{path.name}: {fault}") from None


def _labels(text, images):
    header, *rows = text.removesuffix("\n").split("\n")
    _check_header(header)
    numbers = [_parse(line, row) for line, row in enumerate(rows, start=2)]
    _check_ids([image for image, _ in numbers])
    if len(numbers) != images:
        another = "; for another set than Kaggle's, say read_submission(path, images=...)"
        cure = f"Predict every image of the test set once{another if images == KAGGLE_IMAGES else ''}."
        raise ValueError(f"it has {len(numbers)} rows for {images} test images. {cure}")
    return np.array([label for _, label in numbers], dtype=np.uint8)


def _text(content):
    if not content:
        raise ValueError("the file is empty. Write it again with write_submission(path, labels).")
    if content.startswith(_BYTE_ORDER_MARKS):
        raise ValueError('it begins with a byte order mark. Write it with encoding="utf-8", not "utf-8-sig" or UTF-16.')
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f'byte {error.start} is not UTF-8. Write the file as text with encoding="utf-8".'
        raise ValueError(message) from None
    if "\r" in text:
        raise ValueError(r'its lines end in "\r\n" or "\r". Write it with newline="\n" (pandas: lineterminator="\n").')
    return text


def _check_header(header):
    if header == HEADER:
        return
    cure = "Give the columns these names, in this order"
    if header.endswith(f",{HEADER}"):
        cure = "Leave the index of the table out: to_csv(path, index=False)"
    elif _WHOLE_NUMBER.fullmatch(header.partition(",")[0]):
        cure = "The file begins with a row of numbers: put the header above it"
    raise ValueError(f"line 1 must be {HEADER!r}, not {_short(header)}. {cure}.")


def _parse(line, row):
    """Return image number and label of a row."""
    fields = row.split(",")
    if len(fields) != 2:
        raise ValueError(f"line {line} is {_short(row)}. Write two fields with a comma between: ImageId,Label.")
    for name, field in zip(HEADER.split(","), fields, strict=True):
        if not _WHOLE_NUMBER.fullmatch(field):
            raise ValueError(
                f"line {line}: the {name} {_short(field)} is not a whole number. "
                "Turn numbers into integers with .astype(int), without spaces or quotes.",
            )
    image, label = map(int, fields)
    if not 0 <= label <= 9:
        raise ValueError(f"line {line}: the Label {label} is not a digit from 0 to 9. Take .argmax(axis=1) of (n, 10).")
    return image, label


def _check_ids(ids):
    """Raise the first fault in the sequence 1, 2, 3, ..."""
    for expected, found in enumerate(ids, start=1):
        if found == expected:
            continue
        if (expected, found) == (1, 0):
            message = "ImageId counts from 0. Count from 1: range(1, n + 1)"
        elif found in ids[: expected - 1]:
            message = f"ImageId {found} occurs twice. Write one row for each image"
        elif expected in ids[expected:]:
            message = f"ImageId {found} comes before {expected}. Sort the rows by ImageId"
        else:
            message = f"ImageId {expected} is missing, {found} is in its place. Write a row for each image"
        raise ValueError(f"line {expected + 1}: {message}.")


def _short(text):
    return repr(text if len(text) <= 40 else f"{text[:37]}...")

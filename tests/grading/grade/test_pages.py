import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_lab.grading.grade.box import Limits
from mnist_lab.grading.grade.grading import Settings
from mnist_lab.grading.grade.pages import write_pages

RESULT = {
    "name": "ada <b>",
    "slug": "ada",
    "status": "graded",
    "problems": ["there is no notebook 02_x"],
    "notebooks": {
        "01_x": {
            "remarks": ["odd"],
            "cells": [3, 4],
            "seconds": 2.5,
            "error": [4, "NameError", "name 'pd' is not defined"],
        }
    },
    "tasks": {"1": {"points": 1, "of": 1, "text": "Task 1 met\n- Hint: none", "flags": ["look at it"]}},
}


@pytest.fixture
def pages(tmp_path):
    """Write the pages of one student, with a picture, and return them by name."""
    for folder in (tmp_path / "graded" / "work" / "ada" / "results", tmp_path / "reference"):
        (folder / "01_x").mkdir(parents=True)
        noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "01_x" / "a.png")
    settings = Settings(tmp_path / "graded", Path(), ("01_x",), 1.0, Limits(), 1)
    write_pages([RESULT], settings, tmp_path / "reference")
    return {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "graded").rglob("*.html")}


def test_a_student_sees_points_hints_what_failed_and_what_is_missing(pages):
    page = " ".join(pages["ada.html"].split())
    for text in (
        "ada &lt;b&gt;: 1 of 10 points",
        "- Hint: none",
        "3 of 4 cells in 2.5 s; failed in code cell [4]: NameError: name &#39;pd&#39; is not defined",
        "there is no notebook 02_x",
        "The check of this task did not run.",
    ):
        assert text in page


def test_pictures_are_whole_and_beside_those_of_the_reference(pages):
    sources = re.findall(r'<img src="data:image/png;base64,([^"]+)"', pages["ada.html"])
    assert len(sources) == 2
    assert min(map(len, sources)) > 200 * 300 * 3


def test_the_instructor_sees_flags_before_the_others(pages):
    assert "To be looked at: 1" in pages["index.html"]
    assert "look at it" in pages["index.html"]
    assert "Graded: " not in pages["index.html"]

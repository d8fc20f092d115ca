import json
import time

import pytest

from mnist_lab.grading.compare import Verdict, compare_folders, is_change, text_table, verdict_table

PNG = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"


def png(pixels):
    return PNG[0] + pixels + PNG[1]


def write(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


@pytest.fixture
def folders(tmp_path):
    """Return a function that compares two folders given as ``{file: content}``: verdicts and details by file."""

    def compare(reference, candidate):
        for side, files in (("a", reference), ("b", candidate)):
            (tmp_path / side).mkdir()
            for name, content in files.items():
                write(tmp_path / side, name, content)
        found = compare_folders(tmp_path / "a", tmp_path / "b")
        return {verdict.file: (verdict.verdict, " ".join(verdict.details)) for verdict in found}

    return compare


def entry(value, **more):
    return {"accuracy": {"value": value, **more}}


@pytest.mark.parametrize(
    ("reference", "candidate", "verdict", "detail"),
    [
        (entry(0.98, atol=0.003), entry(0.98, atol=0.003), "identical", ""),
        (entry(0.98, atol=0.003), entry(0.982, atol=0.003), "within tolerance", ""),
        (entry(0.1, atol=0.2), entry(0.1 + 0.2, atol=0.2), "within tolerance", ""),
        (entry(0.98, atol=0.003), entry(0.97, atol=0.5), "changed", "accuracy: 0.98 -> 0.97 (tolerance 0.003)"),
        (entry(5923), entry(5924), "changed", "accuracy: 5923 -> 5924 (exact)"),
        (entry([[1, 2], [3, 4]], atol=0.5), entry([[1, 2], [3.4, 4]]), "within tolerance", ""),
        (entry([[1, 2], [3, 4]]), entry([[1, 3], [2, 4]]), "changed", "accuracy[0][1]: 2 -> 3 (exact)"),
        (entry([1, 2, 3]), entry([1, 2]), "changed", "accuracy: 3 values -> 2 values"),
        (entry(0.5, atol=0.1), entry(float("nan")), "changed", "accuracy: 0.5 -> NaN"),
        (entry(float("inf"), atol=0.1), entry(1.0), "changed", "accuracy: Infinity -> 1.0"),
        (entry([1], atol=0.1), entry(1.0), "changed", "accuracy: [1] -> 1.0"),
        (entry(True), entry(1), "changed", "accuracy: true -> 1"),
        (entry("first"), entry("second"), "changed", '"first" -> "second"'),
        (entry([1, 2], compare=False, why="order"), entry([1, 2], compare=False), "identical", ""),
        (entry([1, 2], compare=False, why="order"), entry([2, 1], compare=False), "within tolerance", ""),
        (entry(1, compare=False, why="order"), {}, "changed", "accuracy: missing"),
        (entry(1), {}, "changed", "accuracy: missing"),
        ({}, entry(1), "changed", "accuracy: not in the reference"),
        ({"schema": 1}, {"schema": 2}, "changed", "schema: 1 -> 2 (exact)"),
        (entry(1, atol=-1), entry(1), "unreadable", "tolerance -1"),
        (entry(1), b"{", "unreadable", "no JSON"),
        (entry(1), b"\xff\xfe", "unreadable", "no JSON"),
        (entry(1), [1], "unreadable", "no named values"),
        (entry(10**400, atol=0.5), entry(1.5), "unreadable", ""),
    ],
)
def test_numbers(folders, reference, candidate, verdict, detail):
    found = folders({"metrics.json": reference}, {"metrics.json": candidate})
    assert found["metrics.json"][0] == verdict
    assert detail in found["metrics.json"][1]


def test_many_moved_numbers_are_cut_short(folders):
    _, details = folders({"m.json": entry([0] * 20)}, {"m.json": entry([1] * 20)})["m.json"]
    assert details.count("->") == 5
    assert details.endswith("and 15 more")


@pytest.mark.parametrize(
    ("pixels", "number", "verdict"),
    [
        (b"a", 0.5, "identical"),
        (b"b", 0.5, "environment"),
        (b"b", 0.55, "within tolerance"),
        (b"a", 0.9, "changed"),
    ],
)
def test_a_picture_follows_its_numbers(folders, pixels, number, verdict):
    found = folders(
        {"curve.png": png(b"a"), "curve.json": entry(0.5, atol=0.1)},
        {"curve.png": png(pixels), "curve.json": entry(number, atol=0.1)},
    )
    assert found["curve.png"][0] == verdict


def test_a_picture_follows_numbers_that_are_not_compared(folders):
    found = folders(
        {"curve.png": png(b"a"), "curve.json": entry([1], compare=False)},
        {"curve.png": png(b"b"), "curve.json": entry([2], compare=False)},
    )
    assert found["curve.png"] == ("within tolerance", "")


RECORD = {"python": "3.11.9", "libraries": {"numpy": "2.4", "keras": "3.15"}, "seed": 0}
EQUAL = "pixels, numbers are equal; "


@pytest.mark.parametrize(
    ("environment", "verdict", "detail"),
    [
        (RECORD, "changed", "pixels, though numbers and environment are equal"),
        (RECORD | {"seed": 1}, "environment", EQUAL + "differing: seed"),
        (RECORD | {"gpus": None}, "environment", EQUAL + "differing: gpus"),
        (
            {"libraries": {"numpy": "2.5", "pandas": "3.1", "keras": "3.15"}, "seed": 0},
            "environment",
            EQUAL + "differing: libraries (numpy, pandas), python",
        ),
        (b"{", "environment", EQUAL + "environment.json is missing or unreadable"),
        (None, "environment", EQUAL + "environment.json is missing or unreadable"),
    ],
)
def test_other_pixels_are_explained_by_another_environment_only(folders, environment, verdict, detail):
    reference = {"01/curve.png": png(b"a"), "01/curve.json": entry(0.5)}
    candidate = reference | {"01/curve.png": png(b"b"), "01/environment.json": environment}
    if environment is None:
        del candidate["01/environment.json"]
    found = folders(reference | {"01/environment.json": RECORD}, candidate)
    assert found["01/curve.png"] == (verdict, detail)


def test_only_pixels_without_an_explanation_are_a_change():
    assert not is_change(Verdict("a.png", "environment"))
    assert is_change(Verdict("a.png", "changed"))


def test_a_picture_without_numbers_is_judged_by_its_bytes(folders):
    found = folders({"a.png": png(b"a"), "b.png": png(b"b")}, {"a.png": png(b"a"), "b.png": png(b"c")})
    assert [verdict for verdict, _ in found.values()] == ["identical", "changed"]


def test_one_bad_file_does_not_stop_the_rest(folders):
    good = {"z.json": entry(1)}
    found = folders(
        {"a.json": entry(1), "cut.png": png(b"a"), **good}, {"a.json": b"{", "cut.png": png(b"a")[:-3], **good}
    )
    assert {file: verdict for file, (verdict, _) in found.items()} == {
        "a.json": "unreadable",
        "cut.png": "unreadable",
        "z.json": "identical",
    }


def test_missing_and_new_files_are_changes(tmp_path):
    write(tmp_path / "a", "01/gone.json", entry(1))
    write(tmp_path / "b", "01/here.json", entry(1))
    verdicts = compare_folders(tmp_path / "a", tmp_path / "b")
    assert [(verdict.file, verdict.verdict) for verdict in verdicts] == [
        ("01/gone.json", "missing"),
        ("01/here.json", "new"),
    ]
    assert all(map(is_change, verdicts))


def test_environment_and_times_are_not_judged(folders):
    names = ("environment.json", "times.json", ".hidden")
    assert folders(dict.fromkeys(names, entry(1)), {"environment.json": b"broken"}) == {}


def test_measurements_that_no_notebook_writes_are_not_missing(folders):
    assert folders({"measurements/cnn.json": entry(1), "01/m.json": entry(1)}, {"01/m.json": entry(1)}) == {
        "01/m.json": ("identical", "")
    }


def test_a_folder_that_does_not_exist_counts_as_empty(tmp_path):
    assert compare_folders(tmp_path / "no", tmp_path / "none") == []


def test_tables_align_and_name_what_moved(tmp_path):
    write(tmp_path / "a", "m.json", {"x": {"value": 1}, "y": {"value": 2}})
    write(tmp_path / "b", "m.json", {"x": {"value": 3}, "y": {"value": 4}})
    lines = verdict_table(compare_folders(tmp_path / "a", tmp_path / "b")).splitlines()
    assert lines[2] == "m.json  changed  x: 1 -> 3 (exact)"
    assert lines[3].strip() == "y: 2 -> 4 (exact)"
    assert text_table(("a", "b"), [("long", 1)]) == "a     b\n----  -\nlong  1"


def test_large_arrays_are_compared_quickly(folders):
    began = time.perf_counter()
    found = folders({"m.json": entry([[0.5] * 1000] * 100, atol=0.1)}, {"m.json": entry([[0.51] * 1000] * 100)})
    assert found["m.json"][0] == "within tolerance"
    assert time.perf_counter() - began < 5

import json
import struct
import zlib

import pytest
from PIL import Image

from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.verdicts import FileVerdict


@pytest.fixture(scope="module")
def png(tmp_path_factory):
    """Return a function that gives the bytes of a small grey picture."""
    path = tmp_path_factory.mktemp("png") / "picture.png"

    def make(grey, size=(4, 3)):
        Image.new("L", size, grey).save(path)
        return path.read_bytes()

    return make


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
        (
            entry(0.98, atol=0.004),
            entry(0.982),
            "within tolerance",
            "50 % of a tolerance used: accuracy: 0.98 -> 0.982",
        ),
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
        (
            entry([1, 2], compare=False, why="order"),
            entry([2, 1]),
            "within tolerance",
            "accuracy: differs, not compared",
        ),
        (entry([1, 2], compare=False, why="order"), entry("none"), "changed", "not compared, but of one kind"),
        (entry([1, 2], overlap=0.5), entry([2, 1]), "within tolerance", "written or sorted differently"),
        (entry([1, 2], overlap=0.5), entry([1, 2] * 3), "within tolerance", "written or sorted differently"),
        (entry(1), b'\xef\xbb\xbf{"accuracy": {"value": 1}}', "identical", ""),
        (entry(1), b'{"accuracy": {"value": 2}, "accuracy": {"value": 1}}', "unreadable", "a name occurs twice"),
        (entry(1, compare=False, why="order"), {}, "changed", "accuracy: missing"),
        (entry(1), {}, "changed", "accuracy: missing"),
        ({}, entry(1), "changed", "accuracy: not in the reference"),
        ({"schema": 1}, {"schema": 2}, "changed", "schema: 1 -> 2 (exact)"),
        (entry(1, atol=-1), entry(2), "unreadable", "tolerance atol=-1"),
        (entry([1, 2, 3, 4], overlap=0.5), entry([4, 3, 2, 1]), "within tolerance", ""),
        (entry([1, 2, 3, 4], overlap=0.5), entry([4, 3, 2, 9]), "within tolerance", "3 of 5 elements in common, 0.60"),
        (entry([1, 2, 3, 4], overlap=0.5), entry([1, 2, 8, 9]), "changed", "2 of 6 elements in common, 0.33"),
        (entry([], overlap=0.5), entry([]), "identical", ""),
        (entry([1], overlap=1), entry([2]), "changed", "0 of 2 elements"),
        (entry([1], overlap=1.5), entry([2]), "unreadable", "overlap=1.5"),
        (entry([1], overlap=0.5), entry("one"), "changed", '[1] -> "one"'),
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
    ("grey", "number", "verdict", "detail"),
    [
        (10, 0.5, "identical", ""),
        (20, 0.5, "environment", "12 of 12 pixels differ; numbers are equal, the environment is not known"),
        (90, 0.5, "changed", "12 of 12 pixels differ: no longer this figure (0.31 unlike it, at most 0.15 expected)"),
        (20, 0.55, "within tolerance", "12 of 12 pixels differ, as its numbers"),
        (10, 0.9, "changed", "its numbers in curve.json"),
    ],
)
def test_a_picture_follows_its_numbers(folders, png, grey, number, verdict, detail):
    found = folders(
        {"curve.png": png(10), "curve.json": entry(0.5, atol=0.1)},
        {"curve.png": png(grey), "curve.json": entry(number, atol=0.1)},
    )
    assert found["curve.png"] == (verdict, detail)


def test_a_picture_follows_numbers_that_are_not_compared(folders, png):
    found = folders(
        {"curve.png": png(10), "curve.json": {"best": {"value": [1], "compare": False}}},
        {"curve.png": png(20), "curve.json": {"best": {"value": [2], "compare": False}}},
    )
    assert found["curve.png"][0] == "within tolerance"


def test_equal_pixels_in_other_bytes_are_identical(folders, png, tmp_path):
    Image.new("L", (4, 3), 10).save(tmp_path / "a.png", compress_level=0)
    other = (tmp_path / "a.png").read_bytes()
    assert other != png(10)
    assert folders({"a.png": png(10)}, {"a.png": other}) == {"a.png": ("identical", "")}


RECORD = {"schema": 1, "python": "3.11.9", "libraries": {"numpy": "2.4", "keras": "3.15"}, "seed": 0}
DIFFER = "12 of 12 pixels differ; numbers are equal, the environment "


@pytest.mark.parametrize(
    ("environment", "picture", "itself"),
    [
        (RECORD, ("changed", "drawn differently"), ("identical", "")),
        (RECORD | {"seed": 1}, ("changed", "drawn differently"), ("changed", "seed 0 -> 1")),
        (RECORD | {"seed": False}, ("changed", "drawn differently"), ("changed", "seed 0 -> false")),
        (
            RECORD | {"libraries": RECORD["libraries"] | {"nbval": "9"}, "data_sources": {"MNIST": "a folder"}},
            ("changed", "drawn differently"),
            ("environment", "nbval not set -> 9"),
        ),
        (RECORD | {"gpus": ["A"]}, ("changed", "drawn differently"), ("environment", "GPUs not set -> ['A']")),
        (RECORD | {"python": "3.11.10"}, ("changed", "drawn differently"), ("environment", "Python 3.11.9 -> 3.11.10")),
        (RECORD | {"anything": 1}, ("changed", "drawn differently"), ("environment", "anything not set -> 1")),
        (
            RECORD | {"libraries": {"numpy": "2.5", "keras": "3.15"}},
            ("environment", DIFFER + "differs in what draws"),
            ("environment", "numpy 2.4 -> 2.5"),
        ),
        (RECORD | {"schema": 2}, ("environment", DIFFER + "is not known"), ("unreadable", "has schema 2")),
        (b"{", ("environment", DIFFER + "is not known"), ("unreadable", "no JSON")),
        ([1], ("environment", DIFFER + "is not known"), ("unreadable", "holds no named values")),
        (None, ("environment", DIFFER + "is not known"), ("missing", "only in the reference")),
    ],
)
def test_other_pixels_are_explained_by_another_environment_only(folders, png, environment, picture, itself):
    reference = {"01/curve.png": png(10), "01/curve.json": entry(0.5), "01/environment.json": RECORD}
    candidate = reference | {"01/curve.png": png(20), "01/environment.json": environment}
    if environment is None:
        del candidate["01/environment.json"]
    found = folders(reference, candidate)
    for file, (verdict, detail) in (("01/curve.png", picture), ("01/environment.json", itself)):
        assert found[file][0] == verdict
        assert detail in found[file][1]


def test_only_pixels_without_an_explanation_are_a_change():
    assert not FileVerdict("a.png", "environment").is_change
    assert FileVerdict("a.png", "changed").is_change


def test_a_picture_without_numbers_is_judged_by_its_pixels(folders, png):
    found = folders(
        {"a.png": png(1), "b.png": png(1), "c.png": png(1)},
        {"a.png": png(1), "b.png": png(2), "c.png": png(1, (5, 3))},
    )
    assert [verdict for verdict, _ in found.values()] == ["identical", "changed", "changed"]
    assert "size 4 x 3 -> 5 x 3 pixels" in found["c.png"][1]


@pytest.mark.parametrize("number", [0.5, 0.55])
def test_a_picture_of_another_size_is_a_change_whatever_its_numbers(folders, png, number):
    found = folders(
        {"a.png": png(1), "a.json": entry(0.5, atol=0.1)}, {"a.png": png(1, (5, 3)), "a.json": entry(number)}
    )
    assert found["a.png"] == ("changed", "size 4 x 3 -> 5 x 3 pixels")


def test_tables_that_differ_in_the_ends_of_their_lines_are_identical(folders):
    other = b"\xef\xbb\xbfImageId,Label\r\n1,2"
    assert folders({"a.csv": b"ImageId,Label\n1,2\n"}, {"a.csv": other}) == {"a.csv": ("identical", "")}


def test_tables_and_texts_name_the_lines_that_changed(folders):
    found = folders(
        {"a.csv": b"ImageId,Label\n1,2\n", "b.csv": b"1\n", "c.bin": b"1"},
        {"a.csv": b"ImageId,Label\n1,3\n", "b.csv": b"1\n2\n", "c.bin": b"2"},
    )
    assert found["a.csv"] == ("changed", 'line 2: "1,2" -> "1,3"')
    assert found["b.csv"] == ("changed", "1 lines -> 2 lines")
    assert found["c.bin"] == ("changed", "bytes")


def claims_a_billion_pixels():
    header = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 30_000, 8, 0, 0, 0, 0)
    chunks = (header, b"IDAT" + zlib.compress(b"0"), b"IEND")
    parts = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_one_bad_file_does_not_stop_the_rest(folders, png):
    good = {"z.json": entry(1)}
    bad = {
        "a.json": (b"{", "a.json is no JSON"),
        "cut.png": (png(1)[:-3], "cut.png is no whole PNG picture (the end is missing)"),
        "bit.png": (png(2)[:45] + b"x" + png(2)[46:], "bit.png is no whole PNG picture"),
        "huge.png": (claims_a_billion_pixels(), "claims 40,000 x 30,000 pixels"),
        "nested.json": (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion"),
    }
    reference = {file: png(1) if file.endswith("png") else entry(1) for file in bad}
    found = folders(reference | good, {file: content for file, (content, _) in bad.items()} | good)
    assert found.pop("z.json")[0] == "identical"
    for file, (verdict, detail) in found.items():
        assert verdict == "unreadable"
        assert bad[file][1] in detail
        assert "\n" not in detail


def test_a_picture_whose_numbers_are_broken_is_judged_by_its_pixels(folders, png):
    numbers = {"a.json": entry(1), "b.json": entry(1)}
    broken = {"a.json": b"{", "b.json": b"{"}
    found = folders({"a.png": png(1), "b.png": png(1)} | numbers, {"a.png": png(1), "b.png": png(2)} | broken)
    assert found["a.png"] == ("identical", "")
    assert found["b.png"] == ("changed", "12 of 12 pixels differ, and its numbers cannot be read")


def test_links_that_lead_outside_or_nowhere_are_named_and_not_followed(tmp_path):
    for side in "ab":
        for name in ("out.json", "gone.json", "folder", "inside.json"):
            write(tmp_path / side, "target.json", entry(1))
            write(tmp_path / side, name, entry(1))
    write(tmp_path, "secret.json", entry(1))
    try:
        for name, target in (
            ("out.json", tmp_path / "secret.json"),
            ("gone.json", "nowhere.json"),
            ("folder", tmp_path),
            ("inside.json", "target.json"),
        ):
            (tmp_path / "b" / name).unlink()
            (tmp_path / "b" / name).symlink_to(target)
    except OSError:
        pytest.skip("this system lets no one make links")
    found = {verdict.file: verdict for verdict in compare_folders(tmp_path / "a", tmp_path / "b")}
    assert {file: verdict.verdict for file, verdict in found.items()} == {
        "folder": "unreadable",
        "gone.json": "unreadable",
        "inside.json": "identical",
        "out.json": "unreadable",
        "target.json": "identical",
    }
    assert "leads outside" in found["out.json"].details[0]
    assert "leads outside" in found["folder"].details[0]


def test_missing_and_new_files_are_changes(tmp_path):
    write(tmp_path / "a", "01/gone.json", entry(1))
    write(tmp_path / "b", "01/here.json", entry(1))
    verdicts = compare_folders(tmp_path / "a", tmp_path / "b")
    assert [(verdict.file, verdict.verdict) for verdict in verdicts] == [
        ("01/gone.json", "missing"),
        ("01/here.json", "new"),
    ]
    assert all(verdict.is_change for verdict in verdicts)


def test_folders_of_another_set_of_notebooks_are_one_line_each(folders):
    names = ("metrics.json", "a.json", "environment.json")
    found = folders(
        {f"{folder}/{name}": RECORD for folder in ("01", "02") for name in names},
        {f"{folder}/{name}": RECORD for folder in ("02", "pets") for name in names},
    )
    assert found["01/"] == ("missing", "3 files, only in the reference")
    assert found["pets/"] == ("new", "3 files, not in the reference")
    assert len(found) == 5


def test_times_and_hidden_files_are_not_judged(folders):
    names = ("times.json", ".hidden", "Thumbs.db", "__MACOSX/a.json", ".ipynb_checkpoints/a.png")
    assert folders(dict.fromkeys(names, entry(1)), {"times.json": b"broken"}) == {}


def test_measurements_that_no_notebook_writes_are_not_missing(folders):
    assert folders({"measurements/cnn.json": entry(1), "01/m.json": entry(1)}, {"01/m.json": entry(1)}) == {
        "01/m.json": ("identical", "")
    }


def test_a_folder_that_does_not_exist_counts_as_empty(tmp_path):
    assert compare_folders(tmp_path / "no", tmp_path / "none") == []


def test_large_arrays_stay_within_their_tolerance(folders):
    found = folders({"m.json": entry([[0.5] * 1000] * 100, atol=0.1)}, {"m.json": entry([[0.51] * 1000] * 100)})
    assert found["m.json"][0] == "within tolerance"

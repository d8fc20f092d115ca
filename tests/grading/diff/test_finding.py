"""What people hand in, and which folder in it is compared."""

import zipfile

import pytest

from mnist_lab.grading.cli import main

NUMBERS = '{"errors": {"value": 35, "atol": 15}}'
NOTEBOOKS = {"01_class_histogram": "class_histogram", "02_sweep": "curves"}
WHOLE = [f"{notebook}/{name}.json" for notebook, figure in NOTEBOOKS.items() for name in ("metrics", figure)]
ONE = ["metrics.json", "curves.json"]


def under(folder, names):
    return [f"{folder}/{name}" for name in names]


def write(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(NUMBERS, encoding="utf-8")


@pytest.fixture
def hand_in(tmp_path, monkeypatch, capsys):
    """Return a function that compares what is handed in under a name: exit code, all that was printed."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "reference", WHOLE)

    def compare(names, name="student.zip"):
        if name.endswith(".zip"):
            with zipfile.ZipFile(name, "w") as archive:
                for member in names:
                    archive.writestr(member, NUMBERS)
        else:
            write(tmp_path / name, names)
        code = main(["diff", "reference", name])
        return code, "".join(capsys.readouterr())

    return compare


@pytest.mark.parametrize("name", ["student.zip", "student"])
@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (WHOLE, "candidate: {}\n"),
        (under("Results", WHOLE), "candidate: {}/Results\n"),
        (under("project/RESULTS", WHOLE), "candidate: {}/project/RESULTS\n"),
        (["README.md", *under("results", WHOLE)], "candidate: {}/results\n"),
        (["README.txt", *WHOLE], "not compared: README.txt\n"),
        (["readme", *under("handed in", WHOLE)], "candidate: {}/handed in\n"),
        (["Thumbs.db", "desktop.ini", "@eaDir/x", *WHOLE], "Thumbs.db, desktop.ini\n"),
        ([*WHOLE, "02_sweep/metrics.json~", "02_sweep/.x"], "not compared: 02_sweep/metrics.json~\n"),
        (under("02_sweep", ONE), "candidate: {}/02_sweep\n"),
        (["README.md", *under("02_sweep", ONE)], "candidate: {}/02_sweep\n"),
        (ONE, "reference: reference/02_sweep\n"),
        (["Thumbs.db", *ONE], "reference: reference/02_sweep\n"),
        (under("p/runs/2026-01-01_120000/results", WHOLE), "candidate: {}/p/runs/2026-01-01_120000/results\n"),
        (
            under("runs/2026-01-02_120000/results", WHOLE) + under("runs/2026-01-01_120000/results", ONE),
            "candidate: {}/runs/2026-01-02_120000/results\n",
        ),
        (
            [*under("results/reference", WHOLE), "results/README.md", *under("runs/1/results", WHOLE)],
            "candidate: {}/runs/1/results\n",
        ),
    ],
)
def test_honest_packing_is_no_change(hand_in, name, names, taken):
    code, out = hand_in(names, name)
    assert taken.format(name) in out
    assert out.endswith("identical\nNo result changed.\n")
    assert code == 0


def test_the_name_of_an_archive_tells_the_notebook(hand_in):
    code, out = hand_in(["metrics.json"], "02_sweep (1).zip")
    assert "reference: reference/02_sweep\n" in out
    assert "curves.json   missing" in out
    assert code == 1


def test_a_zip_in_a_zip_is_opened(hand_in, tmp_path):
    hand_in(WHOLE, "inner.zip")
    with zipfile.ZipFile("outer.zip", "w") as archive:
        archive.write("inner.zip")
    assert main(["diff", "reference", "outer.zip"]) == 0


def test_two_folders_that_could_be_meant_are_asked_for_and_can_be_named(hand_in, capsys):
    code, out = hand_in([*under("results", WHOLE), *under("runs/1/results", WHOLE)])
    assert code == 2
    assert "student.zip holds results and runs/1/results: name the one to compare" in out
    assert main(["diff", "reference", "student.zip/runs/1/results"]) == 0
    assert "candidate: student.zip/runs/1/results\n" in capsys.readouterr().out
    assert main(["diff", "reference", "student.zip/elsewhere"]) == 2


@pytest.mark.parametrize("names", [["results/reference/01/m.json"], ["results/.gitkeep"], ["Thumbs.db"], ["README.md"]])
def test_nothing_to_compare_is_wrong_use(hand_in, names):
    code, out = hand_in(names)
    assert code == 2
    assert len(out.splitlines()) == 1


def test_a_folder_called_results_stands_for_all_notebooks(hand_in):
    code, out = hand_in(under("results/02_sweep", ONE))
    assert "only in the reference" in out
    assert code == 1


def test_files_of_a_notebook_that_nobody_knows_are_asked_for(hand_in):
    code, out = hand_in(["metrics.json", "pets.json"])
    assert code == 2
    assert "can't be told of which one" in out

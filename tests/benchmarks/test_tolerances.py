"""Runs can be interrupted and resumed, and the table says what moved; no notebook is run here."""

import json
import math

import nbformat
import pytest

from benchmarks.upkeep import tolerance_table, tolerances
from mnist_lab import files
from mnist_lab.grading.run.kernel import NotebookRun

COUNTS, SEEDS = "01_counts", "05_seeds"


def notebook(*sources, tags=(), output=""):
    """Return a notebook whose cells all have the same tags and printed text."""
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=output)] if output else []
    cells = [nbformat.v4.new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)}) for source in sources]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a project of two notebooks, with a stored result each; the one that has seeds is the cheaper one."""
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook("print(35)", tags=["nbval-atol=15"], output="35"), tmp_path / "notebooks/01_counts.ipynb")
    nbformat.write(notebook("SEEDS = (0, 1, 2)"), tmp_path / "notebooks/05_seeds.ipynb")
    for name, seconds in ((COUNTS, 20.0), (SEEDS, 10.0)):
        store(tmp_path / "results" / "reference" / name, errors={"value": 35, "atol": 15}, parameters={"value": 7})
        files.write_json(tmp_path / "results" / "reference" / name / "times.json", {"notebook": seconds})
    monkeypatch.setattr(tolerances, "ROOT", tmp_path)
    monkeypatch.setattr(tolerances, "FOLDER", tmp_path / "runs" / "tolerances")
    monkeypatch.setattr(tolerances, "REFERENCE", tmp_path / "results" / "reference")
    monkeypatch.setattr(tolerances, "TABLE", tmp_path / "results" / "measurements" / "tolerances.json")
    monkeypatch.setattr(tolerances, "SEEDED", {SEEDS: "SEEDS"})
    for name in {name for variables in tolerances.SETTINGS.values() for name in variables}:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def store(folder, **entries):
    files.write_json(folder / "metrics.json", entries)


@pytest.fixture
def runs(project, monkeypatch):
    """Replace the running of notebooks; return what was run, and what the next one shall store and print."""
    made, next_one = [], {"errors": 35, "parameters": 7, "text": "35", "stop": None}

    def run_notebook(path, output_path, *, timeout, environment):
        made.append((path, output_path, environment))
        if next_one["stop"] == len(made):
            raise KeyboardInterrupt
        executed = nbformat.read(path, as_version=4)
        for cell in executed.cells:
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=next_one["text"])] * len(cell.outputs)
        nbformat.write(executed, output_path)
        folder = tolerances.Path(environment["MNIST_LAB_RESULTS"]) / path.stem
        atol = {"value": next_one["errors"], "atol": 15}
        store(folder, errors=atol, parameters={"value": next_one["parameters"]})
        failed = next_one.get("fail") == path.stem
        error = (3, "ValueError", "no digits") if failed else None
        return NotebookRun(path.stem, ok=not failed, seconds=1.0, error=error)

    monkeypatch.setattr(tolerances, "run_notebook", run_notebook)
    return made, next_one


def stored_table(project):
    return json.loads((project / "results" / "measurements" / "tolerances.json").read_text(encoding="utf-8"))


def ran(made):
    return [(output_path.parts[-3], path.stem) for path, output_path, _ in made]


def test_the_cheapest_notebook_comes_first_and_seeds_only_where_there_are_any(runs):
    made, _ = runs
    assert tolerances.main(["--settings", "onednn_off", "seeds_1"]) == 0
    assert ran(made) == [("onednn_off", SEEDS), ("onednn_off", COUNTS), ("seeds_1", SEEDS)]


def test_a_run_gets_its_variables_and_folders_of_its_own(runs, project):
    made, _ = runs
    tolerances.main(["01", "--settings", "one_thread"])
    ((path, output_path, environment),) = made
    folder = project / "runs" / "tolerances" / "one_thread"
    assert path == project / "notebooks" / "01_counts.ipynb"
    assert output_path == folder / "notebooks" / "01_counts.ipynb"
    assert environment["MNIST_LAB_RESULTS"] == str(folder / "results")
    assert environment["MNIST_LAB_MODELS"] == str(folder / "models" / COUNTS)
    assert environment.items() >= tolerances.SETTINGS["one_thread"].items()


def test_an_interrupted_command_goes_on_where_it_stopped(runs, project, capsys):
    made, next_one = runs
    next_one["stop"] = 2
    assert tolerances.main(["--settings", "onednn_off"]) == 130
    assert "goes on" in capsys.readouterr().out
    assert not (project / "results" / "measurements").exists()
    assert tolerances.main(["--settings", "onednn_off"]) == 0
    assert "1 done before, 1 left" in capsys.readouterr().out
    assert ran(made) == [("onednn_off", name) for name in (SEEDS, COUNTS, COUNTS)]
    assert tolerances.main(["--settings", "onednn_off"]) == 0
    assert len(made) == 3


def change_number(project):
    store(project / "results" / "reference" / COUNTS, errors={"value": 36, "atol": 15}, parameters={"value": 7})


def change_printed_number(project):
    nbformat.write(notebook("print(35)", tags=["nbval-atol=15"], output="36"), project / "notebooks/01_counts.ipynb")


def change_setting(project):
    tolerances.SETTINGS["onednn_off"] = {"TF_ENABLE_ONEDNN_OPTS": "false"}


@pytest.mark.parametrize("change", [change_number, change_printed_number, change_setting])
def test_what_moves_numbers_makes_a_run_stale_and_the_table_is_not_replaced(change, runs, project, monkeypatch, capsys):
    made, _ = runs
    monkeypatch.setattr(tolerances, "SETTINGS", dict(tolerances.SETTINGS))
    tolerances.main(["01", "--settings", "onednn_off"])
    before = tolerances.TABLE.read_bytes()
    change(project)
    assert tolerances.main(["--table"]) == 1
    said = capsys.readouterr().out
    assert "Not written" in said and "onednn_off 01_counts" in said and "upkeep.tolerances 01_counts" in said
    assert tolerances.TABLE.read_bytes() == before
    assert tolerances.main(["01", "--settings", "onednn_off"]) == 0
    assert len(made) == 2
    assert list(stored_table(project)["entries"]) == ["01_counts/metrics/errors"]


def test_other_libraries_make_a_run_stale(runs, project, monkeypatch):
    made, _ = runs
    tolerances.main(["01", "--settings", "onednn_off"])
    monkeypatch.setattr(tolerances.importlib.metadata, "version", lambda name: "99.0")
    tolerances.main(["01", "--settings", "onednn_off"])
    assert len(made) == 2


def test_a_fresh_clone_keeps_the_stored_table(runs, project, capsys):
    _, next_one = runs
    next_one["errors"] = 41
    tolerances.main(["--settings", "onednn_off", "seeds_1"])
    before = tolerances.TABLE.read_bytes()
    tolerances.shutil.rmtree(tolerances.FOLDER)  # a fresh clone has no runs
    assert tolerances.main(["--table"]) == 0
    assert tolerances.TABLE.read_bytes() == before
    tolerances.main(["01", "--settings", "one_thread"])
    content = stored_table(project)
    assert {setting: list(runs) for setting, runs in content["runs"].items()} == {
        "onednn_off": [COUNTS, SEEDS],
        "one_thread": [COUNTS],
        "seeds_1": [SEEDS],
    }
    row = content["entries"]["01_counts/metrics/errors"]
    assert row["largest_difference"] == {"onednn_off": 6, "one_thread": 6}


def test_a_number_that_was_exact_is_not_measured_by_giving_it_a_tolerance(runs, project, capsys):
    tolerances.main(["01", "--settings", "onednn_off"])
    reference = project / "results" / "reference" / COUNTS
    store(reference, errors={"value": 35, "atol": 15}, parameters={"value": 7, "atol": 5})
    tolerances.shutil.rmtree(tolerances.FOLDER)
    assert tolerances.main(["--table"]) == 1
    assert "onednn_off 01_counts" in capsys.readouterr().out


def test_a_smaller_tolerance_that_is_exceeded_must_be_measured_again(runs, project):
    _, next_one = runs
    next_one["errors"] = 41
    tolerances.main(["01", "--settings", "onednn_off"])
    reference = project / "results" / "reference" / COUNTS
    store(reference, errors={"value": 35, "atol": 5}, parameters={"value": 7})
    tolerances.shutil.rmtree(tolerances.FOLDER)
    assert tolerances.main(["--table"]) == 1


def test_moved_cells_other_words_and_other_tolerances_do_not_make_it_stale(runs, project):
    made, _ = runs
    tolerances.main(["01", "--settings", "onednn_off"])
    changed = notebook("print( 35 )  # renamed", tags=["nbval-atol=20"], output="35")
    first = notebook("import numpy").cells[0]
    first.id = "inserted"
    changed.cells = [first, nbformat.v4.new_markdown_cell("35 errors"), *changed.cells]
    nbformat.write(changed, project / "notebooks" / "01_counts.ipynb")
    reference = project / "results" / "reference" / COUNTS
    store(reference, errors={"value": 35, "atol": 30}, parameters={"value": 7})
    tolerances.main(["01", "--settings", "onednn_off"])
    assert len(made) == 1
    content = stored_table(project)
    assert content["cells"]["01_counts cell-0"]["atol"] == 20
    assert content["entries"]["01_counts/metrics/errors"]["atol"] == 30


def test_a_second_run_starts_without_old_results_and_models(runs, project):
    folder = project / "runs" / "tolerances" / "onednn_off"
    for kind in ("results", "models"):
        files.write_atomically(folder / kind / COUNTS / "old.json", b"{}")
        files.write_atomically(folder / kind / SEEDS / "old.json", b"{}")
    tolerances.main(["01", "--settings", "onednn_off"])
    assert not list(folder.glob(f"*/{COUNTS}/old.json"))
    assert len(list(folder.glob(f"*/{SEEDS}/old.json"))) == 2


def test_an_old_marker_does_not_vouch_for_an_interrupted_run(runs, project):
    _, next_one = runs
    tolerances.main(["01", "--settings", "onednn_off"])
    change_number(project)
    next_one["stop"] = 2
    assert tolerances.main(["01", "--settings", "onednn_off"]) == 130
    store(project / "results" / "reference" / COUNTS, errors={"value": 35, "atol": 15}, parameters={"value": 7})
    assert not tolerances.is_done("onednn_off", project / "notebooks" / "01_counts.ipynb")


def test_a_failed_run_is_told_and_the_others_go_on(runs, project, capsys):
    made, next_one = runs
    next_one["fail"] = SEEDS
    assert tolerances.main(["--settings", "onednn_off"]) == 1
    assert "cell [3]: ValueError: no digits" in capsys.readouterr().out
    assert [name for _, name in ran(made)] == [SEEDS, COUNTS]
    assert list(stored_table(project)["runs"]["onednn_off"]) == [COUNTS]


def test_missing_seeds_are_told_and_the_others_go_on(runs, project, capsys):
    made, _ = runs
    nbformat.write(notebook("SEEDS = range(3)"), project / "notebooks" / "05_seeds.ipynb")
    assert tolerances.main(["--settings", "seeds_1", "onednn_off"]) == 1
    assert "failed: 0 lines like 'SEEDS = (0, 1, 2)'" in capsys.readouterr().out
    assert ran(made) == [("onednn_off", SEEDS), ("onednn_off", COUNTS)]


def test_a_variable_that_is_already_set_is_wrong_use(runs, monkeypatch, capsys):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with pytest.raises(SystemExit) as stopped:
        tolerances.main([])
    assert stopped.value.code == 2
    assert "unset OMP_NUM_THREADS" in capsys.readouterr().err


def test_the_table_keeps_settings_and_seeds_apart(runs, project, capsys):
    _, next_one = runs
    next_one["errors"] = 41
    tolerances.main(["05", "--settings", "onednn_off"])
    next_one["errors"] = 30
    tolerances.main(["05", "--settings", "one_thread"])
    next_one["errors"] = 51
    tolerances.main(["05", "--settings", "seeds_1"])
    content = stored_table(project)
    row = content["entries"]["05_seeds/metrics/errors"]
    assert row["largest_difference"] == {"onednn_off": 6, "one_thread": 5}
    assert (row["used"], row["suggested"]) == (0.4, 20)
    assert row["largest_difference_seeds"] == {"seeds_1": 16}
    assert (row["used_seeds"], row["suggested_seeds"]) == (1.07, 50)
    assert content["errors"] == []
    lines = capsys.readouterr().out.splitlines()
    assert ["05_seeds/metrics/errors", "15", "6", "5", "16", "0.4", "20"] in [line.split() for line in lines]


def test_exact_numbers_that_differ_are_errors(runs, project, capsys):
    _, next_one = runs
    next_one["parameters"], next_one["text"] = 8, "about 35"
    assert tolerances.main(["01", "--settings", "onednn_off"]) == 0
    errors = stored_table(project)["errors"]
    assert [(error["name"], error["reason"]) for error in errors] == [
        ("01_counts/metrics/parameters", "an exact number differs"),
        ("01_counts cell-0", "the text between the numbers differs"),
    ]
    lines = capsys.readouterr().out.splitlines()
    assert "Seen as changed on such a machine: 2" in lines
    assert ["01_counts", "cell-0", "15.0", "text", "beyond"] in [line.split() for line in lines]


def test_seeds_move_on_by_their_number():
    source = "NAME = 'SEEDS'\nSHORT_SEEDS = (0, 1, 2)  # of each\nprint(SHORT_SEEDS)"
    moved = tolerances.with_other_seeds(notebook("1 + 1", source), "SHORT_SEEDS", 2)
    assert [cell.source for cell in moved.cells] == ["1 + 1", source.replace("0, 1, 2", "6, 7, 8")]


@pytest.mark.parametrize("sources", [("SEEDS = [0, 1]",), ("SHORT_SEEDS = (0, 1)",), ("SEEDS = (0, 1)",) * 2])
def test_seeds_that_are_not_assigned_once_are_an_error(sources):
    with pytest.raises(ValueError, match="lines like 'SEEDS = "):
        tolerances.with_other_seeds(notebook(*sources), "SEEDS", 1)


MOVED = {"05_emnist_augmentation": "10, 11, 12", "09_filter_shapes": "3, 4, 5)"}


@pytest.mark.parametrize(("stem", "moved_to"), MOVED.items())
def test_the_real_notebooks_have_their_seeds(stem, moved_to):
    path = files.project_root(__file__) / "notebooks" / f"{stem}.ipynb"
    moved = tolerances.with_other_seeds(nbformat.read(path, as_version=4), tolerances.SEEDED[stem], 1)
    assert any(f"\n{tolerances.SEEDED[stem]} = ({moved_to}" in f"\n{cell.source}" for cell in moved.cells)


@pytest.mark.parametrize(
    ("difference", "atol"),
    [(0, 0), (1, 2), (7, 20), (25, 50), (26, 100), (0.0006, 0.002), (0.9833 - 0.9828, 0.001), (5.1e-10, 2e-9)],
)
def test_suggested_tolerances_are_1_2_or_5_times_a_power_of_ten(difference, atol):
    assert tolerance_table.suggested_atol(difference) == atol


def test_no_tolerance_fits_another_shape():
    assert tolerance_table.suggested_atol(math.inf) is None


def test_entries_that_are_missing_new_or_not_compared(tmp_path):
    ignored = {"value": [8], "compare": False, "why": "differs by machine"}
    store(tmp_path / "a" / COUNTS, gone={"value": 1}, indices=ignored, accuracy={"value": 0.98, "atol": 0.01})
    store(tmp_path / "b" / COUNTS, come={"value": 1}, indices=ignored | {"value": [5]}, accuracy={"value": 0.96})
    found, not_compared = tolerance_table.entry_differences(tmp_path / "a" / COUNTS, tmp_path / "b" / COUNTS)
    assert not_compared == 1
    assert {name.rpartition("/")[2]: reason for name, (_, _, reason) in found.items()} == {
        "gone": "missing in the run",
        "come": "new in the run",
        "accuracy": "beyond its tolerance",
    }


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        ([5, 8, 247], (0.5, 0, None)),
        ([8, 5], (0.5, pytest.approx(1 / 3), None)),
        ([8, 9, 10], (0.5, pytest.approx(0.8), "beyond its tolerance")),
    ],
)
def test_sets_of_indices_differ_by_what_they_do_not_share(indices, expected, tmp_path):
    for name, value in (("a", [8, 247, 5]), ("b", indices)):
        store(tmp_path / name / COUNTS, errors={"value": value, "overlap": 0.5})
    found, _ = tolerance_table.entry_differences(tmp_path / "a" / COUNTS, tmp_path / "b" / COUNTS)
    assert found == {"01_counts/metrics/errors": expected}


@pytest.mark.parametrize(
    ("tags", "stored", "new", "expected"),
    [
        (["nbval-atol=0.003"], "accuracy 0.98, 10,035 in all", "accuracy 0.979, 10,035 in all", (0.003, 0.001, None)),
        (["nbval-atol=15"], "1,035 errors", "1,001 errors", (15, 34, "beyond its tolerance")),
        (["nbval-atol=0.1"], "0.1", "0.1 or more", (0.1, math.inf, "the text between the numbers differs")),
        (["nbval-atol=0.1"], "0.1  0.2", "0.1 0.2", (0.1, 0, None)),
        ([], "35", "36", (None, 1, "an untagged cell differs")),
        ([], "0.1  0.2", "0.1 0.2", (None, 0, "an untagged cell differs")),
        ([], "conv2d_1: 3", "conv2d_1: 3", (None, 0, None)),
    ],
)
def test_cell_differences_are_those_that_nbval_sees(tags, stored, new, expected):
    found = tolerance_table.cell_differences(*(notebook("", tags=tags, output=text) for text in (stored, new)))
    assert found == {"cell-0": expected}


def test_ignored_cells_and_pixels_are_left_out():
    ignored = [notebook("", tags=["nbval-ignore-output"], output=text) for text in ("1 s", "2 s")]
    assert tolerance_table.cell_differences(*ignored) == {}
    pictures = [notebook("plot()"), notebook("plot()")]
    for picture, png in zip(pictures, ("aa", "bb"), strict=True):
        picture.cells[0].outputs = [
            nbformat.v4.new_output("display_data", {"image/png": png, "text/plain": "<Figure>"})
        ]
    assert tolerance_table.cell_differences(*pictures) == {"cell-0": (None, 0, None)}
    pictures[1].cells[0].outputs = []
    assert tolerance_table.cell_differences(*pictures) == {"cell-0": (None, math.inf, "another number of outputs")}

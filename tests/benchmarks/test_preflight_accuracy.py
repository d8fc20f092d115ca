"""The count of what preflight finds joins its findings with nbval's outcomes, cell by cell."""

import json

import nbformat
import pytest

from benchmarks.upkeep import preflight_accuracy as accuracy


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def result(**data):
    return nbformat.v4.new_output("execute_result", data={key.replace("_", "/"): text for key, text in data.items()})


@pytest.mark.parametrize(
    ("rules", "outcome", "joined"),
    [
        (["clock-time", "stderr"], "text", ("hit", ("clock-time", "stderr"))),
        ([], "numbers", ("miss", ("numbers",))),
        (["stderr"], "passed", ("false alarm", ("stderr",))),
        (["stderr", "machine-path"], "passed", ("not shown here", ("stderr", "machine-path"))),
        ([], "passed", ("clean", ())),
        (["stderr"], "package missing", ("not judged", ("package missing",))),
    ],
)
def test_a_cell_is_counted_once(rules, outcome, joined):
    findings = [(None, "kernelspec"), (1, "semicolon"), *((2, rule) for rule in rules)]
    assert accuracy.join(findings, ["after a failure", outcome])[1] == joined
    assert joined[0] in accuracy.CATEGORIES


@pytest.mark.parametrize(
    ("stored", "new", "kind"),
    [
        ([stream("1.5 s")], [stream("17 s")], "numbers"),
        ([stream("a")], [stream("b")], "text"),
        ([stream("a")], [stream("a"), stream("warning", "stderr")], "stderr"),
        ([stream("a", "stderr")], [stream("b", "stderr")], "stderr"),
        ([result(text_plain="a")], [result(text_plain="a", text_html="a")], "other kinds of output"),
        ([result(text_plain="1")], [result(text_plain="1"), result(text_plain="2")], "another number of outputs"),
    ],
)
def test_a_difference_has_a_kind(stored, new, kind):
    assert accuracy.difference(stored, new) == kind


def test_pictures_are_not_compared():
    outputs = [result(text_plain="1", image_png="a")], [result(text_plain="2", image_png="b")]
    assert accuracy.difference(*outputs, skipped=("image/png",)) == "numbers"


def test_a_summary_counts_cells_and_kinds():
    cells = [("hit", ("stderr", "clock-time")), ("hit", ("stderr",)), ("clean", ())]
    counted = accuracy.summary([("shipped", "a-1", "n.ipynb", cells)])
    assert counted["hit"] == {"cells": 2, "kinds": {"stderr": 2, "clock-time": 1}}
    assert counted["clean"] == {"cells": 1}
    assert counted["miss"] == {"cells": 0}


def test_only_executed_notebooks_of_python_are_counted_and_equal_ones_once(tmp_path):
    cell = nbformat.v4.new_code_cell("1", outputs=[result(text_plain="1")], execution_count=1)
    notebooks = {
        "a": nbformat.v4.new_notebook(cells=[cell]),
        "a_again": nbformat.v4.new_notebook(cells=[cell], metadata={"title": "a copy"}),
        "julia": nbformat.v4.new_notebook(cells=[cell], metadata={"language_info": {"name": "julia"}}),
        "not_executed": nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]),
    }
    for name, notebook in notebooks.items():
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    (tmp_path / "broken.ipynb").write_text(json.dumps({"cells": 3}), encoding="utf-8")
    assert [path.stem for path in accuracy.find_executed(tmp_path)] == ["a"]

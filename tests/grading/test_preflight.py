import nbformat
import pytest

from mnist_lab.grading.preflight import preflight

IN_ORDER = 1000  # replaced by the number that a run from top to bottom gives
IGNORE = ["nbval-ignore-output"]


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def result(text, **data):
    return nbformat.v4.new_output("execute_result", data={"text/plain": text, **data})


def code(source, *outputs, tags=(), count=IN_ORDER):
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=count)
    cell.metadata["tags"] = list(tags)
    return cell


@pytest.fixture
def rules(tmp_path):
    """Return a function that gives ``(cell number, rule)`` of each finding in a notebook of these cells."""

    def check(*cells, kernel="python3"):
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": kernel, "display_name": kernel}})
        for number, cell in enumerate((cell for cell in cells if cell.source), start=1):
            if cell.execution_count == IN_ORDER:
                cell.execution_count = number
        notebook.cells = [nbformat.v4.new_markdown_cell("text"), *cells]
        path = tmp_path / "a.ipynb"
        nbformat.write(notebook, path)
        return [(finding.cell, finding.rule) for finding in preflight(path)]

    return check


WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "1", "version_major": 2, "version_minor": 0}}
ERROR = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])

CASES = [
    # rule, a cell that triggers it, a cell that does not
    ("not-executed", code("1", count=None), code("", count=None)),
    ("out-of-order", code("1", count=7), code("1")),
    ("stored-error", code("raise ValueError", ERROR), code("raise ValueError", ERROR, tags=["raises-exception"])),
    ("stderr", code("f()", stream("warning", "stderr")), code("f()", stream("warning"))),
    ("machine-path", code("p", result("PosixPath('/home/ann/x')")), code("p", result("see https://a.org/home/ann"))),
    ("machine-path", code("p", stream("in /tmp/x.png"), tags=IGNORE), code("p", stream("in data/tmp/x.png"))),
    ("machine-path", code("p", stream(r"C:\Users\ann\x")), code("p", stream(r"C: Users"))),
    ("machine-path", code("p", stream("saved /Users/ann/x")), code("p", stream("Users/ann"))),
    ("clock-time", code("f()", stream("469/469 - 5s - 11ms/step")), code("f()", stream("5 steps"))),
    ("clock-time", code("f()", stream("at 12:31:05")), code("f()", stream("at 12:31:05"), tags=IGNORE)),
    ("clock-time", code("t = perf_counter()", stream("took 3.2 s")), code("f()", stream("took 3.2 s"))),
    ("clock-time", code("%time f()", stream("Wall time: 3 s")), code("f()", stream("the wall"))),
    ("progress-bar", code("f()", stream("9/9 \x1b[1m━━━━\x1b[0m")), code("model.summary()", stream("┏━━━━━━┓"))),
    ("progress-bar", code("f()", stream("50%|██   | 5/10")), code("f()", stream("50% | 5/10"), tags=IGNORE)),
    ("memory-address", code("f", result("<function f at 0x7f33ab12>")), code("f", result("0x10 is sixteen"))),
    ("semicolon", code("f(1);  # why"), code("x = f(1);")),
    ("semicolon", code("%matplotlib inline\nf(1);"), code("f(1)  # no; really")),
    ("widget", code("w", result("IntSlider()", **WIDGET)), code("w", result("IntSlider()", **WIDGET), tags=IGNORE)),
    ("unsorted-set", code("print(s)", stream("{'b', 'a'}")), code("s", result("{'a', 'b'}"))),
    ("unsorted-set", code("s", result("{'b', 'a'}")), code("d", stream("{'b': 1, 'a': 2}"))),
    ("child-process", code("!ls", stream("a\n")), code("x = !ls\nprint(len(x))", stream("3"))),
    (
        "child-process",
        code("subprocess.run(['ls'])", stream("a\n")),
        code("print(subprocess.run(['ls'], capture_output=True).stdout)", stream("a\n")),
    ),
    ("display-update", code("clear_output()"), code("clear_output()", tags=IGNORE)),
    ("oversized", code("f()", stream("x" * 1_100_000), tags=IGNORE), code("f()", stream("x" * 900_000))),
    ("malformed-tag", code("f()", tags=["nbval-atol=small"]), code("f()", tags=["nbval-atol=0.1", "solution"])),
    ("malformed-tag", code("f()", tags=["nbval-ignore-outputs"]), code("f()", tags=IGNORE)),
    ("malformed-tag", code("f()  # NBVAL_IGNORE_OUTPUT"), code("# NBVAL_IGNORE_OUTPUT\nf()", stream("12:31:05"))),
]


@pytest.mark.parametrize(("rule", "bad", "good"), CASES)
def test_each_rule_names_the_bad_cell_only(rules, rule, bad, good):
    assert rules(good, bad) == [(2, rule)]


@pytest.mark.parametrize(
    "training", ["model.fit(x, y)", "model, history = training.load_or_train('a', f)", "train(f)", "load_model(p)"]
)
def test_decimals_after_a_training_need_a_tolerance(rules, training):
    cells = [
        code("print(0.5)", stream("0.5")),
        code(training, stream("loss 0.3"), tags=IGNORE),
        code("print(164)", stream("164 errors of conv2d_1")),
        code("accuracy", result("0.98")),
        code("accuracy", result("0.98"), tags=["nbval-atol=0.003"]),
        code("print(results.load_measurement('deep_cnn')['runs'][0]['test'])", stream("0.99")),
    ]
    assert rules(*cells) == [(4, "no-tolerance")]


def test_a_split_is_no_training(rules):
    assert rules(code("train_test_split(x)"), code("s", result("0.5"))) == []


def test_skipped_cells_may_be_unexecuted(rules):
    assert rules(code("f()", tags=["nbval-skip"], count=None), code("g()", count=1)) == []


def test_a_comment_marker_overrides_the_tag_as_in_nbval(rules):
    assert rules(code("# NBVAL_CHECK_OUTPUT\nf()", stream("12:31:05"), tags=IGNORE)) == [(1, "clock-time")]


def test_another_kernel_is_named(rules):
    assert rules(code("1"), kernel="my-env") == [(None, "kernelspec")]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"worksheets": []}', b'{"cells": 3}', b"\xff\xfe\x00", b""])
def test_what_is_no_notebook_is_a_finding(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    assert [finding.rule for finding in preflight(path)] == ["unreadable"]


def test_a_missing_file_is_a_finding(tmp_path):
    assert [finding.rule for finding in preflight(tmp_path / "none.ipynb")] == ["unreadable"]


def test_a_finding_reads_as_one_line_with_the_cure(tmp_path):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": ""}})
    notebook.cells = [code("f()", stream("first\nat 12:31:05\n"), count=1)]
    nbformat.write(notebook, tmp_path / "a.ipynb")
    (finding,) = preflight(tmp_path / "a.ipynb")
    assert str(finding).startswith("a cell 1: clock-time: '12:31:05' differs in every run: tag the cell")
    assert "\n" not in str(finding)

import re
import sys

import nbformat
import pytest

from mnist_lab.grading.cells import Notebook
from mnist_lab.grading.preflight import preflight, scan
from mnist_lab.grading.preflight.rules import RULES, Rule

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
UUID = "5f6b1c1e-93f5-4bd6-8f0c-0a3c5a0d9d11"
ERROR = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])

CASES = [
    # rule, a cell that triggers it, a cell that does not
    ("not-executed", code("1", count=None), code("", count=None)),
    ("out-of-order", code("print(x)\nx = 1", count=7), code("print(max)", count=7)),
    ("stored-error", code("raise ValueError", ERROR), code("raise ValueError", ERROR, tags=["raises-exception"])),
    ("stderr", code("f()", stream("warning", "stderr")), code("f()", stream("warning"))),
    ("removed", code("from keras.utils import np_utils"), code("from keras.utils import to_categorical")),
    ("removed", code("from keras.layers.core import Dense"), code("from keras.layers import Dense")),
    (
        "removed",
        code("from keras.preprocessing.image import ImageDataGenerator"),
        code("from tensorflow.keras.preprocessing.image import ImageDataGenerator"),
    ),
    ("removed", code("y = model.predict_classes(x)"), code("# not model.predict_classes(x)")),
    ("removed", code("Adam(lr=0.1)"), code("Adam(learning_rate=0.1)")),
    ("removed", code("np.float(x)"), code("np.float64(x)")),
    ("removed", code("model.save('m', save_format='tf')"), code("model.save('m.keras')")),
    (
        "removed",
        code("from keras.engine import Layer"),
        code("from keras.engine import Layer", tags=["raises-exception"]),
    ),
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
    ("display-update", code("show(1)\nclear_output()"), code("def f():\n    clear_output()")),
    ("not-executed", code("", result("1"), count=None), code("", count=None)),
    ("semicolon", code("plt.hist(x);"), code("%%javascript\nalert(1);")),
    ("semicolon", code("%time f()\ng(1);"), code("plt.show();")),
    ("stderr", code("f()", stream("slow", "stderr")), code("print('no', file=sys.stderr)", stream("no", "stderr"))),
    ("clock-time", code("x = !ls\nprint(time.time())", stream("12.5")), code("x = !ls\nprint(x)", stream("12.5"))),
    ("asks-input", code("name = input('?')"), code("def ask():\n    return input('?')")),
    ("asks-input", code("ask()", stream("? 3", "stdin")), code("form.input('x')")),
    (
        "random-id",
        code("fig", result("", **{"text/html": f"<div id='{UUID}'>"})),
        code(f"show('{UUID}')", result(UUID)),
    ),
    ("random-id", code("t.style", result("", **{"text/html": '<table id="T_0a1b2">'})), code("t", result("T_mean"))),
    ("memory-address", code("d", result("", **{"text/html": "<li>f at 0x7f33ab12</li>"})), code("0x7f33ab12")),
    ("oversized", code("f()", stream("x" * 1_100_000), tags=IGNORE), code("f()", stream("x" * 900_000))),
    ("syntax-error", code("print('a'", tags=IGNORE), code("%time f()\nx = !ls\nf?\nprint('a')")),
    ("syntax-error", code("1 +"), code("1 +", tags=["raises-exception"])),
    ("syntax-error", code("return 1"), code("def f():\n    return 1")),
    ("machine-path", code("f('/home/ann/x')"), code("f('/tmp/x')  # /home/ann/x")),
    ("machine-path", code("f(r'C:\\Users\\ann')", tags=IGNORE), code("f('/home/ann/x')", tags=["raises-exception"])),
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


def test_unseeded_random_numbers_are_followed_through_names(rules):
    cells = [
        code("x = np.random.rand(3)"),
        code("y = x.mean()\ny", result("0.5")),
        code("y.shape, len(x)", result("3")),
        code("plt.plot(x)\nplt.title('t')", result("Text(0.5, 1.0, 't')")),
        code("model.update(x)"),
        code("print(model.score)", stream("0.5")),
        code("y = 3\ny", result("3")),
        code("model", result("Model()", **{"text/html": "<style>a {top: 3px}</style><b>mean</b> <td>0.5</td>"})),
        code("model", result("Model()", **{"text/html": "<style>a {top: 3px}</style><b>no mean</b>"})),
        code("def draw():\n    return random.random()"),
        code("for _ in range(2):\n    print(draw())", stream("0.1\n0.2")),
    ]
    found = [(2, "unseeded-random"), (6, "unseeded-random"), (8, "unseeded-random"), (11, "unseeded-random")]
    assert rules(*cells) == found
    cells[0].source = f"np.random.seed(0)\n{cells[0].source}"
    assert rules(*cells) == []


def test_a_seeded_generator_needs_no_other_seed(rules):
    assert rules(code("rng = np.random.default_rng(0)"), code("rng.random()", result("0.6"))) == []
    assert rules(code("rng = np.random.default_rng()"), code("rng.random()", result("0.6"))) == [(2, "unseeded-random")]


def test_a_split_without_a_random_state_draws_unseeded(rules):
    scored = code("print(len(train), train.mean())", stream("7 0.5"))
    split = "train, test = train_test_split(x, y{})"
    assert rules(code(split.format("")), scored) == [(2, "unseeded-random")]
    assert rules(code(split.format(", random_state=0")), scored) == []


def test_a_duration_is_followed_to_the_cell_that_prints_it(rules):
    cells = [
        code("start = time.time()"),
        code("print(time.time() - start)", stream("12.5")),
        code("print(2.5)", stream("2.5")),
    ]
    assert rules(*cells) == [(2, "clock-time")]


def test_an_updated_display_is_named_where_it_is_first_shown(rules):
    shown = code("handle = display(1, display_id='a')", result("1"))
    assert rules(shown) == []
    assert rules(shown, code("handle.update(2)")) == [(1, "display-update")]


def test_what_an_output_widget_captures_is_named(rules):
    cells = [code("out = widgets.Output()"), code("with out:\n    print(1)"), code("print(out.outputs)", stream("()"))]
    assert rules(*cells) == [(2, "output-widget")]


def test_an_order_that_changes_nothing_is_not_named(rules):
    assert rules(code("1", count=7), code("2", count=3)) == []


def test_the_text_of_a_stored_error_is_compared_too(rules):
    error = nbformat.v4.new_output("error", ename="E", evalue="<f at 0x7f33ab12>", traceback=["/home/ann/x"])
    assert rules(code("f()", error, tags=["raises-exception"])) == [(1, "memory-address")]


@pytest.mark.parametrize("source", ["%%bash\nls", "x = !ls", "%%time", "+".join("1" * 3000)])
def test_what_is_no_python_is_not_followed(rules, source):
    assert rules(code("x = np.random.rand()"), code(source)) == []


@pytest.mark.parametrize("source", ["1 +", "f('/home/ann/x')"])
def test_the_source_of_a_cell_that_is_skipped_or_may_raise_is_not_judged(rules, source):
    assert len(rules(code(source))) == 1
    assert rules(code(source, tags=["nbval-skip"])) == []
    assert rules(code(f"# NBVAL_SKIP\n{source}")) == []
    assert rules(code(source, tags=["nbval-raises-exception"])) == []


@pytest.mark.parametrize("source", ["def f(:", "1 +", "print('a'"])
def test_broken_python_is_named_and_not_followed(rules, source):
    assert rules(code("x = np.random.rand()"), code(source)) == [(2, "syntax-error")]


def test_a_path_in_source_and_output_is_named_once_with_its_cause(rules, tmp_path):
    path = "/home/ann/data.csv"
    assert rules(code(f"p = '{path}'\np", result(repr(path)))) == [(1, "machine-path")]
    (finding,) = preflight(tmp_path / "a.ipynb")
    assert finding.message == f"'{path}' exists on one machine only: write a path relative to the notebook"


def test_a_syntax_error_reads_as_one_line_with_the_cure(rules, tmp_path):
    assert rules(code("x = 1\ny = x x\n")) == [(1, "syntax-error")]
    (finding,) = preflight(tmp_path / "a.ipynb")
    release = "{}.{}".format(*sys.version_info)
    assert finding.message == f"'y = x x' is no Python {release} (invalid syntax): correct it, or tag raises-exception"


@pytest.mark.parametrize(
    ("kernelspec", "language_info", "found"),
    [
        ({"language": "R"}, {}, []),
        ({}, {"language_info": {"name": "R"}}, []),
        ({}, {}, []),
        ({}, {"language_info": {"name": "python"}}, ["syntax-error", "machine-path"]),
        ({"language": "python"}, {}, ["syntax-error", "machine-path"]),
    ],
)
def test_only_notebooks_of_python_are_read_as_python(tmp_path, kernelspec, language_info, found):
    cells = [code("f <- 1 2", count=1), code("f('/home/ann/x')", count=2)]
    metadata = {"kernelspec": {"name": "mine", "display_name": "mine", **kernelspec}, **language_info}
    nbformat.write(nbformat.v4.new_notebook(metadata=metadata, cells=cells), tmp_path / "a.ipynb")
    assert [finding.rule for finding in preflight(tmp_path / "a.ipynb")] == ["kernelspec", *found]


def test_pythons_own_warnings_about_a_cell_stay_inside(rules, recwarn):
    assert rules(code("x = 1if True else '\\d'")) == []
    assert not recwarn.list


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


def test_each_rule_has_its_own_name_a_reason_and_a_cure():
    names = [rule.name for rule in RULES]
    assert sorted(set(names)) == sorted(names)
    assert all(rule.name and rule.reason and rule.cure for rule in RULES)


def test_each_rule_applies_to_what_a_cell_or_a_notebook_can_be(rules, tmp_path):
    rules(code("1"))
    notebook = Notebook(tmp_path / "a.ipynb")
    known = {*vars(notebook), *vars(notebook.cells[0]), "is_cell"}
    assert {rule.applies for rule in RULES} <= known


@pytest.mark.parametrize(
    ("pattern", "messages"),
    [
        (re.compile(r"[A-Z]{4,}"), ["LOUD is loud: speak low"]),
        (lambda cell: re.search(r"L\w+", cell.printed), ["LOUD is loud: speak low"]),
        (lambda cell: "LOUD" in cell.printed and "It", ["It is loud: speak low"]),
        (lambda cell: ["A", ("B",)], ["A is loud: speak low", "B is loud: speak low"]),
        (lambda cell: [], []),
        (lambda cell: None, []),
    ],
)
def test_an_added_rule_is_reported(rules, tmp_path, monkeypatch, pattern, messages):
    loud, ignored = code("f()", stream("LOUD")), code("f()", stream("LOUD"), tags=IGNORE)
    assert rules(loud, ignored) == []
    monkeypatch.setattr(scan, "RULES", [*RULES, Rule("loud", "compared", pattern, "{} is loud", "speak low")])
    assert rules(loud, ignored) == [(1, "loud")] * len(messages)
    assert [finding.message for finding in preflight(tmp_path / "a.ipynb")] == messages


def test_a_cell_is_named_once_for_each_tag_that_nbval_does_not_know(rules, tmp_path):
    cell = code("f()  # NBVAL_SKIP", tags=["nbval-atol=small", "nbval_skip", "nbval-ignore"])
    assert rules(cell) == [(1, "malformed-tag")] * 4
    starts = [
        "malformed tag 'nbval-atol=small': ",
        "nbval does not know 'nbval_skip': use one of ",
    ]
    starts += ["nbval does not know 'nbval-ignore': ", "nbval reads NBVAL_SKIP only alone on its line, "]
    for finding, start in zip(preflight(tmp_path / "a.ipynb"), starts, strict=True):
        assert finding.message.startswith(start)


def test_stderr_without_a_text_is_a_finding_too(rules):
    assert rules(code("f()", stream("\n", "stderr"))) == [(1, "stderr")]

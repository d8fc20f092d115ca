"""What the speed benchmarks share."""

import json
import sys

import matplotlib.pyplot as plt
import pytest

from benchmarks import timing


def runs_of(**seconds):
    return [{"variant": name, "seconds": value} for name, values in seconds.items() for value in values]


def test_variants_take_turns(monkeypatch, capsys):
    stolen = iter([10.0, 10.5, 11.0, 11.0, 20.0, 22.0, 30.0, 33.25])
    monkeypatch.setattr(timing, "steal_seconds", lambda: next(stolen))
    variants = {"ours": lambda turn: {"seconds": 1 + turn}, "theirs": lambda turn: {"seconds": 5, "images": 7}}
    assert timing.alternate(variants, 2) == [
        {"variant": "ours", "round": 0, "seconds": 1, "steal_seconds": 0.5},
        {"variant": "theirs", "round": 0, "seconds": 5, "images": 7, "steal_seconds": 0.0},
        {"variant": "ours", "round": 1, "seconds": 2, "steal_seconds": 2.0},
        {"variant": "theirs", "round": 1, "seconds": 5, "images": 7, "steal_seconds": 3.25},
    ]
    assert capsys.readouterr().out.splitlines()[-1] == "[2/2] theirs: seconds 5, images 7"


def test_steal_is_unknown_where_the_system_does_not_tell(monkeypatch):
    monkeypatch.setattr(timing, "steal_seconds", lambda: None)
    assert timing.alternate({"ours": lambda turn: {}}, 1) == [{"variant": "ours", "round": 0, "steal_seconds": None}]


def test_summary_of_each_variant():
    assert timing.summary(runs_of(ours=[4.0, 1.0, 2.00049], theirs=[3.0])) == {
        "ours": {"median": 2.0, "min": 1.0, "max": 4.0, "n": 3},
        "theirs": {"median": 3.0, "min": 3.0, "max": 3.0, "n": 1},
    }


def test_ratios_are_of_medians():
    assert timing.ratios(runs_of(a=[1, 2, 9], b=[4, 5, 6]), "a") == {"a": 1.0, "b": 2.5}
    assert timing.ratios(runs_of(a=[1, 2, 9], b=[4, 5, 6]), "b") == {"a": 0.4, "b": 1.0}


def test_ratios_are_of_medians_as_measured_not_as_shown():
    runs = runs_of(a=[0.0014], b=[0.0026])
    assert timing.summary(runs)["a"]["median"] == 0.001
    assert timing.ratios(runs, "a")["b"] == 1.86


def test_summary_and_ratios_of_another_number():
    runs = [{"variant": name, "cpu": cpu, "seconds": 1} for name, cpu in {"a": 2, "b": 3}.items()]
    assert timing.summary(runs, "cpu")["b"]["median"] == 3
    assert timing.ratios(runs, "a", "cpu") == {"a": 1.0, "b": 1.5}


@pytest.fixture
def run_module(tmp_path):
    """Return a function that writes a module and runs it in a process of its own."""

    def run(*lines, arguments=(), **variables):
        (tmp_path / "made_up.py").write_text("\n".join(["import json, os, sys", *lines]), encoding="utf-8")
        return timing.in_fresh_process("made_up", *arguments, PYTHONPATH=str(tmp_path), **variables)

    return run


def test_a_fresh_process_gets_arguments_and_variables_and_its_last_line_counts(run_module):
    said = "print(json.dumps([sys.argv[1:], os.environ['THREADS'], os.getcwd()]))"
    found = run_module("print('progress')", said, arguments=("fit", 3), THREADS="1")
    assert found == [["fit", "3"], "1", str(timing.ROOT)]


def test_the_error_of_a_fresh_process_is_told(run_module):
    with pytest.raises(RuntimeError, match=r"made_up fastest failed:\nno such variant: fastest"):
        run_module("sys.exit('no such variant: ' + sys.argv[1])", arguments=("fastest",))


def test_timing_loads_neither_tensorflow_nor_keras(run_module):
    loaded = "print(json.dumps([name for name in ('tensorflow', 'keras') if name in sys.modules]))"
    assert run_module("from benchmarks import timing", loaded) == []


def test_what_is_stored_tells_command_method_and_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    monkeypatch.setattr(timing, "machine", lambda: {"processor": "made up"})
    timing.store("speed", "What, and the command.\n\nHow it is\nmeasured.\n\nMore.", runs=[{"seconds": 1}])
    stored = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    assert list(stored.items()) == [
        ("command", "python -m benchmarks.speed"),
        ("about", "How it is measured."),
        ("runs", [{"seconds": 1}]),
        ("environment", {"processor": "made up"}),
    ]


def test_the_machine_is_described():
    machine = timing.machine()
    assert {"processor", "processors", "libraries"} <= set(machine)
    assert machine["python"] == ".".join(map(str, sys.version_info[:3]))


def test_a_stored_figure_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    figure = plt.figure()
    timing.store_figure("speed", figure)
    assert (tmp_path / "speed.png").read_bytes().startswith(b"\x89PNG")
    assert not plt.fignum_exists(figure.number)

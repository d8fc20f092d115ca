"""The table of the race to 99 %, what its command refuses, and the whole in miniature; without PyTorch."""

import json

import pytest

from benchmarks import time_to_99, timing


def runs_of(variant, *pairs):
    """Runs of a variant from pairs of seconds and accuracy."""
    return [{"variant": variant, "seconds": seconds, "accuracy": accuracy} for seconds, accuracy in pairs]


def test_rows_compare_with_the_faster_peer():
    runs = runs_of("ours", (2.0, 0.99), (4.0, 0.992))
    runs += runs_of("peer as published", (8.0, 0.99), (8.0, 0.99))
    runs += runs_of("peer, channels last", (5.0, 0.98), (7.0, 0.98))
    assert {name: row["ratio"] for name, row in time_to_99.rows(runs).items()} == {
        "ours": 0.5,
        "peer as published": 1.333,
        "peer, channels last": 1.0,
    }


def test_a_row_has_range_and_spread_over_the_seeds():
    runs = runs_of("ours", (3.0, 0.991), (1.0, 0.992), (2.0, 0.994))
    for name in time_to_99.PEERS:
        runs += runs_of(name, (2.0, 0.99), (2.0, 0.99))
    assert time_to_99.rows(runs)["ours"] == {
        "seconds": 2.0,
        "fastest": 1.0,
        "slowest": 3.0,
        "ratio": 1.0,
        "accuracy": 0.99233,
        "deviation": 0.00153,  # of a sample: by n - 1
        "n": 3,
    }


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Trainings are made up and noted, and PyTorch seems to be there."""
    made = []

    def run(script, variant, seed):
        made.append((script, variant, seed))
        return {"seconds": len(variant) + seed, "accuracy": 0.99 + seed / 1000, "version": "0"}

    monkeypatch.setattr(time_to_99, "run", run)
    monkeypatch.setattr(time_to_99, "find_spec", lambda name: name)
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    return made


def test_one_round_has_no_spread(trained, capsys):
    with pytest.raises(SystemExit) as stopped:
        time_to_99.main(["--rounds", "1"])
    assert stopped.value.code == 2
    assert "at least 2" in capsys.readouterr().err
    assert not trained


def test_without_pytorch_the_way_to_install_it_is_told(trained, monkeypatch, capsys):
    monkeypatch.setattr(time_to_99, "find_spec", lambda name: None if name == "torch" else name)
    with pytest.raises(SystemExit) as stopped:
        time_to_99.main(["--rounds", "2"])
    assert stopped.value.code == 2
    assert 'pip install -e ".[benchmarks]"' in capsys.readouterr().err.splitlines()[-1]
    assert not trained


def test_miniature_run(trained, tmp_path, capsys):
    time_to_99.main(["--rounds", "2"])
    assert trained == [(*where, seed) for seed in (0, 1) for where in time_to_99.VARIANTS.values()]
    stored = json.loads((tmp_path / "time_to_99.json").read_text(encoding="utf-8"))
    assert [run["variant"] for run in stored["runs"]] == list(time_to_99.VARIANTS) * 2
    assert stored["table"] == time_to_99.rows(stored["runs"])
    assert stored["table"]["ours, model.fit"]["seconds"] == 3.5
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "ours, model.fit 3.50 3.00 to 4.00 0.37 99.05 ± 0.07 % 2" in lines

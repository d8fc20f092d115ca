"""Counting, and the whole benchmark in miniature."""

import json

import pytest

from benchmarks import machine_share, profiles, timing
from mnist_lab import data, models


def test_multiply_adds_of_a_convolution_and_of_a_dense_layer():
    # each of 26 x 26 x 32 outputs is the sum of 3 x 3 x 1 products
    assert machine_share.multiply_adds((3, 3, 1, 32), (None, 26, 26, 32)) == 26 * 26 * 32 * 9
    assert machine_share.multiply_adds((5, 5, 24, 32), (None, 8, 6, 32)) == 8 * 6 * 32 * 25 * 24
    assert machine_share.multiply_adds((100, 10), (None, 10)) == 1000


def test_the_first_layer_needs_no_gradient_by_inputs():
    assert machine_share.step_flops([7], 1) == 2 * 7 * 2
    assert machine_share.step_flops([7, 11, 13], 4) == 4 * 2 * (7 * 2 + 11 * 3 + 13 * 3)


def test_layers_of_the_improved_cnn_counted_by_hand():
    found = machine_share.layers_with_weights(models.improved_cnn())
    assert found == [
        ((5, 5, 1, 32), 20 * 20 * 32 * 25),  # 24 x 24 after the cropping
        ((3, 3, 32, 64), 8 * 8 * 64 * 9 * 32),
        ((1024, 256), 1024 * 256),
        ((256, 10), 2560),
    ]


def test_a_convolution_with_stride_computes_fewer_outputs():
    assert machine_share.layers_with_weights(models.fast_cnn())[0] == ((5, 5, 1, 24), 10 * 10 * 24 * 25)


def test_from_a_to_z(tmp_path, monkeypatch, digits, capsys):
    x, y = digits
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    monkeypatch.setattr(data, "load_split", lambda seed: [(x, y.argmax(axis=1))])
    monkeypatch.setattr(machine_share, "ROUNDS", 2)
    monkeypatch.setattr(machine_share, "SIDE", 16)
    affine = {"rotation": 5}
    monkeypatch.setattr(
        machine_share,
        "MODELS",
        {"fast_cnn": (models.CATALOGUE["fast_cnn"].builder(600, epochs=1, augmentation=affine), 32, 6)},
    )
    said = {"fast_cnn": {"convolution": 3.0, "reorder": 1.0}}
    monkeypatch.setattr(timing, "in_fresh_process", lambda *arguments, **variables: said)
    machine_share.main()

    stored = json.loads((tmp_path / "machine_share.json").read_text(encoding="utf-8"))
    assert [run["variant"] for run in stored["runs"]] == ["sgemm, NumPy", machine_share.SGEMM, "fast_cnn"] * 2
    found, profile = stored["models"]["fast_cnn"], stored["profile"]["fast_cnn"]
    assert found["share_of_sgemm"] > 0
    assert stored["gflops"][machine_share.SGEMM]["best"] >= stored["gflops"][machine_share.SGEMM]["median"]
    assert sum(profile["percent"].values()) == pytest.approx(100, abs=0.1)
    for kind in (profiles.BY_WEIGHTS, profiles.MATRIX_PRODUCT, "pooling", "optimizer", "augmentation"):
        assert profile["percent"][kind] > 0
    convolutions = sum(profile["percent"][kind] for kind in profiles.CONVOLUTIONS)
    assert found["layout_percent"] == pytest.approx(convolutions / 4, abs=0.02)
    first, second = profile["convolutions"]
    assert profiles.BY_INPUTS not in first  # as the operations are counted
    assert profiles.BY_INPUTS in second
    assert "layout changes" in capsys.readouterr().out


def test_what_onednn_says_is_added_up_by_model(monkeypatch, digits, capsys):
    said = "onednn_verbose,v1,primitive,exec,cpu,reorder,jit,,,,,64,0.25\n"
    monkeypatch.setattr(machine_share, "prepare", lambda: (digits, {"fast_cnn": None}))
    monkeypatch.setattr(machine_share, "MODELS", {"fast_cnn": (None, 32, 6)})
    monkeypatch.setattr(machine_share, "train", lambda *arguments: machine_share.os.write(1, said.encode()))
    machine_share.print_onednn_milliseconds()
    assert json.loads(capsys.readouterr().out) == {"fast_cnn": {"reorder": 0.25}}

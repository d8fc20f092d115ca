"""What notebooks hand in is read without trust: nothing runs, nothing large is made, the reason is said."""

import json
import os
import pickle

import numpy as np
import pandas as pd
import pytest

from mnist_lab import models
from mnist_lab._keras import keras
from mnist_lab.checks.handing_in import write_hand_in
from mnist_lab.grading.grade.hand_in import LARGEST, HandInError, read_hand_in
from mnist_lab.models import CATALOGUE


def read_all(folder):
    """Return the arguments; raise the first one that is refused."""
    read = read_hand_in(folder)
    for value in read.values():
        if isinstance(value, HandInError):
            raise value
    return read


@pytest.fixture
def there_and_back(tmp_path):
    """Return a function that writes arguments and reads them again."""

    def call(**arguments):
        write_hand_in(tmp_path / "task_1", arguments)
        return read_all(tmp_path / "task_1")

    return call


VALUES = {
    "numbers": {"a": 1, "b": 2.5, "c": True, "d": None, "e": "text"},
    "a history": {"history": {"loss": [0.3, 0.2], "val_loss": [0.4, 0.5]}},
    "pairs as keys": {"pair_counts": {"plain": {"3": 5}}},
}


@pytest.mark.parametrize("name", VALUES)
def test_plain_values_come_back(there_and_back, name):
    read = there_and_back(**VALUES[name])
    assert json.loads(json.dumps(read, default=np.ndarray.tolist)) == VALUES[name]


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64", "bool"])
def test_arrays_come_back(there_and_back, dtype):
    array = np.arange(12).reshape(3, 4).astype(dtype)
    read = there_and_back(array=array)["array"]
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


def test_tables_come_back(there_and_back):
    table = pd.DataFrame({"train": [5923, 6742], "share": [9.87, 11.24]}, index=[0, 1])
    pd.testing.assert_frame_equal(there_and_back(table=table)["table"], table, check_dtype=False)


def test_tables_of_words_come_back(there_and_back):
    table = pd.DataFrame({"name": ["a", "b"]}, index=["x", "y"])
    assert there_and_back(table=table)["table"].equals(table)


def test_values_that_json_has_no_word_for_come_back(there_and_back):
    read = there_and_back(nan=float("nan"), many=[float("inf"), 1.0], one=np.float32(0.5))
    assert np.isnan(read["nan"])
    assert list(read["many"]) == [np.inf, 1.0]
    assert read["one"] == 0.5


def test_a_model_comes_back_with_its_predictions(there_and_back):
    model = models.simple_cnn()
    images = np.random.default_rng(0).random((4, 28, 28, 1)).astype("float32")
    read = there_and_back(model=model)["model"]
    np.testing.assert_allclose(read.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-6)


def test_one_model_that_is_passed_twice_stays_one(there_and_back):
    model, other = small_model(), small_model()
    read = there_and_back(model=model, reloaded=model, other=other)
    assert read["model"] is read["reloaded"]
    assert read["model"] is not read["other"]


def test_empty_lists_stay_lists(there_and_back):
    assert there_and_back(sources=[], read_errors=np.zeros(0, int))["sources"] == []


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if "logistic" not in name])
def test_every_model_of_the_course_comes_back(there_and_back, name):
    model = CATALOGUE[name].builder(CATALOGUE[name].images)()
    read = there_and_back(model=model)["model"]
    assert [variable.shape for variable in read.weights] == [variable.shape for variable in model.weights]


def test_what_can_not_be_handed_in_is_named(there_and_back):
    with pytest.raises(HandInError, match=r"function.*give numbers, arrays or a model"):
        there_and_back(model=print if False else (lambda x: x))


def test_nothing_handed_in_is_said(tmp_path):
    with pytest.raises(HandInError, match="the check did not run"):
        read_hand_in(tmp_path)


def small_model(*layers):
    return keras.Sequential([keras.Input((28, 28, 1)), *layers, keras.layers.Flatten(), keras.layers.Dense(10)])


@pytest.fixture
def change(tmp_path):
    """Return a function that hands in a model, lets a stranger change the files, and reads them."""

    def call(edit):
        folder = tmp_path / "task_3"
        write_hand_in(folder, {"model": small_model(), "y_pred": np.zeros(10)})
        described = json.loads((folder / "call.json").read_text(encoding="utf-8"))
        edit(folder, described["arguments"])
        text = json.dumps(described)
        (folder / "call.json").write_text(text, encoding="utf-8")
        return read_all(folder)

    return call


def layer(arguments, number=1):
    return arguments["model"]["architecture"]["config"]["layers"][number]


class Payload:
    def __reduce__(self):
        return os.system, ("touch pickled",)


def pickled(folder, arguments):
    np.save(folder / "2.npy", np.array([Payload()], dtype=object), allow_pickle=True)


def only_pickle(folder, arguments):
    (folder / "2.npy").write_bytes(pickle.dumps(Payload()))


def header(folder, arguments, *, shape="(2000000000,)", descr="<f8"):
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    (folder / "2.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + b"\0" * 80)


def set_layer(**changes):
    def edit(folder, arguments):
        layer(arguments).update(changes)

    return edit


def set_config(number, **changes):
    def edit(folder, arguments):
        layer(arguments, number)["config"].update(changes)

    return edit


def entry(**value):
    def edit(folder, arguments):
        arguments["y_pred"] = value

    return edit


def deep(folder, arguments):
    for _ in range(200):
        arguments["y_pred"] = {"kind": "list", "items": [arguments["y_pred"]]}


def link(folder, arguments):
    (folder / "2.npy").unlink()
    (folder / "2.npy").symlink_to("/etc/passwd")


def pipe(folder, arguments):
    (folder / "2.npy").unlink()
    os.mkfifo(folder / "2.npy")


def sparse(folder, arguments):
    with (folder / "2.npy").open("r+b") as file:
        file.truncate(3 * 10**11)


def many_layers(folder, arguments):
    layers = arguments["model"]["architecture"]["config"]["layers"]
    layers[1:1] = [layers[1]] * 500


LAMBDA = {"class_name": "Lambda", "module": "keras.layers", "registered_name": None, "config": {"function": "x"}}
HOSTILE = {
    "a pickled array": (pickled, "object"),
    "a pickle": (only_pickle, "can't be read"),
    "a huge header": (header, "at most"),
    "a header that lies": (lambda f, a: header(f, a, shape="(1000,)"), "does not agree"),
    "a negative shape": (lambda f, a: header(f, a, shape="(-1,)"), "at most|read"),
    "texts": (lambda f, a: header(f, a, shape="(1,)", descr="<U20"), "type <U20"),
    "a header of code": (lambda f, a: header(f, a, shape="__import__('os').system('touch pickled')"), "can't be read"),
    "a link": (link, "."),
    "a pipe": (pipe, "pipe"),
    "300 GB": (sparse, "bytes"),
    "a path": (entry(kind="array", file="../../../etc/passwd"), "no name of a file"),
    "the same as nothing": (entry(kind="same", argument="nothing"), "no known kind"),
    "the same as itself": (entry(kind="same", argument="y_pred"), "no known kind"),
    "the same as a list": (entry(kind="same", argument=["y_pred"]), "can't be read"),
    "an unknown kind": (entry(kind="code", value="1"), "no known kind"),
    "deep nesting": (deep, "nested|can't be read"),
    "a Lambda layer": (set_layer(**LAMBDA), "'Lambda' of 'keras.layers' is no known layer"),
    "a TFSMLayer": (set_layer(class_name="TFSMLayer", module="keras.layers"), "no known layer"),
    "a layer of another module": (set_layer(class_name="system", module="os"), "no known layer"),
    "a layer under another name": (set_layer(registered_name="builtins>eval"), "no known layer"),
    "an activation": (set_config(2, activation="os.system"), "activation"),
    "an activation as an object": (
        set_config(2, activation={"class_name": "function", "module": "os", "config": "system"}),
        "no known layer",
    ),
    "units=2e9": (set_config(2, units=2_000_000_000), f"{LARGEST:,}"),
    "units=1e5": (set_config(2, units=100_000), "weights"),
    "500 layers": (many_layers, "layers"),
    "a lambda in the config": (set_config(2, kernel_initializer={"class_name": "__lambda__"}), "no known layer"),
    "another input": (set_config(0, batch_shape=[None, 9, 9, 1]), "."),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_reason(change, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    edit, reason = HOSTILE[name]
    with pytest.raises(HandInError, match=reason) as caught:
        change(edit)
    assert len(str(caught.value)) < 500
    assert not (tmp_path / "pickled").exists()


def test_weights_that_are_not_numbers_are_refused(tmp_path):
    model = small_model()
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    write_hand_in(tmp_path, {"model": model, "others": 5})
    read = read_hand_in(tmp_path)
    assert "finite" in str(read["model"])
    assert read["others"] == 5


@pytest.mark.parametrize("which", ["the folder", "the folder above it"])
def test_another_ones_folder_is_refused(tmp_path, which):
    write_hand_in(tmp_path / "other" / "01" / "task_1", {"a": 1})
    if which == "the folder":
        (tmp_path / "own" / "01").mkdir(parents=True)
        (tmp_path / "own" / "01" / "task_1").symlink_to(tmp_path / "other" / "01" / "task_1")
    else:
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "01").symlink_to(tmp_path / "other" / "01")
    with pytest.raises(HandInError, match="link"):
        read_hand_in(tmp_path / "own" / "01" / "task_1")


@pytest.mark.parametrize("suffix", [".keras", ".npy", ".csv"])
def test_a_path_is_handed_in_as_what_its_file_holds(there_and_back, tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".keras":
        small_model().save(path)
    elif suffix == ".npy":
        np.save(path, [1, 2])
    else:
        path.write_text("1,2\n", encoding="utf-8")
    read = there_and_back(a=path, b=str(path), c="https://a.b/c.json", d=__file__)
    assert type(read["a"]) is type(read["b"])
    assert hasattr(read["a"], "predict") if suffix == ".keras" else list(np.ravel(read["a"])) == [1, 2]
    assert (read["c"], read["d"]) == ("https://a.b/c.json", __file__)


def test_half_a_hand_in_is_none(tmp_path):
    write_hand_in(tmp_path, {"a": 1})
    (tmp_path / "call.json").unlink()
    with pytest.raises(HandInError, match="nothing was handed in"):
        read_hand_in(tmp_path)

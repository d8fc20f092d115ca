import pytest

from mnist_lab.grading.diff.environments import environment_differences, explains_pixels, read_environment
from mnist_lab.reproducibility import environment_record
from mnist_lab.results import SCHEMA

RECORD = {
    "schema": 1,
    "system": {"os": "Linux", "release": "6.1"},
    "libraries": {"numpy": "2.4.6", "matplotlib": "3.11.2"},
    "blas": ["openblas 0.3.30"],
    "cpu_features": ["X86_V3", "AVX512_ICL"],
    "threads": {},
    "seed": 0,
    "data_sources": {"MNIST": "own cache", "EMNIST digits": "EMNIST (own cache)"},
}


@pytest.mark.parametrize(
    ("changed", "texts"),
    [
        ({}, ()),
        ({"seed": 7}, ()),
        ({"system": {"os": "Windows", "release": "6.1"}}, ("system os Linux -> Windows",)),
        ({"libraries": {"numpy": "2.4.6"}}, ("matplotlib 3.11.2 -> not set",)),
        ({"threads": {"OMP_NUM_THREADS": "1"}}, ("OMP_NUM_THREADS not set -> 1",)),
        ({"cpu_features": ["X86_V3"]}, ("CPU features AVX512_ICL -> -",)),
        ({"freetype": "2.13"}, ("FreeType not set -> 2.13",)),
        (
            {"data_sources": None},
            ("data source of {'MNIST': 'own cache', 'EMNIST digits': 'EMNIST (own cache)'} -> not set",),
        ),
        ({"libraries": None}, ("libraries {'numpy': '2.4.6', 'matplotlib': '3.11.2'} -> not set",)),
        (
            {"libraries": {"numpy": "2.5.0", "matplotlib": "3.10.9"}, "blas": ["mkl 1"]},
            ("numpy 2.4.6 -> 2.5.0", "matplotlib 3.11.2 -> 3.10.9", "BLAS openblas 0.3.30 -> mkl 1"),
        ),
    ],
)
def test_differences_are_said_from_what_to_what(changed, texts):
    assert environment_differences(RECORD, RECORD | changed) == texts


def test_cpu_features_of_another_numpy_have_other_names_and_are_no_difference():
    other = RECORD | {"libraries": {"numpy": "2.2.6", "matplotlib": "3.11.2"}, "cpu_features": ["AVX2"]}
    assert environment_differences(RECORD, other) == ("numpy 2.4.6 -> 2.2.6",)


def test_a_written_environment_is_read_and_equals_itself(tmp_path):
    from mnist_lab.files import write_json

    write_json(tmp_path / "environment.json", {"schema": SCHEMA} | environment_record(seed=0))
    environment = read_environment(tmp_path / "environment.json")
    assert environment["seed"] == 0
    assert environment_differences(environment, environment) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no JSON"),
        ("[]", "holds no named values"),
        ("{}", "schema None"),
        ('{"schema": 9}', "schema 9, .* reads 1"),
    ],
)
def test_what_is_no_environment_is_refused(tmp_path, content, message):
    path = tmp_path / "environment.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_environment(path)


@pytest.mark.parametrize(
    ("changed", "explains"),
    [
        ({}, False),
        ({"seed": 1}, False),
        ({"libraries": RECORD["libraries"] | {"nbval": "1", "plotly": "6"}}, False),
        ({"data_sources": {"MNIST": "PyPI", "EMNIST digits": "EMNIST (MNIST_LAB_DATA)"}}, False),
        ({"data_sources": {"MNIST": "PyPI", "EMNIST digits": "scikit-learn load_digits"}}, True),
        ({"data_sources": {"MNIST": "own cache"}}, False),
        ({"system": {"os": "Linux", "release": "6.2"}, "python": "3.13", "anything": 1}, False),
        ({"libraries": RECORD["libraries"] | {"keras": "4"}}, False),
        ({"freetype": "2.14"}, True),
        ({"fonts": ["DejaVu Sans 2.38"]}, True),
        ({"cpu_features": ["X86_V3"]}, True),
        ({"blas": ["mkl"]}, True),
        ({"libraries": RECORD["libraries"] | {"matplotlib": "3.10.9"}}, True),
        ({"threads": {"OMP_NUM_THREADS": "1"}}, False),
    ],
)
def test_only_what_pictures_depend_on_explains_other_pixels(changed, explains):
    assert explains_pixels(RECORD, RECORD | changed) is explains

"""Does the package work with the oldest libraries that pyproject.toml allows?

::

    python -m benchmarks.upkeep.lower_bounds

makes a fresh virtual environment with the oldest Python that pyproject.toml allows, installs the package with the
lowest release of each library that it names, and runs the unit tests and notebook 01 there. pip installs the newest
releases, so nothing else here notices a lower bound that does not work: because the package calls something newer, or
because an old release breaks with what is installed beside it today. What the named libraries bring along is the
newest that they accept. On another Python (``--python 3.13``) the lowest release is the first with a wheel for it.

Where it fails, raise the bound to the first release that passes. The versions and pytest's report are printed, nothing
is stored. The exit code is pytest's, or 2 where the environment can't be made. It takes about five minutes and needs a
package index, and the tool uv, as pip can't install the lowest releases: ``pip install uv``.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from mnist_lab import files
from mnist_lab.grading.text import text_table

ROOT = files.project_root(Path(__file__).parent)
TESTS = ("tests", "notebooks/01_class_histogram.ipynb")


def main(argv=None):
    """Make the environment, print its versions, run the tests there; return the exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    oldest = re.search(r"\d+\.\d+", project["requires-python"])[0]
    parser.add_argument("--python", default=oldest, help="version or path of the Python to test with; %(default)s else")
    arguments = parser.parse_args(argv)
    uv = find_uv()
    if uv is None:
        parser.error("the tool uv is missing: pip install uv")
    with tempfile.TemporaryDirectory() as folder:
        try:
            python = make_environment(uv, Path(folder) / "venv", arguments.python)
            versions = installed(uv, python)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"lower_bounds: {error}", file=sys.stderr)
            return 2
        requirements = project["dependencies"] + project["optional-dependencies"]["test"]
        print(text_table(("required", "installed"), rows(requirements, versions)), flush=True)
        code = subprocess.run([str(python), "-m", "pytest", *TESTS], cwd=ROOT).returncode
    print(f"lower bounds with Python {arguments.python}: {'failed' if code else 'passed'}")
    return code


def find_uv():
    """Return the path of uv, which may be in an environment that is not activated; None where it is missing."""
    return shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))


def make_environment(uv, folder, version):
    """Make an environment with the lowest direct requirements, and with pip, as the README's has; return its Python."""
    subprocess.run([uv, "venv", "--quiet", "--seed", "--python", version, str(folder)], check=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Without --upgrade what came with pip is kept, newer than the lowest.
    install = [uv, "pip", "install", "--quiet", "--python", str(python), "--upgrade", "--resolution", "lowest-direct"]
    # Without a wheel for this Python a release would be compiled, or fail to. Cufflinks has none, and is pure Python.
    install += ["--only-binary", ":all:", "--no-binary", "cufflinks"]
    subprocess.run([*install, "-e", ".[test]"], check=True, cwd=ROOT)
    return python


def installed(uv, python):
    """Return the version of every package in an environment, by its name."""
    command = [uv, "pip", "list", "--quiet", "--format", "json", "--python", str(python)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return {package["name"]: package["version"] for package in json.loads(done.stdout)}


def rows(requirements, versions):
    """Pair each requirement with the version installed.

    Examples
    --------
    >>> rows(["numpy>=2.0", "pytest>=8.2"], {"pytest": "8.2.0", "numpy": "2.0.0", "six": "1.17.0"})
    [('numpy>=2.0', '2.0.0'), ('pytest>=8.2', '8.2.0')]
    """
    return [(text, versions[re.match(r"[\w.-]+", text)[0]]) for text in requirements]


if __name__ == "__main__":
    sys.exit(main())

"""The command ``mnist-lab html``: a page for each notebook, and one that leads to them."""

import importlib.resources
import re

import jinja2

from mnist_lab import __version__
from mnist_lab.files import write_atomically
from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.report import html_report
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.diff.tables import summary
from mnist_lab.grading.html.notebook import body, first_picture, lead, title
from mnist_lab.grading.notebooks import project

__all__ = ["command"]

_CORE = 5  # notebooks of the exercise, before the others


def command(arguments):
    """Write the pages and say where they are; return the exit code.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``to`` (folder).
    """
    import nbformat

    root, target = project(), arguments.to
    if target.exists() and not target.is_dir():
        raise WrongUseError(f"{visible(target)} is a file: name a folder")
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in paths}
    names = list(notebooks)
    for number, (name, notebook) in enumerate(notebooks.items()):
        around = [names[place] if 0 <= place < len(names) else None for place in (number - 1, number + 1)]
        neighbours = [(one, title(notebooks[one])) if one else None for one in around]
        page = _render(title(notebook), body=body(notebook), neighbours=neighbours)
        write_atomically(target / f"{name}.html", page)
        print(f"{name}.html", flush=True)
    entries = [
        {"name": name, "title": title(one), "lead": _plain(lead(one)), "picture": first_picture(one)}
        for name, one in notebooks.items()
    ]
    groups = [("The exercise", entries[:_CORE]), ("More coursework", entries[_CORE:])]
    page = _render("Recognise handwritten digits", groups=groups, models=_models(), run=_last_run(root, target))
    write_atomically(target / "index.html", page)
    print(f"Open {visible(target / 'index.html')}")
    return 0


def _plain(markdown):
    return re.sub(r"[*`]|\[([^]]*)\]\([^)]*\)", r"\1", markdown)


def _render(heading, **values):
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = importlib.resources.files("mnist_lab.grading.html").joinpath("page.html.jinja")
    page = environment.from_string(source.read_text(encoding="utf-8"))
    return page.render(heading=heading, version=__version__, colours=_colours(), **values).encode("utf-8")


def _colours():
    """Return the colours of code, for a light and for a dark page."""
    from pygments.formatters import HtmlFormatter

    return [HtmlFormatter(style=style).get_style_defs(".highlight") for style in ("default", "github-dark")]


def _models():
    """Return the table of all models, in the order of the catalogue: some titles refer to the one before."""
    from mnist_lab import comparison
    from mnist_lab.models import CATALOGUE

    table = comparison.model_table()
    table = table.loc[[name for name in CATALOGUE if name in table.index]]
    return [
        {
            "title": CATALOGUE[name].title,
            "test": f"{row['test %']:.2f} %",
            "original": "-" if row.isna()["original %"] else f"{row['original %']:.2f} %",
            "seeds": int(row["seeds"]),
        }
        for name, row in table.iterrows()
    ]


def _last_run(root, target):
    """Write the report of the last `mnist-lab run`, and return its name and summary; None where there was none."""
    runs = sorted(path for path in (root / "runs").glob("*/results") if any(path.iterdir()))
    if not runs:
        return None
    found = {path.name for path in runs[-1].iterdir()}
    verdicts = [
        one for one in compare_folders(root / "results" / "reference", runs[-1]) if one.file.split("/")[0] in found
    ]
    names = ("reference", f"run {runs[-1].parent.name}")
    report = html_report(verdicts, root / "results" / "reference", runs[-1], names=names)
    write_atomically(target / "run.html", report.encode("utf-8"))
    return {"name": runs[-1].parent.name, "summary": summary(verdicts)}

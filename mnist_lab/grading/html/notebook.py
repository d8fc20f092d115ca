"""One executed notebook as the body of a page."""

import copy
import re

__all__ = ["body", "first_picture", "lead", "title"]

_PLOTLY = "application/vnd.plotly.v1+json"
_WIDGET = "application/vnd.jupyter.widget-view+json"
_INSTEAD = "<p class='instead'>In Jupyter, something interactive stands here. {}</p>"


def title(notebook):
    """Return the first heading of a notebook."""
    return re.search(r"^# (.+)", _text(notebook), re.MULTILINE)[1]


def lead(notebook):
    """Return the first paragraph that is neither a heading nor emphasised, on one line."""
    paragraphs = re.split(r"\n\s*\n", _text(notebook))
    return next(" ".join(one.split()) for one in paragraphs if not one.lstrip().startswith(("#", "*")))


def _text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def first_picture(notebook):
    """Return the first picture of a notebook as base64 and what it shows, or None."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                return output.data["image/png"].strip(), alternative(cell, 0)
    return None


def alternative(cell, number):
    """Return what a cell's figure shows, from its metadata ``alt``: a text, or a list with one a figure."""
    alt = cell.metadata.get("alt", "")
    return alt[number] if isinstance(alt, list) else alt


def body(notebook):
    """Return a notebook as HTML, without anything that another host would have to deliver.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs. A cell with a figure says in its metadata ``alt`` what the figure shows.

    Returns
    -------
    str
        The inside of a page.
    """
    from nbconvert import HTMLExporter

    prepared = copy.deepcopy(notebook)
    for cell in prepared.cells:
        figures = [output for output in cell.get("outputs", ()) if "image/png" in output.get("data", {})]
        for number, output in enumerate(figures):
            output.metadata["image/png"] = output.metadata.get("image/png", {}) | {"alt": alternative(cell, number)}
        for output in cell.get("outputs", ()):
            _without_scripts(output)
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    html, _ = exporter.from_notebook_node(prepared)
    # a region that scrolls must be reached with the keyboard
    html = re.sub(r"<pre\b", '<pre tabindex="0"', html)
    html = re.sub(r"<table\b[^>]*>", '<div class="wide" tabindex="0"><table>', html).replace(
        "</table>", "</table></div>"
    )
    return re.sub(r'<a class="anchor-link".*?</a>', "", html)


def _without_scripts(output):
    """Put a sentence in the place of a chart or a widget that needs a script."""
    data = output.get("data", {})
    if _PLOTLY in data or _WIDGET in data:
        kind = "The picture below shows the same." if _PLOTLY in data else "Pictures near it show parts of it."
        output.data = {"text/html": _INSTEAD.format(kind)}

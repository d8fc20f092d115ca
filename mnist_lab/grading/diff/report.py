"""The comparison of two results folders as one HTML file that opens without network.

File names, and what is in the files, come from someone else's folder: everything is escaped, pictures are decoded
and stored anew, and a content security policy lets the page run its own script only.
"""

import base64
import hashlib
import importlib.resources
import io
from pathlib import Path, PurePosixPath

import jinja2
from PIL import Image

from mnist_lab import __version__
from mnist_lab.grading.diff.pictures import difference_picture, differing_pixels, read_picture
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.diff.tables import is_environment, meaning, summary
from mnist_lab.grading.diff.verdicts import Verdict

__all__ = ["figure", "html_report", "read_figure", "template"]

_LARGEST_SIDE = 2000  # pixels; a larger picture is shown smaller, so that the file stays one a browser opens


def html_report(verdicts, reference, candidate, *, names=None):
    """Return a comparison as one HTML page with reference, candidate and difference pictures side by side.

    Parameters
    ----------
    verdicts : list of FileVerdict
        As :func:`mnist_lab.grading.diff.compare.compare_folders` gives them for the two folders.
    reference, candidate : path-like
        The folders that were compared. A picture that can't be read is replaced by the reason.
    names : tuple of str, optional
        What to call the two folders; by default their paths.

    Returns
    -------
    str
        The same for the same folders; safe to write as UTF-8.

    Examples
    --------
    >>> page = html_report(compare_folders("a", "b"), "a", "b")  # doctest: +SKIP
    >>> Path("report.html").write_text(page, encoding="utf-8")  # doctest: +SKIP
    """
    folders = Path(reference), Path(candidate)
    sections = [_section(files, folders) for files in _grouped(verdicts)]
    for number, section in enumerate(sections, start=1):
        section["id"] = f"file-{number}"
    return template("mnist_lab.grading.diff", "report.html.jinja").render(
        names=names or tuple(map(str, folders)),
        summary=summary(verdicts),
        meaning=meaning(verdicts),
        environments=_environments(verdicts),
        changes=[section for section in sections if section["is_change"]],
        others=[section for section in sections if not section["is_change"]],
        identical=sorted(verdict.file for verdict in verdicts if verdict.verdict is Verdict.IDENTICAL),
        version=__version__,
    )


def template(package, name):
    """Return a template of a package, in which everything is escaped."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["sha256"] = _sha256
    source = importlib.resources.files(package).joinpath(name)
    return environment.from_string(source.read_text(encoding="utf-8"))


def _visible(value):
    """Write characters without a shape as escapes, but not in what the template itself made."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _sha256(text):
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _environments(verdicts):
    """Return ``{difference: [notebook, ...]}`` in the order in which differences are met."""
    table = {}
    for verdict in filter(is_environment, verdicts):
        for detail in verdict.details:
            table.setdefault(detail, []).append(PurePosixPath(verdict.file).parent.name or "this folder")
    return table


def _grouped(verdicts):
    """Return the files to show, a picture and its numbers together, changed ones first."""
    groups = {}
    for verdict in verdicts:
        path = PurePosixPath(verdict.file)
        paired = path.suffix in (".png", ".json") and not verdict.file.endswith("/")
        groups.setdefault(path.with_suffix("") if paired else verdict.file, []).append(verdict)
    shown = [sorted(files, key=_rank) for files in groups.values() if any(map(_is_shown, files))]
    return sorted(shown, key=lambda files: _rank(files[0]))


def _is_shown(verdict):
    return verdict.verdict is not Verdict.IDENTICAL and not is_environment(verdict)


def _rank(verdict):
    return -verdict.verdict.rank, not verdict.file.endswith(".png"), verdict.file


def _section(files, folders):
    first, *others = [verdict.file for verdict in files]
    pictures = next((v for v in files if v.file.endswith(".png") and v.verdict is not Verdict.IDENTICAL), None)
    return {
        "title": " and ".join([first, *(PurePosixPath(file).name for file in others)]),
        "verdict": files[0].verdict,
        "is_change": files[0].is_change,
        "files": files,
        "pictures": _pictures(pictures.file, folders) if pictures else [],
    }


def _pictures(file, folders):
    """Return what is to be seen of a picture: a list of figures, or of reasons why there is none."""
    kinds = ("reference", "candidate")
    found = [read_figure(file, folder) for folder in folders]
    figures = [figure(file, kind, picture) for kind, picture in zip(kinds, found, strict=True)]
    if not all(isinstance(picture, Image.Image) for picture in found):
        return figures
    count = differing_pixels(*found)
    if not count:
        return [figure(file, "reference and candidate", found[0], "the same pixels")]
    try:
        difference = difference_picture(*found)
    except ValueError as error:
        difference = str(error)
    return [*figures, figure(file, "difference", difference, _share(count, found))]


def _share(count, pictures):
    total = max(picture.width for picture in pictures) * max(picture.height for picture in pictures)
    percent = 100 * count / total
    share = "less than 0.01" if percent < 0.01 else f"{percent:.2f}" if percent < 1 else f"{percent:.0f}"
    return f"{count:,} of {total:,} pixels differ, {share} %"


def read_figure(file, folder):
    """Return a picture, or the reason why there is none."""
    path = folder / file
    try:
        return read_picture(path, inside=folder)
    except FileNotFoundError:
        return "there is no such file"
    except OSError as error:
        return f"{path.name} can't be read: {error.strerror or error}"
    except ValueError as error:
        return str(error)


def figure(file, kind, picture, note=""):
    """Return what a page shows of a picture, or the reason why there is none, as a dict for the template."""
    if not isinstance(picture, Image.Image):
        return {"kind": kind, "reason": picture}
    width, height = picture.size
    note = note or f"{width:,} x {height:,} pixels"
    if max(width, height) > _LARGEST_SIDE:
        picture = picture.copy()
        picture.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
        note += ", shown smaller"
    return {
        "kind": kind,
        "alt": f"{kind.capitalize()} of {file}: {note}",
        "note": note,
        "width": picture.width,
        "height": picture.height,
        "address": f"data:image/png;base64,{_encoded(picture)}",
    }


def _encoded(picture):
    """Return a picture as PNG in base64: its pixels, without what else its file may hold."""
    if picture.getextrema()[3] == (255, 255):
        picture = picture.convert("RGB")
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")

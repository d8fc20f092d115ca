"""The command ``mnist-lab diff``: compare, print, write the report."""

from mnist_lab.files import write_atomically
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.unpacking import opened
from mnist_lab.grading.diff.tables import print_verdicts

__all__ = ["diff"]


def diff(reference, candidate, *, html=None):
    """Compare two results folders, print the verdicts, and write them as an HTML page if asked to.

    Parameters
    ----------
    reference, candidate : pathlib.Path
        Folders or zip files, as for :func:`mnist_lab.grading.folders.opened`.
    html : pathlib.Path, optional
        Where to write the page.

    Returns
    -------
    list of Verdict

    Raises
    ------
    ValueError
        If there is nothing to compare, or the page can't be written; nothing is half-written.

    Examples
    --------
    >>> verdicts = diff(Path("results"), Path("student.zip"))  # doctest: +SKIP
    """
    if html:
        _check_target(html)
    with opened(reference) as first, opened(candidate) as second:
        folders, names = zip(first, second, strict=True)
        for role, name in zip(("reference", "candidate"), names, strict=True):
            print(f"{role}: {name}")
        print()
        verdicts = compare_folders(*folders)
        print_verdicts(verdicts)
        if html:
            from mnist_lab.grading.diff.report import html_report

            page = html_report(verdicts, *folders, names=names)
            try:
                write_atomically(html, page.encode("utf-8"))
            except OSError as error:
                cause = error.__cause__ or error
                raise ValueError(f"can't write {html} ({cause.strerror}): name a file in a folder of yours") from None
            print(f"Report: {html}")
    return verdicts


def _check_target(html):
    """Refuse, before a long comparison, what would destroy something else or can't be written."""
    if html.is_dir():
        raise ValueError(f"can't write {html}, which is a folder: name a file, like report.html")
    if html.exists() and (html.suffix.lower() not in (".html", ".htm") or not html.is_file()):
        raise ValueError(f"can't write {html}: it is there, and no HTML page: name another file, like report.html")
    if not html.parent.is_dir():
        raise ValueError(f"can't write {html}: there is no folder {html.parent}: make it, or name a file elsewhere")

"""The command ``mnist-lab diff``: compare, print the verdicts, write the report."""

from mnist_lab.files import results_folder, write_atomically
from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.finding import NO_NOTEBOOKS, left_out, pair
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.diff.tables import print_verdicts
from mnist_lab.grading.diff.unpacking import opened
from mnist_lab.grading.notebooks import project
from mnist_lab.grading.reading import is_stray

__all__ = ["command"]


def command(arguments):
    """Compare two results folders and print the verdicts; return the exit code.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``reference``, ``candidate`` and ``html``, paths or None. Without both folders, ``results/reference`` of the
        project is compared with what notebooks wrote that were run by hand.

    Raises
    ------
    WrongUseError
        If there is nothing to compare, or the page can't be written; nothing is half-written.
    """
    html = arguments.html
    if html:
        _check_target(html)
    reference, candidate = arguments.reference, arguments.candidate
    by_hand = reference is None
    if by_hand:
        reference, candidate = project() / "results" / "reference", _run_by_hand(results_folder())
    elif candidate is None:
        raise WrongUseError(
            f"one folder alone can't be compared: mnist-lab diff results/reference {visible(reference)}"
        )
    with opened(reference, as_reference=True) as first, opened(candidate) as second:
        folders, names = zip(*((first, second) if by_hand else pair(first, second)), strict=True)
        for role, name in zip(("reference", "candidate"), names, strict=True):
            print(f"{role}: {visible(name)}")
        if text := left_out(folders[1]):
            print(text)
        print()
        verdicts = compare_folders(*folders)
        if not verdicts:
            raise WrongUseError(f"there is nothing to compare in {visible(names[0])} and {visible(names[1])}")
        if by_hand:  # a notebook that was not run is not missing
            verdicts = [one for one in verdicts if (folders[1] / one.file.partition("/")[0]).exists()]
        print_verdicts(verdicts)
        if html:
            from mnist_lab.grading.diff.report import html_report

            page = html_report(verdicts, *folders, names=names)
            try:
                write_atomically(html, page.encode("utf-8"))
            except OSError as error:
                cause = error.__cause__ or error
                raise WrongUseError(
                    f"can't write {html} ({cause.strerror}): name a file in a folder of yours"
                ) from None
            print(f"Report: {html}")
    return 1 if any(verdict.is_change for verdict in verdicts) else 0


def _run_by_hand(folder):
    """Return the results folder if a notebook wrote into it."""
    names = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    if all(name in NO_NOTEBOOKS or is_stray(name) for name in names):
        raise WrongUseError(
            f"no notebook was run by hand: {folder} holds no results. Run one in Jupyter first, or name the folder to "
            "compare: mnist-lab diff results/reference FOLDER"
        )
    return folder


def _check_target(html):
    """Refuse, before a long comparison, what would destroy something else or can't be written."""
    if html.is_dir():
        raise WrongUseError(f"can't write {html}, which is a folder: name a file, like report.html")
    if html.exists() and (html.suffix.lower() not in (".html", ".htm") or not html.is_file()):
        raise WrongUseError(f"can't write {html}: it is there, and no HTML page: name another file, like report.html")
    if not html.parent.is_dir():
        raise WrongUseError(f"can't write {html}: there is no folder {html.parent}: make it, or name a file elsewhere")

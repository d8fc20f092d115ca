"""Judge pictures: always, whatever their numbers did.

======================  ===============================================================================
numbers                 a picture with other pixels
======================  ===============================================================================
a change                a change
equal, however written  a change, unless what can draw differs between the recorded environments
                        (or is not known); then texts and edges may differ, nothing else
within tolerance        must still be this figure, and not much more like another one
======================  ===============================================================================
"""

import functools
import math
import struct
from dataclasses import dataclass

import numpy as np

from mnist_lab.grading.diff.environments import explains_pixels, other_images
from mnist_lab.grading.diff.likeness import blocks, more_like, no_longer
from mnist_lab.grading.diff.pictures import differing_pixels, read_picture
from mnist_lab.grading.diff.verdicts import Verdict
from mnist_lab.grading.reading import read_bytes

__all__ = ["Figures"]

_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


@dataclass(frozen=True)
class _Difference:
    text: str
    size: tuple | None  # None for pictures of different sizes


class Figures:
    """The pictures of two folders; each is decoded once as blocks.

    Parameters
    ----------
    reference, candidate : pathlib.Path
    files : set of str
        All of the reference, among which other figures are looked for.
    """

    def __init__(self, reference, candidate, files):
        self._roots = reference, candidate
        self._pictures = sorted(file for file in files if file.endswith(".png"))
        self._blocks = functools.cache(lambda side, file: blocks(self._read(side, file)))
        self._by_size = None

    def judge_without_numbers(self, file, why):
        """Judge a picture that no numbers can explain."""
        difference = self._difference(file)
        return (Verdict.CHANGED, (f"{difference.text}, and {why}",)) if difference else (Verdict.IDENTICAL, ())

    def judge(self, file, *, equal, free, environments):
        """Judge a picture whose numbers did not change.

        Parameters
        ----------
        file : str
        equal : bool
            Whether the numbers are equal, not only within their tolerance.
        free : bool
            Whether it shows what no tolerance fits.
        environments : tuple of two dicts, or None
            As recorded; None where they are not known.

        Returns
        -------
        verdict : Verdict
        details : tuple of str
        """
        difference = self._difference(file)
        if not difference:
            return Verdict.IDENTICAL, ()
        if not difference.size:
            return Verdict.CHANGED, (difference.text,)
        drawn = equal and environments and not explains_pixels(*environments)
        if drawn:
            text = f"{difference.text}, though numbers and environment are equal: drawn differently"
            return Verdict.CHANGED, (text,)
        redrawn = equal and not (environments and other_images(*environments))
        problem = self._other_figure(file, difference.size, redrawn=redrawn, free=free)
        if problem:
            return Verdict.CHANGED, (f"{difference.text}: {problem}",)
        if not equal:
            return Verdict.WITHIN_TOLERANCE, (f"{difference.text}, as its numbers",)
        why = "differs in what draws" if environments else "is not known"
        return Verdict.ENVIRONMENT, (f"{difference.text}; numbers are equal, the environment {why}",)

    def _other_figure(self, file, size, *, redrawn, free):
        ours, theirs = (self._blocks(side, file) for side in (0, 1))
        problem = no_longer(ours, theirs, redrawn=redrawn, free=free)
        if problem or redrawn:
            return problem
        others = {other: self._blocks(0, other) for other in self._of_size(size) if other != file}
        if other := more_like(ours, theirs, others):
            return f"more like {other} than this figure"
        twin = next((other for other, blocks in others.items() if self._is_twin(other, blocks, ours, theirs)), "")
        return f"the same picture as {twin} beside it" if twin else ""

    def _is_twin(self, other, their_reference, ours, theirs):
        """Whether the candidate shows one picture as two figures that are not one in the reference."""
        try:
            return np.array_equal(theirs, self._blocks(1, other)) and not np.array_equal(ours, their_reference)
        except (OSError, ValueError):  # has a verdict of its own
            return False

    def _of_size(self, size):
        """Return the pictures of the reference that have a size, read from their headers."""
        if self._by_size is None:
            self._by_size = {}
            for file in self._pictures:
                start = read_bytes(self._roots[0] / file, self._roots[0])[:24]
                if len(start) == 24 and start.startswith(_PNG_START):
                    self._by_size.setdefault(struct.unpack(">II", start[16:]), []).append(file)
        return self._by_size.get(size, [])

    def _read(self, side, file):
        return read_picture(self._roots[side] / file, inside=self._roots[side])

    def _difference(self, file):
        """Return how the two pictures differ; None where they have the same pixels."""
        contents = [read_bytes(root / file, root) for root in self._roots]
        if contents[0] == contents[1] and contents[0].startswith(_PNG_START) and contents[0].endswith(_PNG_END):
            return None
        pictures = [self._read(side, file) for side in (0, 1)]
        sizes = [picture.size for picture in pictures]
        if sizes[0] != sizes[1]:
            shown = [" x ".join(map(str, size)) for size in sizes]
            return _Difference(f"size {shown[0]} -> {shown[1]} pixels", None)
        count, size = differing_pixels(*pictures), math.prod(sizes[0])
        return _Difference(f"{count:,} of {size:,} pixels differ", sizes[0]) if count else None

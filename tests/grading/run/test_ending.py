"""What a kernel died of."""

import sys

import pytest

from mnist_lab.grading.run.ending import cause_of_death, kills_for_memory


@pytest.mark.parametrize(
    ("returncode", "memory_short", "text"),
    [
        (0, False, "ended itself with exit code 0"),
        (1, True, "ended itself with exit code 1"),
        (0xC0000005, False, "ended itself with exit code 0xc0000005"),
        (None, False, "no longer answers"),
        (-9999, False, "died of signal 9999"),
    ],
)
def test_exit_codes_are_told(returncode, memory_short, text):
    assert cause_of_death(returncode, memory_short=memory_short).endswith(text)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_signals_have_names_and_memory_is_blamed_only_where_it_was_short():
    assert cause_of_death(-11, memory_short=True).startswith("the kernel died of SIGSEGV (segmentation fault")
    assert "memory" not in cause_of_death(-11, memory_short=True) + cause_of_death(-9, memory_short=False)
    assert "because memory was short" in cause_of_death(-9, memory_short=True)


def test_the_system_counts_what_it_kills():
    assert kills_for_memory() >= 0

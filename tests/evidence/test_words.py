"""Words as search and ranking use them."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from outlast.evidence.words import stem


@pytest.fixture
def hasty() -> Iterator[None]:
    """Make threads switch as often as possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty")
def test_words_are_stemmed_the_same_in_many_threads_at_once() -> None:
    words = [f"{beginning}{ending}" for beginning in "abcdefgh" for ending in ("ationalities", "ing", "fulness", "ies")]
    wanted = {word: stem.__wrapped__(word) for word in words}
    with ThreadPoolExecutor(8) as threads:
        stems = list(threads.map(stem.__wrapped__, words * 40))
    assert stems == [wanted[word] for word in words * 40]

from pathlib import Path

import pytest

from outlast.evidence.errors import Permanent
from outlast.orchestration.client.documents import paths_of


def test_documents_are_named_by_one_path_or_several() -> None:
    assert paths_of(None) == ()
    assert paths_of("letters") == paths_of(Path("letters")) == paths_of(["letters"]) == (Path("letters"),)
    assert paths_of(["letters", Path("lease.pdf")]) == (Path("letters"), Path("lease.pdf"))
    with pytest.raises(Permanent, match="docs= is an empty list"):
        paths_of([])

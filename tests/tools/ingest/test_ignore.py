import os
from pathlib import Path

import pytest

from outlast.evidence.errors import Permanent
from outlast.evidence.sources import Skipped
from outlast.tools.ingest.files import walk


def make(folder: Path, *uris: str) -> None:
    for uri in uris:
        (folder / uri).parent.mkdir(parents=True, exist_ok=True)
        (folder / uri).write_text("text")


def found(folder: Path, *exclude: str) -> list[str]:
    return sorted(file.uri for file in walk(folder, exclude))


def test_patterns_as_in_a_gitignore(folder: Path):
    make(folder, "a.md", "b.log", "build/c.md", "sub/build/d.md", "sub/e.md", "draft/f.md", "sub/draft/g.md")
    assert found(folder, "*.log", "build/", "/draft") == ["a.md", "sub/draft/g.md", "sub/e.md"]
    assert found(folder, "*.md", "!a.md") == ["a.md", "b.log"]
    assert found(folder) == found(folder, "# a comment", "")


def test_a_file_in_the_folder_and_in_folders_below(folder: Path):
    make(folder, "a.md", "b.md", "sub/a.md", "sub/b.md", "sub/deep/b.md", "sub/deep/c.md")
    (folder / ".outlastignore").write_text("b.md\n/sub/a.md\n")
    (folder / "sub" / ".outlastignore").write_text("!b.md\n/deep/c.md\n")
    assert found(folder) == ["a.md", "sub/b.md", "sub/deep/b.md"]
    assert found(folder, "deep/") == ["a.md", "sub/b.md"], "what is given by hand comes on top"
    assert "sub/deep/b.md" not in found(folder, "sub/deep/b.md"), "and is stronger than any file"


def test_what_is_left_out_is_not_even_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch):
    make(folder, "a.md", "private/b.md")
    scandir = os.scandir
    looked: list[str] = []
    monkeypatch.setattr(os, "scandir", lambda path: (looked.append(Path(path).name), scandir(path))[1])
    assert found(folder, "private/") == ["a.md"]
    assert looked == ["docs"]


def test_gitignore_is_not_obeyed(folder: Path):
    make(folder, "a.md", "b.md")
    (folder / ".gitignore").write_text("*\n")
    assert found(folder) == ["a.md", "b.md"]
    (folder / ".outlastignore").symlink_to(".gitignore")
    assert found(folder) == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\xef\xbb\xbf*.log\r\n", b"", b"\n\n# x"])
def test_odd_bytes_in_a_file(folder: Path, content: bytes):
    make(folder, "a.md", "b.log")
    (folder / ".outlastignore").write_bytes(content)
    assert found(folder) == (["a.md"] if b"log" in content else ["a.md", "b.log"])


def test_patterns_that_are_none(folder: Path):
    make(folder, "a.md")
    with pytest.raises(Permanent, match=r"--exclude has an invalid pattern .*\.gitignore"):
        found(folder, "!")
    (folder / ".outlastignore").write_text("!\n")
    with pytest.raises(Permanent, match=r"\.outlastignore has an invalid pattern"):
        found(folder)


def test_a_file_that_cannot_be_read_ends_it(folder: Path):
    """The file may exclude confidential documents."""
    make(folder, "a.md")
    (folder / ".outlastignore").mkdir()
    with pytest.raises(Permanent, match=r"\.outlastignore cannot be read"):
        found(folder)


def test_names_that_no_report_could_show(folder: Path):
    names = {"line\nbreak.txt": "line␊break.txt", "tab\t.txt": "tab␉.txt", "c1\x9b.txt": "c1\ufffd.txt"}
    names |= {"separator\u2028.txt": "separator\ufffd.txt"}
    for name in names:
        (folder / name).write_text("text")
    (folder / "ünïcode 文.txt").write_text("text")
    files = list(walk(folder))
    reason = "its name has a line break or another control character in it"
    assert sorted(file.uri for file in files if isinstance(file, Skipped)) == sorted(names.values())
    assert {file.reason for file in files if isinstance(file, Skipped)} == {reason}
    assert [file.uri for file in files if not isinstance(file, Skipped)] == ["ünïcode 文.txt"]


def test_a_folder_with_a_name_that_no_report_could_show(folder: Path):
    below = folder / os.fsdecode(b"caf\xe9\n")
    below.mkdir()
    (below / "a.txt").write_text("text")
    assert list(walk(folder)) == [Skipped(uri="caf\ufffd␊/a.txt", reason="its name is not in UTF-8")]

"""`outlast docs`: what a person sees of named collections, and a program with `--json`."""

import asyncio
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects, put
from tests.cli.here import Here
from tests.terminal import Terminal


def said(terminal: Here | Terminal, *arguments: str, code: int = 0) -> str:
    done = terminal.run("docs", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def told(here: Here, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The one JSON document on stdout."""
    done = here.run("docs", *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_added_and_brought_up_to_date(here: Here, documents: Path) -> None:
    first = said(here, "add", "island", "documents")
    assert "Collection island: 3 documents" in first
    assert "added     3: bakery.html, ferry.txt, lighthouse.md" in first
    assert "skipped   1: chart.pdf (" in first
    assert "--collection island" in first
    (documents / "ferry.txt").write_text("The ferry sails no more.")
    (documents / "bakery.html").unlink()
    (documents / "new.md").write_text("# New\n\nSomething else.")
    again = said(here, "add", "island", "documents")
    assert "Collection island: 3 documents" in again
    assert "added     1: new.md" in again
    assert "changed   1: ferry.txt" in again
    assert "removed   1: bakery.html" in again
    assert "unchanged 1" in again


def test_files_and_several_folders(here: Here, documents: Path) -> None:
    assert "added     1: ferry.txt" in said(here, "add", "ferry", "documents/ferry.txt")
    (here.folder / "letters").mkdir()
    (here.folder / "letters" / "ferry.txt").write_text("The ferry was sold.")
    both = said(here, "add", "both", "documents/ferry.txt", "letters")
    assert "added     2: ferry.txt, letters/ferry.txt" in both


def test_listed_shown_and_removed(here: Here, documents: Path) -> None:
    assert "outlast docs add NAME DIR" in said(here, "list")
    said(here, "add", "island", "documents")
    said(here, "add", "bread", "documents", "--exclude", "*", "--exclude", "!bakery.html")
    listed = said(here, "list").splitlines()
    assert [line.split()[:3] for line in listed[1:]] == [["bread", "1", "0"], ["island", "3", "1"]]
    shown = said(here, "show", "island")
    assert ["lighthouse.md", "The", "lighthouse", "at", "Grey", "Point"] in [
        line.split()[:6] for line in shown.splitlines()
    ]
    assert "chart.pdf" in shown
    skipped = said(here, "show", "island", "--skipped")
    assert "chart.pdf" in skipped
    assert "lighthouse.md" not in skipped
    assert said(here, "show", "bread", "--skipped") == "Nothing was skipped.\n"
    removed = said(here, "remove", "bread")
    assert "bread is removed" in removed
    assert "stay" in removed
    assert "bread" not in said(here, "list")
    assert "There are: island." in said(here, "show", "bread", code=2)
    assert "There are: island." in said(here, "remove", "bread", code=2)


def test_for_programs(here: Here, documents: Path) -> None:
    assert told(here, "list") == {"collections": []}
    added = told(here, "add", "island", "documents")
    assert (added["name"], added["documents"], added["added"]) == (
        "island",
        3,
        ["bakery.html", "ferry.txt", "lighthouse.md"],
    )
    assert [each["uri"] for each in added["skipped"]] == ["chart.pdf"]
    [listed] = told(here, "list")["collections"]
    assert listed["collection"] == added["collection"]
    assert listed["text_bytes"] == added["text_bytes"] > 900
    shown = told(here, "show", "island")
    assert [each["title"] for each in shown["documents"]][2] == "The lighthouse at Grey Point"
    assert sum(each["text_bytes"] for each in shown["documents"]) == added["text_bytes"]
    assert told(here, "show", added["collection"])["documents"] == shown["documents"], "an id will do as well"
    assert "documents" not in told(here, "show", "island", "--skipped")
    assert told(here, "remove", "island") == {"name": "island", "collection": added["collection"], "removed": True}
    error = told(here, "show", "island", code=2)["error"]
    assert error["kind"] == "bad_input"
    assert "There is no collection yet" in error["message"]


def test_alone_it_says_what_there_is(here: Here) -> None:
    helped = said(here)
    for command in ("add", "list", "show", "remove"):
        assert f"  {command}" in helped
    assert "docs" in here.run("--help").stdout


def test_what_cannot_be_added(here: Here, documents: Path) -> None:
    assert "cannot name a collection" in said(here, "add", "a/b", "documents", code=2)
    assert "does not exist" in said(here, "add", "island", "nowhere", code=2)
    assert "holds no files except excluded ones" in said(here, "add", "island", "documents", "--exclude=*", code=2)
    assert "has an invalid pattern" in said(here, "add", "island", "documents", "--exclude=!", code=2)
    assert told(here, "list") == {"collections": []}


def test_a_full_disk_loses_nothing(here: Here, documents: Path, small_disk: Path) -> None:
    (documents / "large.txt").write_text("A line of a long document.\n" * 80_000)
    here.set(OUTLAST_OBJECTS=str(small_disk / "objects"))
    error = said(here, "add", "island", "documents", code=4)
    assert error.count("\n") == 1
    assert "No space left on device" in error
    assert "Free some space" in error
    assert told(here, "list") == {"collections": []}, "a name is given to what is whole"
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    assert told(here, "add", "island", "documents")["documents"] == 4


def test_ctrl_c_ends_the_parsers_too(terminal: Terminal, documents: Path) -> None:
    (documents / "slow.html").write_text("<div>" * 20_000 + "text" * 200_000)
    adding = terminal.start("docs", "add", "island", "documents")
    deadline = time.monotonic() + 60
    while not (parsers := parsers_of(adding.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for pid in parsers:
        os.kill(pid, signal.SIGSTOP)  # they would be done before the signal comes
    adding.send_signal(signal.SIGINT)
    _, error = adding.communicate(timeout=60)
    assert (adding.returncode, error) == (130, "outlast: Interrupted. Run the same command again to go on.\n")
    assert not [pid for pid in parsers if is_alive(pid)]
    (documents / "slow.html").unlink()
    assert "Collection island: 3 documents" in said(terminal, "add", "island", "documents")


def parsers_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return [int(own) for own, parent, args in rows if parent == str(pid) and "outlast.tools.ingest.parsing" in args]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_name_that_an_earlier_version_gave(here: Here, documents: Path) -> None:
    added = told(here, "add", "island", "documents")
    objects = open_objects(str(here.home / "objects"))
    asyncio.run(put(objects, "collections/names/old", added["collection"].encode()))
    assert asyncio.run(Collections(objects).resolve("old")) == added["collection"]
    assert ["old", "?", "?", "?", "?"] in [line.split()[:5] for line in said(here, "list").splitlines()]
    assert told(here, "add", "old", "documents")["unchanged"] == 3
    assert "?" not in said(here, "list")


def test_hostile_titles_are_shown_and_not_obeyed(here: Here) -> None:
    (here.folder / "odd").mkdir()
    (here.folder / "odd" / "[red]a.md").write_text("# A \x1b[31mred\x07 title\n\ntext")
    (here.folder / "odd" / "b\x1b[2J.md").write_text("text")
    shown = said(here, "add", "odd", "odd") + said(here, "show", "odd")
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[red]a.md" in shown
    assert "b␛[2J.md" in shown

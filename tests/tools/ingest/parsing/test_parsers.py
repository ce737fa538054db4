import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.evidence.sources import sha256
from outlast.tools.ingest.file_state import FileState
from outlast.tools.ingest.files import FileFound
from outlast.tools.ingest.parsing import parser
from outlast.tools.ingest.parsing.limits import Limits
from outlast.tools.ingest.parsing.messages import ParsedFile, RefusedFile
from outlast.tools.ingest.parsing.parsers import ParserPool
from tests.tools.ingest.parsing.strange_reader import READER

pytestmark = pytest.mark.usefixtures("processes")  # they are short, but dozens: too many for `make check`

STRICT = Limits(memory_bytes=64 << 20, least_seconds=0.5, seconds_a_mb=0)


def file(folder: Path, content: str) -> FileFound:
    path = folder / f"{content}.txt"
    path.write_text(content)
    return FileFound(path.name, path, FileState.of(path.stat()))


def is_alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} still lives"
        time.sleep(0.05)


def pid_in(text: str) -> int:
    return int(text.rpartition(" ")[2])


async def test_a_document_comes_back_whole(folder: Path) -> None:
    path = folder / "a.md"
    path.write_bytes("# Grüße\n\nDer Text: \N{PILE OF POO}\r\n".encode())
    found = FileFound("sub/a.md", path, FileState.of(path.stat()))
    async with ParserPool(1, Limits()) as parsers:
        outcome, [text] = await parsers.read(found)
    assert text == "# Grüße\n\nDer Text: \N{PILE OF POO}\n"
    assert isinstance(outcome, ParsedFile)
    (document,) = outcome.documents
    assert (document.title, document.media_type, document.extractor) == ("Grüße", "text/markdown", "markdown/4")
    assert [text[each.start : each.end] for each in document.headings] == ["Grüße"]
    assert document.bytes_sha256 == sha256(path.read_bytes())
    assert outcome.state == found.state


async def test_a_large_text_comes_back_whole(folder: Path) -> None:
    path = folder / "large.txt"
    path.write_text("one line of many\n" * 500_000)
    async with ParserPool(1, Limits()) as parsers:
        _, [text] = await parsers.read(FileFound("large.txt", path, FileState.of(path.stat())))
    assert sha256(text) == sha256(path.read_bytes())


@pytest.mark.parametrize(
    ("word", "reason", "lasting"),
    [
        ("segfault", "its parser crashed (SIGSEGV)", True),
        ("abort", "its parser crashed (SIGABRT)", True),
        ("exit", "its parser ended with code 3", True),
        ("kill", "its parser was killed, perhaps because memory ran out", False),
        ("wait", "reading it took longer than 2 s", False),
        ("memory", "reading it needs more than 64 MB of memory", True),
        ("raise", "its parser failed (ZeroDivisionError)", False),
        ("recurse", "its parser failed (RecursionError)", False),
        ("refuse", "it is strange", True),
        ("surrogate", "its parser failed (UnicodeEncodeError)", False),
        ("babble", "its parser gave an invalid answer", True),
        ("threaten", "its parser gave an invalid answer", True),
    ],
)
async def test_what_a_file_does_to_its_parser_is_told(folder: Path, word: str, reason: str, lasting: bool) -> None:
    bad, good = file(folder, word), file(folder, "good")
    async with ParserPool(1, STRICT, READER) as parsers:
        outcome, texts = await parsers.read(bad)
        assert outcome == RefusedFile(state=bad.state, reason=reason, lasting=lasting)
        assert texts == []
        _, [after] = await parsers.read(good)
    assert after.startswith("good ")


async def test_a_file_that_keeps_its_parser_busy_is_given_up(folder: Path) -> None:
    """Processor time ends it, or real time, if a busy machine gives it less than a quarter of a processor."""
    bad, good = file(folder, "regex"), file(folder, "good")
    async with ParserPool(1, STRICT, READER) as parsers:
        outcome, texts = await parsers.read(bad)
        assert isinstance(outcome, RefusedFile)
        assert (outcome.reason, outcome.lasting) in {
            ("reading it took longer than 0 s", True),
            ("reading it took longer than 2 s", False),
        }
        assert (outcome.state, texts) == (bad.state, [])
        _, [after] = await parsers.read(good)
    assert after.startswith("good ")


async def test_a_title_that_cannot_be_told_is_refused(folder: Path) -> None:
    async with ParserPool(1, STRICT, READER) as parsers:
        outcome, _ = await parsers.read(file(folder, "surrogate title"))
    assert isinstance(outcome, RefusedFile)
    assert "its parser failed" in outcome.reason


async def test_what_libraries_print_is_no_answer(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with ParserPool(1, STRICT, READER) as parsers:
        _, [text] = await parsers.read(file(folder, "noise"))
    assert text.startswith("noise ")
    assert capfd.readouterr() == ("", "")


async def test_a_parser_reads_many_files_and_several_read_at_once(folder: Path) -> None:
    files = [file(folder, f"good{number}") for number in range(20)]
    async with ParserPool(1, STRICT, READER) as parsers:
        assert len({pid_in((await parsers.read(each))[1][0]) for each in files}) == 1
    async with ParserPool(2, STRICT, READER) as parsers:
        texts = await asyncio.gather(*(parsers.read(each) for each in files))
        assert [text.split()[0] for _, [text] in texts] == [f"good{number}" for number in range(20)]
        assert len({pid_in(text) for _, [text] in texts}) == 2


async def test_the_file_that_broke_the_parser_for_another_is_not_blamed_on_it(folder: Path) -> None:
    async with ParserPool(1, STRICT, READER) as parsers:
        _, [first] = await parsers.read(file(folder, "spoil"))
        outcome, [text] = await parsers.read(file(folder, "innocent"))
    assert isinstance(outcome, ParsedFile)
    assert pid_in(text) != pid_in(first)


async def test_a_parser_that_has_grown_is_replaced(folder: Path) -> None:
    limits = Limits(memory_bytes=512 << 20)
    async with ParserPool(1, limits, READER) as parsers:
        _, [first] = await parsers.read(file(folder, "grow"))
        _, [second] = await parsers.read(file(folder, "good"))
        wait_until_gone(pid_in(first))
    assert first.startswith("grow ")
    assert pid_in(first) != pid_in(second)


async def test_none_is_left_at_the_end(folder: Path) -> None:
    async with ParserPool(2, STRICT, READER) as parsers:
        texts = [await parsers.read(file(folder, word)) for word in ("good", "deaf")]
    for _, [text] in texts:
        assert not is_alive(pid_in(text))


async def test_cancelled_in_the_middle_of_a_file(folder: Path) -> None:
    async with ParserPool(1, Limits(), READER) as parsers:
        _, [text] = await parsers.read(file(folder, "good"))
        reading = asyncio.create_task(parsers.read(file(folder, "wait")))
        await asyncio.sleep(0.1)  # no event shows that a parser has begun to wait for ever
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert is_alive(pid_in(text))
    assert not is_alive(pid_in(text))


def test_parsers_end_with_a_parent_that_is_killed(folder: Path) -> None:
    file(folder, "wait")
    file(folder, "good")
    script = textwrap.dedent(f"""
        import asyncio
        from pathlib import Path
        from tests.tools.ingest.parsing.test_parsers import READER, FileFound, FileState, Limits, ParserPool

        async def main() -> None:
            async with ParserPool(1, Limits(), READER) as parsers:
                for word in ("good", "wait"):
                    path = Path({str(folder)!r}) / f"{{word}}.txt"
                    _, [text] = await parsers.read(FileFound(path.name, path, FileState.of(path.stat())))
                    print(text, flush=True)

        asyncio.run(main())
    """)
    root = Path(__file__).parents[4]
    with subprocess.Popen([sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = pid_in(parent.stdout.readline())
        assert is_alive(child)
        parent.send_signal(signal.SIGKILL)
    wait_until_gone(child)


async def test_a_reader_that_cannot_be_imported_is_told(folder: Path) -> None:
    with pytest.raises(NeedsOperator, match=r"A parser process did not start: ModuleNotFoundError: .*no_such_reader"):
        async with ParserPool(1, STRICT, "no_such_reader:read") as parsers:
            await parsers.read(file(folder, "good"))


async def test_a_python_that_does_not_start_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "BOOTSTRAP", "raise SystemExit(7)")
    with pytest.raises(NeedsOperator, match="A parser process did not start: it ended with code 7"):
        async with ParserPool(1, STRICT, READER) as parsers:
            await parsers.read(file(folder, "good"))


async def test_no_process_can_be_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / "missing"))
    with pytest.raises(NeedsOperator, match="A parser process cannot be started: No such file"):
        async with ParserPool(1, STRICT, READER) as parsers:
            await parsers.read(file(folder, "good"))


async def test_a_parser_does_not_hear_ctrl_c(folder: Path) -> None:
    async with ParserPool(1, STRICT, READER) as parsers:
        _, [text] = await parsers.read(file(folder, "good"))
        os.kill(pid_in(text), signal.SIGINT)
        _, [again] = await parsers.read(file(folder, "good"))
    assert text == again

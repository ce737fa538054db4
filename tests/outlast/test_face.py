"""The face in Python: what notebooks and scripts import. Every example of its docstrings is run as it stands."""

import asyncio
import doctest
import gc
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import outlast
from outlast import Budget, Client, Comparison, ask, compare
from outlast.evidence.errors import Permanent
from outlast.evidence.report import Claim, Verdict
from outlast.orchestration.client.report import Format, Report, write_files
from tests.terminal import Terminal, ours

pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

QUESTION = "How often does the ferry cross?"
TOLD = "The ferry crosses the sound four times a day."


@pytest.fixture
def folder(request: pytest.FixtureRequest, documents: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The present folder has `documents/`, and nothing of Outlast is set."""
    import os  # noqa: PLC0415 - for its environment alone

    for name in filter(ours, list(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.chdir(documents.parent)
    yield documents.parent
    if "processes" in request.fixturenames:
        # What a client has started outlives its parent on purpose, which Python minds.
        Terminal(documents.parent).kill_everything()
        gc.collect()


def examples(owner: object) -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(recurse=True)
    return [test for test in finder.find(owner, getattr(owner, "__name__", "")) if test.examples]


def shown(test: doctest.DocTest) -> str:
    """Runs the examples; what is wrong with them, as doctest says it."""
    said: list[str] = []
    test.globs = {**vars(outlast), "asyncio": asyncio, **{name: getattr(outlast, name) for name in outlast.__all__}}
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return "".join(said)


@pytest.mark.parametrize("name", [name for name in outlast.__all__ if name in {"ask", "compare", "Report"}])
async def test_the_examples_of_functions_run_as_they_stand(folder: Path, name: str) -> None:
    (await ask(QUESTION, docs="documents")).save("examples/ferry")
    tests = examples(getattr(outlast, name))
    assert tests, "each has an example"
    for test in tests:
        assert await asyncio.to_thread(shown, test) == ""


async def test_the_examples_of_the_client_run_as_they_stand(processes: None, folder: Path) -> None:
    tests = examples(Client)
    assert [test.name for test in tests] == ["Client", "Client.connect"]
    for test in tests:
        assert await asyncio.to_thread(shown, test) == ""


def test_every_public_method_says_what_it_does() -> None:
    for owner in (Client, Report, Comparison):
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            trivial = {"handle", "is_over", "close"}
            if not name.startswith("_") and name not in trivial and owner.__module__ == method.__module__:
                assert inspect.getdoc(method) or name in {"markdown", "question"}, f"{owner.__name__}.{name}"


def test_importing_it_imports_nothing_else() -> None:
    program = (
        "import sys; before = set(sys.modules); import outlast; dir(outlast);"
        "heavy = {'temporalio', 'langgraph', 'langchain_core', 'pydantic', 'rich', 'httpx'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_it_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Clientt'"):
        outlast.Clientt  # noqa: B018 - looking is what fails


async def test_a_report_is_saved_opened_and_checked_again(folder: Path) -> None:
    report = await ask(QUESTION, docs=folder / "documents")
    assert report.answered
    [claim] = report.claims
    assert TOLD in claim.text
    assert report.save("out") == Path("out")
    again = Report.open("out")
    assert again.content == report.content
    assert again.verify().problems == ()
    assert TOLD in again.markdown()
    assert TOLD in again.html()
    assert Report.open(Path("out") / "report.json").json() == again.json()
    framed = again._repr_html_()
    assert framed.startswith("<iframe srcdoc=")
    assert "<script" not in framed, "what is in the frame is escaped"
    assert repr(report) == f"<Report {QUESTION!r}: 1 claims, {len(report.quotes)} quotes>"


async def test_a_text_that_was_changed_is_found(folder: Path) -> None:
    (await ask(QUESTION, docs="documents")).save("out")
    [text] = (folder / "out" / "snapshots").iterdir()
    text.write_text(text.read_text(encoding="utf-8").replace("four times", "nine times"), encoding="utf-8")
    assert Report.open("out").verify().problems


async def test_a_report_from_elsewhere_opens_no_other_file(folder: Path) -> None:
    report = await ask(QUESTION, docs="documents")
    [source] = report.sources
    source = source.model_copy(update={"snapshot": "../../secret"})
    (folder / "report.json").write_text(
        report.content.model_copy(update={"sources": (source,)}).model_dump_json(), encoding="utf-8"
    )
    with pytest.raises(Permanent, match="names a snapshot that cannot be one"):
        Report.open(folder)


def test_a_folder_without_a_report_is_said(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"report\.json cannot be read"):
        Report.open(tmp_path)


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "out" / "report.json").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_files(tmp_path / "out", {"report.json": b"{}"})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.json", "snapshots"]
    assert Format("md") is Format.MARKDOWN


async def test_two_reports_are_compared_claim_by_claim(folder: Path) -> None:
    before = await ask(QUESTION, docs="documents")
    file = folder / "documents" / "ferry.txt"
    file.write_text(file.read_text(encoding="utf-8") + "\n\nThe boat is blue.\n", encoding="utf-8")
    same = compare(before, await ask(QUESTION, docs="documents"))
    assert same.is_same, "the document changed elsewhere: its snapshot is another, its words are the same"
    [kept] = same.kept
    file.write_text(file.read_text(encoding="utf-8").replace("four times", "six times"), encoding="utf-8")
    other = compare(before, await ask(QUESTION, docs="documents"))
    assert other.gone == (before.claims[0],)
    assert [claim.text for claim in other.new] == [kept.text.replace("four", "six")]
    assert str(other) == "1 new, 1 gone, 0 changed, 0 kept claims"
    assert "<td>The ferry crosses the sound six times a day." in other._repr_html_()


async def test_a_claim_with_another_verdict_or_in_other_words_has_changed(folder: Path) -> None:
    before = await ask(QUESTION, docs="documents")
    [section] = before.content.sections
    [claim] = section.claims

    def with_claim(changed: Claim) -> Report:
        sections = (section.model_copy(update={"claims": (changed,)}),)
        return Report(before.content.model_copy(update={"sections": sections}), before.texts)

    for changed in (
        claim.model_copy(update={"verdict": Verdict.UNVERIFIED}),
        claim.model_copy(update={"text": "It crosses <b>four</b> times."}),
    ):
        comparison = compare(before, with_claim(changed))
        [change] = comparison.changed
        assert (change.before, change.after) == (claim, changed)
        assert not comparison.new
        assert not comparison.gone
        assert "<b>" not in comparison._repr_html_()


async def test_a_client_steers_cancels_and_tells_what_a_run_did(processes: None, folder: Path) -> None:
    async with Client.connect() as client:
        with pytest.raises(Permanent, match="There are no documents"):
            await client.start(QUESTION)
        run = await client.start(QUESTION, docs="documents")
        assert (await client.start(QUESTION, docs="documents")).joined
        async for seen in client.watch(run):
            if seen.gates:
                break
        with pytest.raises(Permanent, match="does not fit"):
            await client.decide(run, "retry")
        decided = await client.decide(run, "revise", note="What does a ticket cost?", by="anna")
        assert [gate.subject for gate in decided.gates] == ["plan-1"]
        steered = await client.steer(run, Budget(tokens=1000))
        assert (steered.budget.tokens, steered.interrupted) == (1000, 0)
        with pytest.raises(Permanent, match="names no limit"):
            await client.steer(run, Budget())
        assert (await client.cancel(run, "enough")).status == "cancelled"
        history = await client.history(run.id)
        [gate, *_] = [step for step in history.steps if step.gate]
        assert gate.decision
        assert (gate.decision.decision, gate.decision.by) == ("revise", "anna")
        with pytest.raises(Permanent, match="is cancelled, and has no report"):
            await client.report(run)
        with pytest.raises(Permanent, match='There is no run "ghost"'):
            await client.describe("ghost")

"""What a run may spend, on the command line: set, changed, shown."""

import asyncio
import json
from pathlib import Path

import pytest
from temporalio.client import Client

from outlast.cli.drawing import attempt_text
from outlast.cli.questions import budget_of
from outlast.cli.show import cost_lines
from outlast.evidence.budget import MAX_LIMIT, Budget
from outlast.evidence.report import PhaseUsage
from outlast.evidence.usage import ModelUsage, Usage
from outlast.orchestration.client.describe import Attempt
from outlast.orchestration.embedded import dev_server
from tests.cli.here import Here
from tests.orchestration.research.runs import at_gate, decide, status
from tests.orchestration.research.scripted import Script, scripted_run


def test_options_that_are_left_out_set_no_limit() -> None:
    assert budget_of(None, None) == Budget()
    assert budget_of(0.5, None) == Budget(usd=0.5)
    assert budget_of(None, MAX_LIMIT) == Budget(tokens=MAX_LIMIT)


@pytest.mark.parametrize("command", ["research", "ask"])
@pytest.mark.parametrize(
    ("option", "limit"),
    [
        ("--budget-usd", "nan"),
        ("--budget-usd", "inf"),
        ("--budget-usd", "0"),
        ("--budget-usd", "-0.01"),
        ("--budget-usd", "1e300"),
        ("--budget-tokens", "0"),
        ("--budget-tokens", "-5"),
        ("--budget-tokens", "9" * 400),
        ("--budget-tokens", "many"),
        ("--budget-tokens", "1.5"),
    ],
)
def test_what_cannot_be_a_limit_is_refused_before_anything_begins(
    here: Here, documents: Path, command: str, option: str, limit: str
) -> None:
    done = here.run(command, "What is baked?", "--docs", str(documents), option, limit)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("outlast: ")
    assert option in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 250
    assert not here.home.exists()


def test_to_steer_says_what_may_be_spent(here: Here) -> None:
    done = here.run("steer")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--budget-usd N, --budget-tokens N" in done.stderr


def test_there_must_be_documents_or_the_web(here: Here) -> None:
    assert "--web" in here.run("research", "What is baked?").stderr


async def test_a_budget_is_changed_and_shown(client: Client, here: Here, ports: dev_server.Ports) -> None:
    here.set(TEMPORAL_ADDRESS=ports.address)
    script = Script()
    models = [ModelUsage(model=f"test:{size}", calls=1, input_tokens=500, usd=0.001) for size in ("big", "small")]
    script.spends = {"plan": Usage.of(models)}
    asked = {"question": "What is baked?", "budget": {"usd": 2}}

    async def run(*arguments: str) -> str:
        done = await asyncio.to_thread(here.run, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    async with scripted_run(client, script, asked) as handle:
        await at_gate(handle, "plan-1")
        said = await run("steer", handle.id, "--budget-tokens", "500000", "--at-once")
        assert said == f"{handle.id}: The run may spend 2 USD, 500,000 tokens in total. The next phase uses it.\n"
        assert (await status(handle)).budget == Budget(usd=2, tokens=500_000)
        told = json.loads(await run("steer", handle.id, "--budget-usd", "3", "--json"))
        assert (told["run"], told["budget"]) == (handle.id, {"usd": 3})
        shown = await run("show", handle.id)
        assert "Spent     2 calls, 1,000 tokens, cost 0.0020 USD\n" in shown
        assert "          plan: 2 calls, 1,000 tokens, cost 0.0020 USD\n" in shown
        assert "          test:big: 1 call, 500 tokens, cost 0.0010 USD\n" in shown
        assert "Budget    3 USD, 500,000 tokens\n" in shown
        await decide(handle, "reject")
        await handle.result()
    facts = json.loads(await run("show", handle.id, "--json"))
    assert facts["budget"] == {"usd": 3, "tokens": 500_000}
    assert facts["usage"]["tokens"] == facts["phases"]["plan"]["tokens"] == 1_000
    refused = await asyncio.to_thread(here.run, "steer", handle.id, "--budget-usd", "3")
    assert refused.returncode == 2
    assert "has ended" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_run_that_spends_nothing_and_may_spend_anything_says_nothing_of_it() -> None:
    assert list(cost_lines((), Budget())) == []
    assert list(cost_lines((), Budget(tokens=5))) == ["Budget    5 tokens"]
    searched = PhaseUsage(phase="investigate", usage=Usage(searches=2, pages=1))
    assert next(cost_lines((searched,), Budget())) == "Spent     2 searches, 1 page read"


def test_an_attempt_shows_what_it_takes() -> None:
    progress = {"step": 2, "finished": {"read": 3}, "calls": 4, "tokens": 5_678, "usd": 0.01}
    said = attempt_text(Attempt("investigate", 1, progress, ""))
    assert said.startswith("step 2: read 3 done; 4 calls, 5,678 tokens")
    assert "0.0100 USD" in said
    assert "calls" not in attempt_text(Attempt("investigate", 1, {"step": 2, "calls": 0, "tokens": 0}, ""))

"""Kill a graph at every call and at every step, resume it, and compare."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from langgraph_heartbeat._watchdog import watch_event_loop

from ._attempts import HEARTBEAT_TIMEOUT
from ._comparing import difference
from ._crash_report import CrashReport, Kill
from ._kill_points import KillPlan, KillPoint, Moment
from ._named_functions import watched
from ._subject import Subject
from ._trial import Answers, Trial, run_trial
from ._world import CallKey

ALL_MOMENTS: tuple[Moment, ...] = get_args(Moment)


async def crashes(
    graph: object,
    input: Any = None,  # noqa: A002 - LangGraph's word for it
    *,
    answers: Answers = None,
    functions: Sequence[str] = (),
    moments: Collection[Moment] = ALL_MOMENTS,
    in_a_row: int = 1,
    only: Collection[int] | None = None,
    key: Callable[[Any], Any] | None = None,
    context: object = None,
    config: Mapping[str, Any] | None = None,
    name: str | None = None,
    **options: Any,
) -> CrashReport:
    """Run a graph as a durable activity, kill it at every call and at every step, and compare the results.

    It needs no server and starts no process: each attempt is the real activity, and where it is killed, the next one
    gets the bytes of its last heartbeat and nothing else. A kill takes about as long as two runs of the graph.

    - `graph`: a `StateGraph`, a compiled graph, an `@entrypoint`, or an activity of `durable` or `phase_activity`; or a
      function that makes one of them, which is called for each process. Give a function if the graph keeps something in
      the memory of its process: counters, caches, doubles of services. An `InMemoryStore` and an `InMemoryCache` of the
      graph lose in each crash what was put into them, and a `ScriptedChatModel` goes on where it was.
    - `input`: the input of the graph; for an activity of `phase_activity`, its request.
    - `answers`: the answers to questions, by texts that occur in them, or a function of the `Question`.
    - `functions`: names of other functions that are calls, for example `["shop.pay"]`: each is killed before and after
      it, as models, tools and retrievers are. A name is where the function is looked up, as for `unittest.mock.patch`.
    - `moments`: "before" a call; "after" it, when its answer is there and nothing has come of it; and at each "step",
      of which nothing has begun, and when the result is there.
    - `in_a_row`: how often each run is killed: with 2, the attempt after the kill is killed again at its next moment of
      the same kind.
    - `only`: the numbers of the kills, from a report, that shall be repeated.
    - `key(result)`: what of a result is compared. By default everything but the ids of messages; other UUIDs may differ
      if each is found in the same places.
    - `context`, `config`: LangGraph's run context, and the config of the request.
    - `name` and `options` are those of `durable`, for example `store` or `types`.

    The graph is first run twice without a crash. If these runs differ, the report is about that, and there are no
    kills. If the graph fails, the failure is raised, for example for a state that no checkpoint can hold. `TypeError`
    or `ValueError` is raised for arguments that cannot be used, and `AssertionError` for a question without an answer.

    ```python
    import asyncio

    from langchain.agents import create_agent
    from langchain_core.tools import tool
    from langgraph_heartbeat.testing import ScriptedChatModel, calling, crashes


    @tool
    def tide(place: str) -> str:
        "Look up the tide at a place."
        return f"high at {place}"


    script = [calling("tide", place="Dover"), "The tide is high."]
    agent = create_agent(ScriptedChatModel(script), [tide])
    report = asyncio.run(crashes(agent, {"messages": [{"role": "user", "content": "How is the tide?"}]}))
    report.check()
    assert len(report.calls) == 3
    ```
    """
    if unknown := [moment for moment in moments if moment not in ALL_MOMENTS]:
        raise ValueError(f"A kill comes 'before' or 'after' a call or at a 'step', not at {unknown[0]!r}.")
    if type(in_a_row) is not int or in_a_row < 1:
        raise ValueError(f"The kills in a row are a number from 1 on, not {in_a_row!r}.")
    subject = Subject(graph, options, name=name, context=context)
    test = CrashTest(subject, input, config, answers, key or same, in_a_row)
    # One thread of the watchdog serves all attempts: starting one takes longer than a small graph.
    with watched(functions), watch_event_loop("crashes", HEARTBEAT_TIMEOUT / 3, {}):
        undisturbed = await test.run()
        if undisturbed.failure:
            raise undisturbed.failure
        calls = [site.label for site in undisturbed.world.begun.values()]
        again, kills = await test.run(), list[Kill]()
        unstable = test.difference(undisturbed, again) or difference_of_calls(undisturbed, again)
        for number, point in enumerate((each for each in undisturbed.points if each.moment in moments), 1):
            if not unstable and (only is None or number in only):
                kills.append(await test.kill_at(point, number, undisturbed))
        subject.close()
    return CrashReport(undisturbed.name, undisturbed.outcome, calls, kills, unstable)


@dataclass(frozen=True)
class CrashTest:
    """What all runs of a crash test have in common."""

    subject: Subject
    given: Any
    config: Mapping[str, Any] | None
    answers: Answers
    key: Callable[[Any], Any]
    in_a_row: int

    async def run(self, plan: KillPlan | None = None, undisturbed: Trial | None = None) -> Trial:
        known = undisturbed.world if undisturbed else None
        return await run_trial(
            self.subject, self.given, config=self.config, answers=self.answers, plan=plan, known=known
        )

    async def kill_at(self, point: KillPoint, number: int, undisturbed: Trial) -> Kill:
        began, plan = time.perf_counter(), KillPlan(point, self.in_a_row)
        trial = await self.run(plan, undisturbed)
        seconds = time.perf_counter() - began
        text = self.difference(undisturbed, trial) or missing_call(undisturbed, trial)
        if not plan.reached:
            text = "it was not reached, although two runs without a crash came there: the graph is not deterministic"
        return Kill(number, str(point), text, tuple(made_again(undisturbed, trial)), trial.attempts, seconds)

    def difference(self, undisturbed: Trial, trial: Trial) -> str:
        """Return how the outcome of a run differs; "" if it is the same."""
        if trial.failure:
            return f"the run failed with {trial.failure.type}: {trial.failure.message}"
        return difference(self.key(undisturbed.outcome), self.key(trial.outcome))


def difference_of_calls(undisturbed: Trial, again: Trial) -> str:
    """Return how the calls of another undisturbed run differ. Parallel ones may come in another order."""
    expected, found = (sorted(map(str, each.world.begun.values())) for each in (undisturbed, again))
    return difference(expected, found, "the list of calls")


def missing_call(undisturbed: Trial, trial: Trial) -> str:
    """Return which call the undisturbed run made and this one never did."""
    never = [key for key in undisturbed.world.finished if key not in trial.world.finished]
    return f"the call {label_of(never[0], undisturbed)} was never made" if never else ""


def made_again(undisturbed: Trial, trial: Trial) -> list[str]:
    """Return the calls that were made to their end more often than in the undisturbed run."""
    return [label_of(key, trial) for key in (trial.world.finished - undisturbed.world.finished).elements()]


def label_of(key: CallKey, trial: Trial) -> str:
    return next(str(site) for (each, _), site in trial.world.begun.items() if each == key)


def same(result: Any) -> Any:
    return result

"""One run of a phase to its end, over its attempts, its crashes and its questions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio.exceptions import ApplicationError

from langgraph_heartbeat._messages import Paused, Question, Resume

from ._attempts import Details, Ended, RunningAttempt
from ._kill_points import KillPlan, KillPoint
from ._subject import Subject
from ._world import Site, World

MAX_PAUSES = 100
"""Maximum number of times that a graph may stop to ask."""

Answers = Mapping[str, Any] | Callable[[Question], Any] | None
"""The answers to questions: by texts that occur in them, or a function of the question."""


class UnansweredError(AssertionError):
    """The graph asks what the crash test does not answer."""


@dataclass
class Trial:
    """A run, and what it made."""

    name: str
    world: World
    outcome: Any = None
    failure: ApplicationError | None = None
    attempts: int = 0

    @property
    def points(self) -> list[KillPoint]:
        """The points at which a run may be killed, in their order: around each call, and at each step."""
        calls = [
            KillPoint(moment, site, key, failures)
            for (key, failures), site in self.world.begun.items()
            for moment in (("before", "after") if (key, failures) in self.world.ended else ("before",))
        ]
        steps = self.world.steps
        return calls + [KillPoint("step", Site(), activity=activity, step=step) for activity, step in steps]


async def run_trial(
    subject: Subject,
    given: object,
    *,
    config: Mapping[str, Any] | None = None,
    answers: Answers = None,
    plan: KillPlan | None = None,
    known: World | None = None,
) -> Trial:
    """Run to the end. Where `plan` kills the process, another one continues from the bytes of the last heartbeat."""
    process, resume, plan = subject.start_process(), Resume(), plan or KillPlan()
    trial = Trial(process.name, World(known))
    request = subject.request(process, given, config)
    for activity_number in range(1, MAX_PAUSES + 1):
        details: Details = ()
        number = 0
        while True:
            number += 1
            attempt = RunningAttempt(
                trial.world,
                plan,
                details,
                activity_number=activity_number,
                number=number,
                heartbeats_at_once=process.sends_in_parts,
            )
            ended = await attempt.run(process.run, (request, resume))
            trial.attempts += 1
            if not (ended.is_dead or is_retried(ended)):
                break
            details = ended.details
            if ended.is_dead:
                process = subject.start_process()
                trial.world.begin_process()
        trial.outcome, trial.failure = ended.outcome, ended.failure
        if not isinstance(ended.outcome, Paused):
            return trial
        resume = resume_of(ended.outcome, answers)
    raise UnansweredError(f"The graph has asked {MAX_PAUSES} times, and asks again.")


def is_retried(ended: Ended) -> bool:
    return ended.failure is not None and not ended.failure.non_retryable


def resume_of(paused: Paused, answers: Answers) -> Resume:
    return Resume(
        checkpoint=paused.checkpoint, answers={each.id: answer_to(each, answers) for each in paused.questions}
    )


def answer_to(question: Question, answers: Answers) -> Any:
    """Return the answer to a question; raise `UnansweredError` if there is none."""
    if question.refused:
        raise UnansweredError(f"The graph refused the answer to {question.value!r}: {question.refused}.")
    if callable(answers):
        return answers(question)
    for text, answer in (answers or {}).items():
        if text in str(question.value):
            return answer
    raise UnansweredError(
        f"The graph asks {question.value!r}, and crashes(...) has no answer: "
        "give it answers={'a text in the question': answer}, or answers=a function of the Question."
    )

"""All errors of Outlast in one drawing. The class of an error says who can act on it, and so what happens next.

OutlastError              Catch this to catch every error that Outlast raises on purpose.
|
+-- Transient             The same call may succeed later; `retry_after` says when, if the other side said so. Raised by
|   |                     all code that calls the outside world. The call is tried again for about a minute in all;
|   |                     after that the attempt fails, and Temporal tries the phase again from its checkpoint.
|   |                     Exit code 1, if no run could retry it.
|   +-- Malformed         A model's server replied with status 200, but without an answer.
|   +-- UnavailablePage   A site is out of order. If retries fail, the report lists the page as not reached.
|
+-- Permanent             The same call will fail again; the message says what to fix. Any code may raise it, also
|   |                     cli/. The run fails with the message. Exit code 2 if a command cannot do what it was asked
|   |                     for, 1 if it follows a run that fails.
|   +-- NotAccepted       A model's server refuses the form of a request. The request is sent in another form.
|   +-- ContextTooLong    A prompt exceeds the model's context. The request is sent again with less.
|   +-- Refused           A model, or its provider's filter, refuses to answer. It becomes Unfitting.
|   +-- Unfitting         The answer does not match its schema, even after repairs. The passage or claim that it is
|   |                     about is lost; if the whole phase needs the answer, the run fails.
|   +-- RefusedQuery      A search engine rejects one query. The query is lost, and the report says so.
|   +-- UnreadablePage    A page is refused, missing or useless. The report lists it as not reached.
|   +-- Packed            A page cannot be decompressed, or must not be. It becomes UnreadablePage.
|   +-- Unreadable        A file cannot be read as a document. It is skipped, and the report lists it.
|   +-- NoRunYet          No run was ever started in this folder. Raised by orchestration/embedded/connection, which
|   |                     starts no server just to look for a run.
|   +-- MissingObject     No object has the key. If a person can restore it, the error becomes NeedsOperator.
|
+-- NeedsOperator         A person must act first (a key, a quota, a full disk); `what_to_do` says what. Raised by
|   |                     tools/, orchestration/ and cli/. The run waits at the gate `operator` and continues from its
|   |                     checkpoint afterwards; nothing is lost. Exit code 4, if there is no run.
|   +-- BrokenExtension   An engine, a reader or a reasoner of another package cannot be used; the others can.
|   +-- NoTemporalError   No Temporal server is installed here. The SDK downloads one if it is allowed to.
|
+-- LimitReached          A budget is used up. Raised by tools/models/metering only. The run does not fail: graphs/
|                         continue with what they have; the report says what is missing. Exit code 1.
|
+-- Interrupted           Ctrl-C, in cli/ only. The run waits or continues. Exit code 130.

Beside the tree: errors that stay inside the part of the code that raises them, and stand-ins for errors of libraries.

EndedAtGate               orchestration/research/spine: a gate ended the run. This is an outcome and no failure;
                          exit code 3.
CannotKeepError           orchestration/embedded/child_process: a process ends right after each start. The supervisor
                          ends, and commands that wait for it raise NeedsOperator.
DamagedIndexError         tools/retrieval/passage_index: an index is damaged. It is built again.
Redacted                  tools/redacting: replaces a library's exception whose text held a secret, as a cause.
GraphPausedError          langgraph_heartbeat: a graph that runs in this process asks a question that nobody can answer.
UnusableError             langgraph_heartbeat: a checkpoint cannot be resumed. The phase starts again without it.
+-- OtherGraphError       It has other nodes, edges or channels than the graph. As UnusableError.
UnknownTypeError          langgraph_heartbeat: a checkpoint holds a type that is not allowed. As UnusableError.
UnfitError                langgraph_heartbeat: a checkpoint would not restore a value as it is. The phase fails at
|                         once, as `Unfit`.
+-- UnfitChannelError     The same error, with the name of the channel that holds the value.
TooLargeError             langgraph_heartbeat: a state is too large for a heartbeat. The phase fails as `TooLarge`.
UnsupportedStopError      langgraph_heartbeat: a graph stopped where a phase cannot wait. The phase fails at once, as
                          `Breakpoint` or `Unanswerable`.
LostWorkersError          langgraph_heartbeat: workers die again and again before a phase makes progress. It fails as
                          `Stuck`.
NotAcceptedError          langgraph_heartbeat: what a person sent to a RunGraph does not fit. It is refused.
Refusal                   langgraph_heartbeat: its command cannot do what it was asked for, and says why. Exit code 1.
DoubleKeyError            langgraph_heartbeat: a langgraph.json has a key twice. It becomes a Refusal.
KilledError               langgraph_heartbeat.testing: stands for the death of a process, in crashes().
UnansweredError           langgraph_heartbeat.testing: a graph asks what its test has no answer to.
ScriptError               langgraph_heartbeat.testing: a script of a model has no answer to what it is asked.

What Temporal keeps of them is an ApplicationError whose type is the class's name (`Transient`, `NeedsOperator`, ...).
These types have no class: BadInput (a person's input is refused, in one line); BadRequest, MissingPlugin and
RecursionLimit (a defect: the run fails); Handover and Fenced (an attempt ends, another one continues); Stuck (the same
failure three times in a row without progress: the gate `operator`). Any other exception is a defect or an accident:
Temporal tries the phase again until it is Stuck, and a command prints its traceback, with exit code 1.
"""

from datetime import timedelta


class OutlastError(Exception):
    """The base class of all errors that Outlast raises on purpose."""


class Transient(OutlastError):
    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(OutlastError):
    pass


class NeedsOperator(OutlastError):
    def __init__(self, message: str, what_to_do: str) -> None:
        super().__init__(f"{message} {what_to_do}")
        self.what_to_do = what_to_do


class LimitReached(OutlastError):
    """`used` and `limit` are in the unit that `kind` names, such as "usd", "tokens", "calls", "searches"."""

    def __init__(self, kind: str, used: float, limit: float) -> None:
        super().__init__(f"The limit of {limit:g} {kind} is reached ({used:g} used).")
        self.kind = kind
        self.used = used
        self.limit = limit

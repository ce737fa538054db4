"""The command line. It shows, never decides: each command is a file, imported when it is called."""

import asyncio
import os
import sys
import traceback
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.exits import Exit
from evidence.errors import NeedsOperator, OutlastError, Permanent

app = typer.Typer(
    help="A question and documents in, a report out in which every sentence can be checked. Runs outlast crashes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id; without it, the newest.", show_default=False)]


@app.command()
def research(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")],
    docs: Annotated[Path | None, typer.Option(metavar="DIR", help="The folder with the documents.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the report goes.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve the plan and the report without asking.")] = False,
) -> None:
    """Research a question in a folder of documents, from the plan to the report."""
    from cli.research import research as command  # noqa: PLC0415 - `outlast --help` answers at once

    run(command(question, docs, out, approve=yes))


@app.command()
def watch(run_id: Run = "", out: Annotated[Path | None, typer.Option(metavar="DIR")] = None) -> None:
    """Follow a run to its end; brings back server and worker if they are gone."""
    from cli.watch import watch as command  # noqa: PLC0415

    run(command(run_id, out))


@app.command()
def show(run_id: Run = "") -> None:
    """Show a run: its phases, gates, times, and where its report is."""
    from cli.show import show as command  # noqa: PLC0415

    run(command(run_id))


@app.command()
def decide(
    decision: Annotated[str, typer.Argument(metavar="approve|revise|reject|retry|stop|answer")],
    run_id: Annotated[str, typer.Option("--run", metavar="RUN", help="The run; without it, the newest.")] = "",
    gate: Annotated[
        str, typer.Option(metavar="GATE", help="plan, report, operator, questions; without it, the open one.")
    ] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="What to change, or why.")] = "",
    answers: Annotated[str, typer.Option(metavar="JSON", help="Answers by the ids of their questions.")] = "",
) -> None:
    """Decide at the gate where a run waits."""
    from cli.decide import decide as command  # noqa: PLC0415

    run(command(decision, run_id, gate, note, answers))


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(metavar="REPORT.json")],
    objects: Annotated[Path | None, typer.Option(metavar="DIR", help="An object store to look in as well.")] = None,
) -> None:
    """Check every quote of a report again: no network, no key, no server."""
    from cli.verify import verify as command  # noqa: PLC0415

    run(command(report, objects))


@app.command()
def up(docs: Annotated[Path | None, typer.Option(metavar="DIR", help="The default documents of runs.")] = None) -> None:
    """Run server, worker and Temporal's UI in the foreground."""
    from cli.up import up as command  # noqa: PLC0415

    run(command(docs))


@app.command()
def worker() -> None:
    """Run a worker: the same as `python worker.py`."""
    from worker import main as command  # noqa: PLC0415

    command()


@app.command()
def doctor() -> None:
    """Check what Outlast needs on this machine, and say what to do where something is missing."""
    from cli.doctor import doctor as command  # noqa: PLC0415

    run(command())


def run(command: Coroutine[Any, Any, Exit]) -> None:
    raise typer.Exit(asyncio.run(command))


def main() -> None:
    code = exit_code()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without the interpreter's farewell: threads of Temporal's client may be in the middle of a call, and a thread that
    # comes back to a Python that is closing down aborts the process, with another exit code than ours.
    os._exit(code)


def exit_code() -> int:
    """Errors that Outlast raises on purpose are one line; all others are defects, and show where they are."""
    try:
        app()
    except OutlastError as error:
        print(f"outlast: {error}", file=sys.stderr)  # noqa: T201 - the one place where errors end
        match error:
            case Permanent():
                return Exit.BAD_INPUT
            case NeedsOperator():
                return Exit.UNREACHABLE
            case _:
                return Exit.FAILED
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else Exit.FAILED if leaving.code else Exit.DONE
    except BaseException:  # noqa: BLE001 - shown whole, and it still must not meet the interpreter's farewell
        traceback.print_exc()
        return Exit.FAILED
    return Exit.DONE

"""Options that several commands share, and how `--help` lists the commands."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


def complete_run_ids(incomplete: str) -> list[tuple[str, str]]:
    from outlast.cli.completion import run_ids  # noqa: PLC0415 - needed only when a shell asks

    return run_ids(incomplete)


Json = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, and text for people to stderr.")]
"""Pass this to `outlast.cli.output.Output(as_json=...)`."""

Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Id of the run. The newest run by default.",
        show_default=False,
        autocompletion=complete_run_ids,
    ),
]

OpenRun = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Id of the run. The only run that is under way by default.",
        show_default=False,
        autocompletion=complete_run_ids,
    ),
]

Runs = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN", help="Ids of runs. The newest run by default.", autocompletion=complete_run_ids),
]

Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write the report to.")]

Docs = Annotated[
    list[Path] | None,
    typer.Option("--docs", metavar="DIR", help="Folder with the documents, or a document. May be repeated."),
]

Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Leave out files that match this pattern of a .gitignore. May be repeated."),
]

Web = Annotated[bool, typer.Option("--web", help="Search the web too, or the web alone if no documents are named.")]

BudgetUsd = Annotated[
    float | None, typer.Option("--budget-usd", metavar="N", help="Maximum cost of the run in US dollars.")
]
BudgetTokens = Annotated[
    int | None, typer.Option("--budget-tokens", metavar="N", help="Maximum number of model tokens of the run.")
]
"""Pass both to `outlast.cli.questions.budget_of`."""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve the plan and the report without asking.")]

DOCS_HELP = "Manage named collections: index a folder once, then name its documents from anywhere."


class CommandGroups(TyperGroup):
    """A group of commands that lists each under its `rich_help_panel`, in the order in which they were defined."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer passes it
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            if not command.hidden:
                group = str(getattr(command, "rich_help_panel", None) or "Commands")
                groups.setdefault(group, []).append((name, command.get_short_help_str(200)))
        width = max(len(name) for name in self.commands)
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(width), help_text) for name, help_text in rows])

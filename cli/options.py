"""Options that several commands take, with the same words everywhere, and how `--help` lists the commands."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup


def complete_run_ids(incomplete: str) -> list[tuple[str, str]]:
    from outlast.cli.completion import run_ids  # noqa: PLC0415 - needed when a shell asks, and by nothing else

    return run_ids(incomplete)


Json = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, and what people read to stderr.")]
"""Hand it to `outlast.cli.output.Output(as_json=...)`."""

Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A run's id; without it, the newest.", show_default=False, autocompletion=complete_run_ids
    ),
]

Runs = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN", help="Ids of runs; without one, the newest.", autocompletion=complete_run_ids),
]

Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write the report to.")]

Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Leave out files that match, as in a .gitignore. May be repeated."),
]

Web = Annotated[bool, typer.Option("--web", help="Search the web too; without documents, the web alone.")]

BudgetUsd = Annotated[
    float | None, typer.Option("--budget-usd", metavar="N", help="What the run may cost at most, in US dollars.")
]
BudgetTokens = Annotated[
    int | None, typer.Option("--budget-tokens", metavar="N", help="How many tokens of models the run may take at most.")
]
"""Hand both to `outlast.cli.questions.budget_of`."""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve the plan and the report without asking.")]


DOCS_HELP = "Collections of documents with a name: index a folder once, ask it from anywhere."


class CommandGroups(TyperGroup):
    """Lists each command under its `rich_help_panel`, in the order in which they were defined."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as typer calls it
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            if not command.hidden:
                group = str(getattr(command, "rich_help_panel", None) or "Commands")
                groups.setdefault(group, []).append((name, command.get_short_help_str(200)))
        widest = max(len(name) for name in self.commands)
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(widest), said) for name, said in rows])

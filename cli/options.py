"""Options that several commands take, with the same words everywhere."""

from pathlib import Path
from typing import Annotated

import typer


def known_runs(incomplete: str) -> list[tuple[str, str]]:
    from outlast.cli.completing import runs  # noqa: PLC0415 - needed when a shell asks, and by nothing else

    return runs(incomplete)


Json = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, and what people read to stderr.")]
"""Hand it to `outlast.cli.output.Output(as_json=...)`."""

Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A run's id; without it, the newest.", show_default=False, autocompletion=known_runs
    ),
]

Runs = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN", help="Ids of runs; without one, the newest.", autocompletion=known_runs),
]

Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the report goes.")]

Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Leave out what fits, as .gitignore would. Repeat it for more."),
]

Web = Annotated[bool, typer.Option("--web", help="Search the web too; without documents, the web alone.")]

BudgetUsd = Annotated[
    float | None, typer.Option("--budget-usd", metavar="N", help="What the run may cost at most, in US dollars.")
]
BudgetTokens = Annotated[
    int | None, typer.Option("--budget-tokens", metavar="N", help="How many tokens of models the run may take at most.")
]
"""Hand both to `outlast.cli.budgets.budget_of`."""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve the plan and the report without asking.")]

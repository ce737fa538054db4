"""How `outlast --help` lists the commands: in groups, and every line whole."""

from typing import Any

from typer.core import TyperGroup


class Groups(TyperGroup):
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

"""Measured figures with their targets, as a table and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """A measured value; None if it could not be measured. `note` says why, or under which conditions it was made."""

    name: str
    value: float | None
    unit: str
    target: str = ""
    met: bool = True
    note: str = ""


def seconds(name: str, value: float, note: str = "") -> Figure:
    return Figure(name, round(value, 3), "s", note=note)


def at_most(limit: float, figure: Figure) -> Figure:
    """Return the same figure with a target, and whether it meets the target."""
    met = figure.value is not None and figure.value <= limit
    return Figure(figure.name, figure.value, figure.unit, f"at most {limit:g}", met, figure.note)


def table(figures: Sequence[Figure]) -> str:
    rows = [(figure.name, value_text(figure), target_text(figure), figure.note) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {target:<{widths[2]}}  {note}".rstrip()
        for name, value, target, note in rows
    )


def value_text(figure: Figure) -> str:
    if figure.value is None:
        return "not measured"
    return f"{figure.value:.2f} {figure.unit}" if isinstance(figure.value, float) else f"{figure.value} {figure.unit}"


def target_text(figure: Figure) -> str:
    if not figure.target:
        return ""
    return f"{figure.target}: {'met' if figure.met else 'MISSED'}"


def write_results(figures: Sequence[Figure], machine: Mapping[str, str | int], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {"machine": dict(machine), "figures": [asdict(figure) for figure in figures]}
    file.write_text(json.dumps(kept, indent=2) + "\n")

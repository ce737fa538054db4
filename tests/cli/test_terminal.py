"""What comes out of the console, whatever it was given: lines, tables, pages of Markdown, and what is drawn live."""

import io

import pytest
from rich.console import RenderableType
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from outlast.cli.exits import report_error
from outlast.cli.terminal import PlainConsole, print_table, show_markdown
from outlast.evidence.text import UNSAFE

EVIL = "a\x9b2J\u202eturned\u2066in\u0085line\u2028end\U000e0068\u200bz\rover"


def table() -> Table:
    made = Table(EVIL)
    made.add_row(EVIL)
    return made


@pytest.mark.parametrize("given", [EVIL, Text(EVIL), table(), Markdown(EVIL), Panel(EVIL, title=EVIL)])
def test_nothing_that_is_printed_is_obeyed(given: RenderableType) -> None:
    written = io.StringIO()
    PlainConsole(file=written, width=60).print(given)
    assert "turned" in written.getvalue()
    assert UNSAFE.search(written.getvalue()) is None


def test_tables_and_pages_for_a_terminal_and_for_a_pipe() -> None:
    for is_terminal in (True, False):
        written = io.StringIO()
        console = PlainConsole(file=written, width=60, force_terminal=is_terminal, color_system=None)
        print_table(console, table())
        show_markdown(console, EVIL)
        assert written.getvalue().count("turned") == 3
        assert UNSAFE.search(written.getvalue()) is None


def test_a_defect_whose_message_came_from_outside(capsys: pytest.CaptureFixture[str]) -> None:
    assert report_error(ZeroDivisionError(f"\x1b{EVIL}"), as_json=False) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert UNSAFE.search(said) is None

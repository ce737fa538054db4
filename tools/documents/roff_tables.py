"""The tables of manual pages, as tbl(1) reads them: options, formats of the columns, then a line a row."""

import re

OPTION = re.compile(r"tab\s*\((.)\)")
BLOCK = re.compile(r"T\{\n(.*?)\nT\}", re.DOTALL)
RULE = re.compile(r"\s*[_=]\s*")
COLUMN_DETAILS = re.compile(r"\([^)]*\)|f[A-Z]\w?")
ROW_FORMAT = re.compile(r"[lrcnasLRCNAS^_=|]")


def read_table(lines: list[str]) -> tuple[list[list[str]], int]:
    """Return the rows of a table, as the cells' raw text, and how many rows at the top are set as headers.

    A cell that its format spans over several columns is repeated in each of them.
    """
    lines = [line for line in lines if not line.startswith(('.\\"', "'\\\""))]
    separator = "\t"
    if lines and lines[0].rstrip().endswith(";"):
        found = OPTION.search(lines.pop(0))
        separator = found.group(1) if found else separator
    formats = list[str]()
    while lines:
        line = lines.pop(0)
        formats += line.rstrip().removesuffix(".").split(",")
        if line.rstrip().endswith("."):
            break
    body = BLOCK.sub(lambda block: " ".join(block.group(1).split("\n")), "\n".join(lines))
    rows, headers = list[list[str]](), 0
    for line in body.split("\n"):
        if RULE.fullmatch(line) or not line.strip():
            headers = headers or (len(rows) if len(rows) < 3 else 0)
        elif not line.startswith((".", "'")):
            layout = formats[min(len(rows), len(formats) - 1)] if formats else ""
            rows.append(_spanned([" ".join(cell.split()) for cell in line.split(separator)], layout))
    if not headers and len(rows) > 1 and formats and re.search(r"[bB]|f3|f\(CB", formats[0]):
        headers = 1
    return rows, headers


def _spanned(cells: list[str], layout: str) -> list[str]:
    columns = [
        column.lower() for column in ROW_FORMAT.findall(re.sub(r"\([^)]*\)|f[A-Z]\w?", "", layout)) if column != "|"
    ]
    values, remaining = list[str](), iter(cells)
    for column in columns:
        values.append((values[-1] if values else "") if column == "s" else next(remaining, ""))
    return values + list(remaining) if len(columns) >= len(cells) or "s" in columns else cells

"""The tables of TeX: rows end with two backslashes, cells with an ampersand."""

import re

PART = re.compile(
    r"\\(?P<edge>begin|end)\{[^{}]*\}|\\(?P<rule>hline|midrule|toprule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot)\b"
    r"|(?P<partial>\\(?:cline|cmidrule)(?:\([^)]*\))?\{[^{}]*\})|(?P<row>\\\\\*?(?:\[[^\]]*\])?|\\tabularnewline\b)"
    r"|\\.|(?P<comment>(?<!\\)%[^\n]*\n?)|(?P<brace>[{}])|(?P<cell>&)",
    re.DOTALL,
)


def split_table(source: str) -> tuple[list[list[str]], int]:
    """Return the source of the cells, row by row, and how many rows stand above the first rule below a row."""
    rows, cells = list[list[str]](), list[str]()
    start = depth = header_rows = 0
    for part in PART.finditer(source):
        if part.group("edge"):
            depth += 1 if part.group("edge") == "begin" else -1
        elif part.group("brace"):
            depth += 1 if part.group("brace") == "{" else -1
        elif depth <= 0 and (part.group("cell") or part.group("row")):
            cells.append(source[start : part.start()])
            start = part.end()
            if part.group("row"):
                rows.append(cells)
                cells = []
        elif depth <= 0 and (part.group("rule") or part.group("partial")):
            is_blank = not source[start : part.start()].strip() and not cells
            start = part.end() if is_blank else start
            header_rows = header_rows or (len(rows) if part.group("rule") and is_blank else 0)
    if cells or source[start:].strip():
        rows.append([*cells, source[start:]])
    return rows, header_rows if header_rows < len(rows) else 0

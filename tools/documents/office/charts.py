"""The words and figures of charts and diagrams, which are parts of their own beside the document."""

from typing import Any

from outlast.tools.documents.office.package import local_name

MAX_POINTS = 10_000


def chart_title(root: Any) -> str:
    """Return the title of a chart, or ""."""
    title = root.find(".//{*}chart/{*}title")
    return " ".join(paragraphs(title)) if title is not None else ""


def chart_rows(root: Any) -> list[list[str]]:
    """Return the data of a chart as rows: the names of its series, then a row for each category; [] if it has none."""
    columns: list[dict[int, str]] = []
    names: list[str] = []
    categories: dict[int, str] = {}
    for series in (each for each in root.iter() if local_name(each) == "ser"):
        values = _points(series.find("{*}val")) or _points(series.find("{*}yVal"))
        categories = categories or _points(series.find("{*}cat")) or _points(series.find("{*}xVal"))
        names.append(" ".join(_points(series.find("{*}tx")).values()))
        columns.append(values)
    numbers = sorted({number for column in (categories, *columns) for number in column})
    if not columns or not numbers:
        return [[name] for name in names if name]
    rows = [["", *names]] if any(names) else []
    return rows + [[categories.get(number, ""), *(column.get(number, "") for column in columns)] for number in numbers]


def other_words(root: Any) -> list[str]:
    """Return the other texts of a chart: the titles of its axes, and labels."""
    return [
        text
        for element in root.iter()
        if local_name(element) == "rich" and not _is_in_main_title(element)
        for text in paragraphs(element)
    ]


def paragraphs(element: Any) -> list[str]:
    """Return the texts of the drawing paragraphs (`a:p`) in an element, without empty ones."""
    found = ("".join(str(t.text or "") for t in each.iter("{*}t")) for each in element.iter("{*}p"))
    return [text for text in found if text.strip()]


def diagram_words(root: Any) -> list[str]:
    """Return the texts of a diagram (SmartArt) in the order in which it keeps them."""
    return [text for point in root.iter("{*}pt") for text in paragraphs(point)]


def _points(data: Any | None) -> dict[int, str]:
    """Return the values that a chart keeps of a range of cells, by their numbers."""
    if data is None:
        return {}
    found: dict[int, str] = {}
    for point in data.iter("{*}pt"):
        number, value = str(point.get("idx") or ""), point.find("{*}v")
        if number.isdecimal() and value is not None and value.text and len(found) < MAX_POINTS:
            index = int(number)
            found[index] = f"{found[index]} {value.text}" if index in found else str(value.text)
    if not found and (value := data.find("{*}v")) is not None and value.text:
        found[0] = str(value.text)
    return found


def _is_in_main_title(element: Any) -> bool:
    title = next(element.iterancestors("{*}title"), None)
    return title is not None and local_name(title.getparent()) == "chart"

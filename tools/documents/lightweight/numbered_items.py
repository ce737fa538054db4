"""The numbers of items in Markdown: the page counts the items of a list, whatever numbers the file has."""

import re

from markdown_it.token import Token

TYPED_NUMBER = re.compile(r"(?P<before>[\s>]*)\d{1,9}(?=[.)])")


def with_shown_numbers(lines: list[str], tokens: list[Token]) -> list[str]:
    """Return the lines of a file with the numbers that its page shows before items."""
    shown = list(lines)
    numbers: list[int | None] = []  # of the open lists, the number of the next item
    for token in tokens:
        if token.type == "ordered_list_open":
            numbers.append(int(token.attrs.get("start", 1)))
        elif token.type == "bullet_list_open":
            numbers.append(None)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            numbers.pop()
        elif token.type == "list_item_open" and token.map is not None and (number := numbers[-1]) is not None:
            numbers[-1] = number + 1
            line = shown[token.map[0]]
            if token.info != str(number) and (typed := TYPED_NUMBER.match(line)) is not None:
                shown[token.map[0]] = f"{typed.group('before')}{number}{line[typed.end() :]}"
    return shown

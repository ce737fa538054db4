"""What the address of a web page looks like: nothing else becomes a link in a report."""

import re

WEB_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?"  # a host alone: no user's name or password before it
    r"(?:[/?#][!#-;=?-\[\]-~]*)?",  # printable ASCII but for blanks, quotation marks, angle brackets and backslashes
    re.IGNORECASE,
)


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address in the characters that every program takes for one."""
    return WEB_ADDRESS.fullmatch(text) is not None

"""No secret reaches people, logs or tracebacks."""

import base64
import traceback
from urllib.parse import quote

import pytest

from outlast.tools.redacting import REDACTION_MARK, Redacted, redact, redact_error

SECRET = "Pa ss/w+rd=0123'"  # noqa: S105 - a made one


@pytest.mark.parametrize(
    "text",
    [
        f"refused: {SECRET}",
        f"GET /?k={quote(SECRET, safe='')}",
        f"header {base64.b64encode(SECRET.encode()).decode()}",
        f"{SECRET!r} is wrong",
        f"{SECRET}{SECRET}",
    ],
)
def test_a_known_secret_goes_in_any_form(text: str) -> None:
    shown = redact(text, [SECRET])
    assert REDACTION_MARK in shown
    assert "0123" not in shown
    assert base64.b64encode(SECRET.encode()).decode() not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Incorrect API key provided: sk-proj-abc***************wxyz.",
            f"Incorrect API key provided: {REDACTION_MARK}.",
        ),
        ("key tvly-dev-0123456789 is unknown", f"key {REDACTION_MARK} is unknown"),
        ("Authorization: Bearer abcdef.123456", f"Authorization: Bearer {REDACTION_MARK}"),
        ("{'authorization': 'Basic dXNlcjpwYXNz'}", f"{{'authorization': 'Basic {REDACTION_MARK}'}}"),
        ("https://e.example/?api_key=0a1b2c&db=pubmed", f"https://e.example/?api_key={REDACTION_MARK}&db=pubmed"),
        ('{"api-key":"0a1b2c","count":"11"}', f'{{"api-key":"{REDACTION_MARK}","count":"11"}}'),
        ("connect to https://keeper:lamp@search.example/", f"connect to https://{REDACTION_MARK}@search.example/"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", REDACTION_MARK),
        ("AIzaSyA0123456789abcdefghijklmnopqrstuv", REDACTION_MARK),
    ],
)
def test_what_looks_like_a_secret_goes_too(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "The api_key client option must be set either by passing api_key to the client or by the environment.",
        "max_tokens: 5 is too few; total tokens: 4096",
        "See https://search.example/a@b for the task-0123456789 of 12 risk-averse people.",
        "Set TAVILY_API_KEY to a valid key.",
        "basic research, bearer of news",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert redact(text) == text


def test_a_short_secret_does_not_garble_the_text() -> None:
    assert redact("none of them answered", ["none", ""]) == "none of them answered"


def test_redacting_twice_changes_nothing() -> None:
    once = redact(f"api_key={SECRET} Bearer abcdefgh //u:p@h sk-0123456789", [SECRET])
    assert redact(once, [SECRET]) == once


def _raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as caught:
        _fail(error)
    return caught.value


def _fail(error: BaseException) -> None:
    raise error


def test_an_exception_without_a_secret_stays_itself() -> None:
    error = _raised(ValueError("no such page"))
    assert redact_error(error, [SECRET]) is error


def test_an_exception_that_tells_a_secret_is_replaced() -> None:
    shown = redact_error(_raised(ValueError(f"refused {SECRET}")), [SECRET])
    assert isinstance(shown, Redacted)
    assert str(shown) == f"ValueError: refused {REDACTION_MARK}"
    assert "_fail" in "".join(traceback.format_exception(shown))  # the traceback still says where the error came from


def _chained(kind: str) -> BaseException:
    inner = ValueError(f"api_key={SECRET}")
    outer = RuntimeError("cannot connect")
    if kind == "cause":
        outer.__cause__ = inner
    elif kind == "context":
        outer.__context__ = inner
    elif kind == "group":
        outer.__cause__ = ExceptionGroup("several", [KeyError("one"), inner])
    else:
        outer.add_note(f"sent {SECRET}")
    return outer


@pytest.mark.parametrize("kind", ["cause", "context", "group", "note"])
def test_no_part_of_a_chain_tells_it(kind: str) -> None:
    error = _chained(kind)
    assert SECRET in "".join(traceback.format_exception(error))
    text = "".join(traceback.format_exception(redact_error(error, [SECRET])))
    assert "cannot connect" in text
    assert "0123" not in text


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, other = ValueError(SECRET), KeyError("other")
    one.__context__, other.__context__ = other, one
    assert SECRET not in str(redact_error(one, [SECRET]))

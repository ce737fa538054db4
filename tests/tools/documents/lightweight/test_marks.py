"""AsciiDoc and Org as they are printed: without the marks of the source, and with the numbers of lists."""

import pytest

from outlast.tools.documents.reading import read_document


def text_of(name: str, content: str) -> str:
    return read_document(name, content.encode()).text.strip()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("The *lamp* is _lit_ and `code`.", "The lamp is lit and code."),
        ("With **b**old and __i__talic, *_both_*.", "With bold and italic, both."),
        ("Code keeps `a *b* c` and ``x_y_z``.", "Code keeps a *b* c and x_y_z."),
        ("2 * 3 * 4 and snake_case_name and C# and F#.", "2 * 3 * 4 and snake_case_name and C# and F#."),
        ("Held 10^6^ cells of H~2~O.", "Held 10^6 cells of H2O."),
        ('A "`quoted`" word, [.line-through]#old# new, [.red]#seen#.', "A “quoted” word, ~~old~~ new, seen."),
        (r"An escaped \*star*.", "An escaped *star*."),
        ("See https://example.org/_a_/b[the page] and link:x.html[this].", "See the page and this."),
        (". one\n. two\n.. deep\n.. deeper\n. three", "1. one\n2. two\na. deep\nb. deeper\n3. three"),
        ("* dot\n** *deep*\n- dash", "- dot\n- deep\n- dash"),
        ("[start=4]\n. four\n\n. five", "4. four\n\n5. five"),
        (". one\n\nNo item.\n\n. anew", "1. one\n\nNo item.\n\n1. anew"),
        (". one\n+\nAttached.\n\n. two", "1. one\nAttached.\n\n2. two"),
        ("* a\n. one\n* b\n. one", "- a\n1. one\n- b\n1. one"),
        ("|===\n|H |F\n\n.2+|N |1\n|2\n2+|both\n|===", "H | F\nN | 1\nN | 2\nboth | both"),
    ],
)
def test_asciidoc(line: str, text: str):
    assert text_of("a.adoc", line) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("The *lamp* is /lit/ and =code= and ~verb~.", "The lamp is lit and code and verb."),
        ("_Under_, +struck+ and */both/*.", "Under, ~~struck~~ and both."),
        ("2 * 3 * 4, a/b/c, x_y_z and /usr/bin/ here.", "2 * 3 * 4, a/b/c, x_y_z and usr/bin here."),
        ("See [[https://example.org/_a_][*the* page]].", "See the page."),
    ],
)
def test_org(line: str, text: str):
    assert text_of("a.org", line) == text

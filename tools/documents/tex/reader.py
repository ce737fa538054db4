"""A reader of TeX and LaTeX: the words that are printed, without commands; mathematics on one line."""

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, title_of
from outlast.tools.documents.tex.tokens import Source
from outlast.tools.documents.tex.writer import Writer

EXTRACTOR = "tex/3"

BODY_START, BODY_END = "\\begin{document}", "\\end{document}"


def read(content: bytes, stem: str) -> Document:
    """Read a TeX file. `stem` is the title if it names none. Raises Unreadable."""
    return read_source(decode(content), stem)


def read_source(text: str, stem: str) -> Document:
    """Return the document that the text of a TeX file prints."""
    preamble, has_body, rest = text.partition(BODY_START)
    source = Source(preamble if has_body else text)
    writer = Writer(source)
    if has_body:
        writer.read_preamble()
        body, _, after = rest.partition(BODY_END)
        source.leave_out(LossKind.HIDDEN, "text after the end", after)
        with source.inside(body):
            writer.run()
    else:
        writer.run()
    printed = writer.printed
    printed.end_paragraph()
    words, headings = printed.text(), tuple(printed.headings)
    title = writer.title or title_of(words, headings, stem)
    losses = tuple(Loss(kind=kind, place=place, words=count) for (kind, place), count in source.left_out.items())
    losses += tuple(writer.named)
    return Document(words, title, "text/x-tex", headings, EXTRACTOR, tables=tuple(printed.tables), losses=losses)


def plain_text(text: str) -> str:
    """Return a piece of TeX, such as a field of a bibliography, as plain text."""
    return Writer(Source("")).inline(text)

"""The body of a mail: the text of its parts that mail programs show, one after another."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from typing import cast

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading, Table
from outlast.tools.documents.containers import Children
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.joining import moved_heading, moved_table
from outlast.tools.documents.mail import calendar as mail_calendar
from outlast.tools.documents.mail.text import choose_form, decode_part, text_of, words_only_in
from outlast.tools.documents.mail.transfer import transferred
from outlast.tools.documents.mail.uuencode import WrittenFile, take_out_files
from outlast.tools.documents.markup import html

READABLE = ("text/plain", "text/html", "text/calendar", "text/enriched", "text/x-amp-html")
STATUS_TYPES = ("message/delivery-status", "message/disposition-notification")
EXTRACTOR = "mail-body"


class Body:
    """Collects the text of a mail, with its headings and tables, and what the text does not have."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.losses: list[Loss] = []
        self.files: list[WrittenFile] = []
        """Files that old programs wrote into the text itself."""
        self._written: list[str] = []
        self._length = 0
        self._parsed: dict[int, Document] = {}
        """The forms that were compared, by the identities of their parts: none is parsed twice."""

    @property
    def text(self) -> str:
        return "".join(self._written)

    def add_heading(self, words: str) -> None:
        self.headings.append(Heading(start=self._length, end=self._length + len(words), level=1))
        self.add(words)

    def add(self, text: str) -> None:
        if text:
            self._written.append(f"{text}\n\n")
            self._length += len(text) + 2

    def choose(self, forms: Sequence[EmailMessage]) -> list[EmailMessage]:
        """Return the forms of the same body to read. What only another form says is in the ledger."""
        plain = next((form for form in forms if _is_shown(form) and form.get_content_type() == "text/plain"), None)
        rich = next((form for form in reversed(forms) if form is not plain and _has_page(form)), None)
        others = [form for form in forms if form is not plain and form is not rich and not _is_another_page(form)]
        if plain is None or rich is None:
            return [form for form in (plain, rich, *others) if form is not None]
        plain_text = self._parse(plain).text
        page_text = "\n\n".join(self._parse(page).text for page in _pages_in(rich))
        keeps_plain, keeps_rich = choose_form(plain_text, page_text)
        if not keeps_plain:
            self.leave_out("the plain form of the body", words_only_in(plain_text, page_text))
        if not keeps_rich:
            self.leave_out("the HTML form of the body", words_only_in(page_text, plain_text))
            others = [*_beside_pages(rich), *others]
        return [*([plain] if keeps_plain else []), *([rich] if keeps_rich else []), *others]

    def read(self, part: EmailMessage) -> bool:
        """Add the text of a part to the body. Return whether the part belongs there: attached files do not."""
        if part.get_content_type() in STATUS_TYPES and part.is_multipart():
            groups = cast("list[EmailMessage]", part.get_payload())
            self.add("\n\n".join(group for each in groups if (group := str(each).strip())))
            return True
        if not _is_shown(part):
            return False
        read = self._parse(part)
        if part.get_content_type() == "text/plain":
            text, files = take_out_files(read.text)
            self.files += files
            self.losses += [Loss(kind=LossKind.DAMAGED, place=file.name) for file in files if not file.is_whole]
            read = replace(read, text=text) if files else read
        self.append(read)
        return True

    def append(self, read: Document) -> None:
        """Add a text with its headings, its tables and what it does not have."""
        shift = self._length - (len(read.text) - len(read.text.lstrip("\n")))
        self.headings += (moved_heading(heading, shift, deeper=1) for heading in read.headings)
        self.tables += (moved_table(table, shift) for table in read.tables)
        self.losses += read.losses
        self.add(read.text.strip("\n"))

    def document(
        self, title: str, media_type: str, extractor: str, names: Sequence[str], children: Children
    ) -> Document:
        """Return the mail. The names of what is attached to it stand behind its text."""
        attached = f"\n\nAttached: {', '.join(names)}" if names else ""
        return Document(
            self.text.rstrip() + attached,
            title,
            media_type,
            tuple(self.headings),
            extractor,
            tables=tuple(self.tables),
            losses=tuple(self.losses),
            children=children.found,
        )

    def _parse(self, part: EmailMessage) -> Document:
        found = self._parsed.get(id(part))
        if found is None:
            found = self._parsed[id(part)] = _parse(part)
        return found

    def leave_out(self, place: str, words: int) -> None:
        """Note that a form of the body is not read, and how many words only it has."""
        if words:
            self.losses.append(Loss(kind=LossKind.HIDDEN, place=place, words=words))


def _parse(part: EmailMessage) -> Document:
    sent = transferred(part)
    read = _parse_content(part, sent.content)
    if sent.damaged_lines:
        damage = Loss(
            kind=LossKind.DAMAGED,
            place=f"lines of the encoded body with signs that are no base64: {sent.damaged_lines:,}",
        )
        read = replace(read, losses=(*read.losses, damage))
    if not (sent.above.strip() or sent.below.strip()):
        return read
    body = Body()
    body.add(sent.above.strip())
    body.append(read)
    body.add(sent.below.strip())
    return replace(read, text=body.text, headings=tuple(body.headings), tables=tuple(body.tables))


def _parse_content(part: EmailMessage, sent: bytes) -> Document:
    content = decode_part(sent, part.get_content_charset() or "")
    try:
        if part.get_content_type() == "text/calendar":
            return mail_calendar.read(content, "")
        if part.get_content_type() == "text/plain":
            return Document(text_of(part, content), "", "text/plain", (), EXTRACTOR)
        page = html.parse_page(content, "")
    except Unreadable as error:
        return Document("", "", "", (), EXTRACTOR, losses=(Loss(kind=LossKind.DAMAGED, place=f"the body: {error}"),))
    return Document(page.text, "", "text/html", page.headings, EXTRACTOR, tables=page.tables, losses=page.losses)


def _is_shown(part: EmailMessage) -> bool:
    """Return whether mail programs show the part as text of the mail: text without a name of its own."""
    if part.get_content_type() not in READABLE or part.get_content_disposition() == "attachment":
        return False
    return not part.get_filename() or part.get_content_type() == "text/calendar"


def _has_page(part: EmailMessage) -> bool:
    return bool(_pages_in(part))


def _pages_in(part: EmailMessage) -> list[EmailMessage]:
    """Return the HTML parts of a form of the body: the form itself, or those in it beside pictures and files.

    Apple's program writes one before an attached file and another one after it.
    """
    return [each for each in _leaves(part) if each.get_content_type() == "text/html" and _is_shown(each)]


def _beside_pages(rich: EmailMessage) -> list[EmailMessage]:
    """Return the parts in a form that is left out which are not its pages: files that somebody attached there."""
    pages = {id(page) for page in _pages_in(rich)}
    return [each for each in _leaves(rich) if id(each) not in pages]


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts of a part that are not made of parts, in order; a forwarded mail is one of them."""
    pending = [part]
    while pending:
        each = pending.pop()
        if each.get_content_maintype() == "multipart" and each.is_multipart():
            pending += reversed(list(cast("Iterator[EmailMessage]", each.iter_parts())))
        else:
            yield each


def _is_another_page(part: EmailMessage) -> bool:
    return part.get_content_type() in ("text/enriched", "text/x-amp-html")

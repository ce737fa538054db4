"""What has changed between two reports: claim by claim, by what they say and what they quote."""

from outlast.evidence.rendering.markup import element, serialise_html
from outlast.evidence.report import Claim, Report
from outlast.evidence.sources import Value
from outlast.evidence.text import one_line


class ChangedClaim(Value):
    """A claim that rests on the same passage and says something else, or says the same and rests on another."""

    before: Claim
    after: Claim


class Comparison(Value):
    """The claims of two reports, each in the order of its report."""

    new: tuple[Claim, ...]
    gone: tuple[Claim, ...]
    kept: tuple[Claim, ...]
    """They say the same, with the same verdict, in the words of the same quotes; as the later report has them."""
    changed: tuple[ChangedClaim, ...]

    @property
    def is_same(self) -> bool:
        return not (self.new or self.gone or self.changed)

    def __str__(self) -> str:
        return f"{len(self.new)} new, {len(self.gone)} gone, {len(self.changed)} changed, {len(self.kept)} kept claims"

    def _repr_html_(self) -> str:
        rows = [
            *(("new", "", claim.text) for claim in self.new),
            *(("gone", claim.text, "") for claim in self.gone),
            *(("changed", change.before.text, change.after.text) for change in self.changed),
            *(("kept", claim.text, claim.text) for claim in self.kept),
        ]
        heading = element("tr", *(element("th", name) for name in ("", "before", "after")))
        body = (element("tr", *(element("td", one_line(cell)) for cell in row)) for row in rows)
        return serialise_html(element("table", element("caption", str(self)), heading, *body)).removeprefix(
            "<!DOCTYPE html>\n"
        )


def compare_reports(before: Report, after: Report) -> Comparison:
    """Claims that say the same are one; of the others, those that quote the same words are one that has changed."""
    earlier, later = list(before.claims()), list(after.claims())
    partners: dict[int, Claim] = {}
    """Of the claims of the later report, by their numbers."""
    for key_of in (claim_words, quoted_words):
        for number, claim in enumerate(later):
            if number in partners:
                continue
            if (partner := next((each for each in earlier if key_of(each) == key_of(claim)), None)) is not None:
                partners[number] = partner
                earlier.remove(partner)
    pairs = [(partners[number], claim) for number, claim in enumerate(later) if number in partners]
    return Comparison(
        new=tuple(claim for number, claim in enumerate(later) if number not in partners),
        gone=tuple(earlier),
        kept=tuple(claim for partner, claim in pairs if is_kept(partner, claim)),
        changed=tuple(ChangedClaim(before=one, after=other) for one, other in pairs if not is_kept(one, other)),
    )


def is_kept(before: Claim, after: Claim) -> bool:
    return (
        claim_words(before) == claim_words(after)
        and quoted_words(before) == quoted_words(after)
        and before.verdict == after.verdict
    )


def claim_words(claim: Claim) -> str:
    """What it says, white space aside."""
    return " ".join(claim.text.split())


def quoted_words(claim: Claim) -> tuple[str, ...]:
    """The words that it quotes: in a document that has changed elsewhere they stand in another snapshot."""
    return tuple(" ".join(quote.text.split()) for quote in claim.quotes)

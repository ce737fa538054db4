"""Compare two reports claim by claim: the words of each claim, and the words that it quotes."""

from outlast.evidence.rendering.markup import element, serialise_html
from outlast.evidence.report import Claim, Report
from outlast.evidence.sources import Value
from outlast.evidence.text import one_line


class ChangedClaim(Value):
    """A claim with other words for the same quotes, or with the same words and other quotes or another verdict."""

    before: Claim
    after: Claim


class Comparison(Value):
    """The claims of two reports, each in the order of its report."""

    new: tuple[Claim, ...]
    gone: tuple[Claim, ...]
    kept: tuple[Claim, ...]
    """Claims with equal words, verdicts and quoted words, as the later report has them."""
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
    """Pair the claims with equal words; of the others, pair those that quote the same words: these have changed."""
    earlier, later = list(before.claims()), list(after.claims())
    partners: dict[int, Claim] = {}  # the earlier claim for each later one, by its index
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
        changed=tuple(
            ChangedClaim(before=partner, after=claim) for partner, claim in pairs if not is_kept(partner, claim)
        ),
    )


def is_kept(before: Claim, after: Claim) -> bool:
    return (
        claim_words(before) == claim_words(after)
        and quoted_words(before) == quoted_words(after)
        and before.verdict == after.verdict
    )


def claim_words(claim: Claim) -> str:
    """Return the words of a claim; differences in white space do not count."""
    return " ".join(claim.text.split())


def quoted_words(claim: Claim) -> tuple[str, ...]:
    """Return the quoted words without their snapshots: a document that was edited elsewhere is another snapshot."""
    return tuple(quote.shown for quote in claim.quotes)

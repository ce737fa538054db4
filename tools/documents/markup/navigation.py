"""What of a page serves only to get elsewhere: menus, contents lists, lists of links to other pages.

A list of links is navigation if its links are short or lead to places on the same page; a bibliography or a list of
publications consists of links too, and is content.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from selectolax.lexbor import LexborNode

FRAME_CLASSES = frozenset(
    """
    breadcrumb breadcrumbs catlinks headerlink mw-editsection mw-jump-link navbar navbox navfooter navheader pagination
    related site-footer skip-link sphinxsidebar vector-toc
    """.split()
)
"""The classes of elements around the content, which are navigation whatever they say."""
NAVIGATION_CLASSES = FRAME_CLASSES | frozenset(
    "contents-list nav navigation table-of-contents tableofcontents toc toctree-wrapper".split()
)
FRAME_NAMES = frozenset({"footer", "nav", "navigation"})
SAID_OF_TEXT = frozenset({"nav", "navigation"})
"""Some pages say it of elements with sentences. The sentences of a footer are those of all pages."""
MIN_WORDS_OF_SENTENCE = 6
SEARCH_ROLE = "search"
NAVIGATION_ROLES = frozenset({"navigation", SEARCH_ROLE, "doc-toc", "doc-index", "doc-pagelist"})
MIN_LINKED_SHARE_OF_NAVIGATION = 0.4  # of the letters of an element that says it is navigation
MAX_UNLINKED_WORDS = 12
MAX_UNLINKED_WORDS_OF_A_CLASS = 4
"""An element without links that says it is navigation, and has more words than this, is text."""
MIN_LINKS = 3
MIN_LINKED_SHARE = 0.75  # of the letters of any other element
MIN_WORDS_OF_CONTENT = 4.0  # the mean of a link in a list of links that is content
MIN_WORDS_OF_OUTSIDE_CONTENT = 3.0  # the same, if most links lead to other sites
MIN_WORDS_OF_SHORT_CONTENT = 1.5  # the same, if the list is most of the page
MAX_LINKS_OF_CONTENT = 100
CONTENTS_TITLES = frozenset({"contents", "in this section", "on this page", "table of contents"})
PERMALINK_TEXTS = frozenset({"¶", "#", "§", "🔗"})
"""Documentation tools put such a link after a heading, for copying its address."""


class LinkCounts(NamedTuple):
    """The counts of a page so far, or of an element. Letters are characters without white space around them."""

    links: int = 0
    letters: int = 0
    linked_letters: int = 0
    linked_words: int = 0
    outside_links: int = 0
    """Links to another site than the link before them, as a bibliography has."""
    local_links: int = 0
    """Links to places on the same page."""

    def since(self, before: "LinkCounts") -> "LinkCounts":
        return LinkCounts(*(now - then for now, then in zip(self, before, strict=True)))

    @property
    def consists_of_links(self) -> bool:
        return self.links >= MIN_LINKS and self.linked_letters >= MIN_LINKED_SHARE * self.letters

    @property
    def may_be_content(self) -> bool:
        """Whether it is content if it is most of the page: short links that lead elsewhere, such as names or tools."""
        if self.local_links > self.links / 2 or self.links > MAX_LINKS_OF_CONTENT:
            return False
        return self.outside_links > self.links / 2 or self.linked_words >= MIN_WORDS_OF_SHORT_CONTENT * self.links

    @property
    def is_content(self) -> bool:
        """Whether an element that consists of links reads as a text."""
        if self.local_links > self.links / 2:
            return False
        mean = self.linked_words / max(self.links, 1)
        least = MIN_WORDS_OF_OUTSIDE_CONTENT if self.outside_links > self.links / 2 else MIN_WORDS_OF_CONTENT
        return mean >= least


def is_permalink(anchor: LexborNode) -> bool:
    child = anchor.first_child
    return child is not None and child.next is None and (child.text_content or "").strip() in PERMALINK_TEXTS


def says_navigation(tag: str, attributes: Mapping[str, str | None]) -> str:
    """Return the role or class by which an element says that it is navigation; "" if it does not."""
    role = attributes.get("role") or ""
    if role in NAVIGATION_ROLES:
        return role
    if tag == "nav":
        return tag
    classes = attributes.get("class")
    return _navigation_class(classes) if classes else ""


@lru_cache(maxsize=1_024)
def _navigation_class(classes: str) -> str:
    return next((name for name in classes.lower().split() if name in NAVIGATION_CLASSES), "")


def is_navigation(node: LexborNode, said: str) -> bool:
    """Return whether an element that says so is navigation, and not text that was given a class like `toc`."""
    if said == SEARCH_ROLE or said in FRAME_CLASSES:
        return True
    text = node.text()
    letters = len("".join(text.split()))
    linked = sum(len("".join(link.text().split())) for link in node.css("a[href]"))
    if linked:
        return linked >= MIN_LINKED_SHARE_OF_NAVIGATION * letters
    words = node.text(separator=" ").split()
    if said in SAID_OF_TEXT and len(words) >= MIN_WORDS_OF_SENTENCE and words[-1][-1] in ".!?":
        return False
    return len(words) <= (MAX_UNLINKED_WORDS if said in FRAME_NAMES else MAX_UNLINKED_WORDS_OF_A_CLASS)


def host_of(address: str) -> str:
    """Return the host of an absolute web address; "" for others."""
    scheme, mark, rest = address.partition("//")
    return rest.partition("/")[0].lower() if mark and scheme in ("", "http:", "https:") else ""

"""Abbreviations and ordinal numbers, whose stops end no sentence, in the languages that the project knows."""

import re

from outlast.evidence.stop_words import ALL_STOP_WORDS

OPENING = "\"'“‘«‹([*_`"

ABBREVIATIONS = frozenset(
    """
    e.g i.e eg ie cf vs viz approx ca dr mr mrs ms messrs prof st mt rev hon gen col lt sgt capt gov rep sen pres
    fig figs resp esp incl
    """.split()
)
ABBREVIATIONS_BEFORE_NUMBERS = frozenset(
    """
    fr kr rs
    no nos v vol vols p pp art arts ch chs sec secs sect eq eqs ed eds ex par para pt app tab ver jan feb mar apr
    jun jul aug sep sept oct nov dec
    """.split()
)
ABBREVIATIONS_THAT_MAY_END = frozenset(
    """
    etc al inc ltd co corp jr sr bros dept est univ assn ave blvd u.s u.k u.n e.u a.m p.m ph.d
    max min mind incl excl exec bldg apt ft pvt sq tel ext reg rte hwy rd assoc mfg misc avg cl sched ann amdt stat op
    abs abb abt anm aufl bd bspw bzgl bzw dgl dipl evtl exkl frl gem ggf hbf hr hrsg inkl ing jh jhd kap lt nr sog std
    str stk usw vgl zzgl zz zt
    av bd chap env éd mlle mme mm obs ste tél aprox dra ej núm pág sra ud uds avv dott ecc pag sig exmo
    bijv blz dhr drs mevr resp t.ex bl.a f.eks kl nr s.k osv m.m godz itd itp m.in np ok tj tzn ul č čl např odst
    г гг др им кв п пп пр проф рис руб см ст стр т табл т.д т.е т.к т.п тыс ул esim klo ns kb pl stb ill örn vb
    """.split()
)
DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
ORDINAL_NUMBER = re.compile(r"\d{1,3}|[IVX]{2,6}")
"""In German and many other languages, unless a sentence begins after it: `am 31. März`, `Karl IV. kam`."""
OTHER_OPENERS = frozenset("every examples hence note otherwise see since therefore thus unless unlike".split())
"""Words that sentences begin with, besides stop words."""
NEXT_WORD = re.compile(rf"[{OPENING}]*(\w*)")


def is_abbreviation(word: str, text: str, after: int) -> bool:
    """Does the sentence go on after `word.`? `etc.`, `U.S.` and initials end one only before a word that opens one."""
    folded = word.lower()
    if folded in ABBREVIATIONS:
        return True
    if folded in ABBREVIATIONS_BEFORE_NUMBERS and (text[after].isdigit() or folded not in ABBREVIATIONS_THAT_MAY_END):
        return text[after].isdigit()
    is_initial = len(word) == 1 and word.isalpha()
    if is_initial or ORDINAL_NUMBER.fullmatch(word) or folded in ABBREVIATIONS_THAT_MAY_END:
        following = NEXT_WORD.match(text, after)
        return following is None or not opens_sentence(following.group(1))
    return False


def opens_sentence(word: str) -> bool:
    """Is a word with a capital one that sentences begin with, in any language that we know?"""
    folded = word.casefold()
    return folded in ALL_STOP_WORDS or folded in OTHER_OPENERS


def never_ends_sentence(word: str) -> bool:
    """Is a word before a stop one after which a sentence goes on, on the next line too: `see Fig.`, `version v.`?"""
    folded = word.lower()
    return folded in ABBREVIATIONS or (
        folded in ABBREVIATIONS_BEFORE_NUMBERS and folded not in ABBREVIATIONS_THAT_MAY_END
    )

"""Terms of scripts in which spaces do not tell the words apart: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese.

A run of such characters is cut into overlapping pairs, 契約期間 into 契約, 約期 and 期間. So a word of two characters
is a pair wherever it stands, and a longer word is several pairs in a row; no dictionary is needed. In Thai and its
relatives a pair is of two clusters, each of a consonant with its vowels and marks, because single letters say little.
Korean has spaces, but joins particles to its words: 보증금은 is 보증금 with a particle, and only pairs find it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
IDEOGRAPHS = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
THAI_AND_LAO = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd"
CLUSTERED = THAI_AND_LAO + "\u0f40-\u0fbc\u1000-\u103f\u1050-\u109f\u1780-\u17d3"
"""Also Tibetan, Burmese and Khmer letters."""
UNSPACED = KANA + IDEOGRAPHS + HANGUL + CLUSTERED
UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
WITHOUT_SPACES = re.compile(f"[{KANA}{IDEOGRAPHS}{CLUSTERED}]")
"""A character of a script that does not write a space after a word; Korean does."""
UNIT = re.compile(
    f"[{KANA}{IDEOGRAPHS}{HANGUL}]"
    # A Thai or Lao cluster: a vowel that is written first, a consonant, and the vowels and marks that follow it.
    "|[\u0e40-\u0e44\u0ec0-\u0ec4]?[\u0e01-\u0e2e\u0e81-\u0eae](?:[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd])*"
    # A Tibetan, Burmese or Khmer cluster: a letter with its marks, and the consonants that are written below it.
    "|[\u0f40-\u0f6c\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3](?:\u17d2[\u1780-\u17a2]|[\u0f71-\u0fbc\u102b-\u103e\u17b4-\u17d1\u17d3])*"
    f"|[{CLUSTERED}]"
)

# What asks in a question, what is polite in it, and particles: none of it says what the question is about.
ASKING = re.compile(
    "教えてください|ありますか|でしょうか|ですか|ますか|ください|どのように|どのくらい|どれくらい|どうすれば|いくら|いくつ|いつ|どこ|だれ"
    "|なぜ|どの|どれ|どう|なに|何|誰|について|とは|です|ます|した|する|して|から|まで|より"
    "|什么时候|什麼時候|什么时间|什麼時間|几点|幾點|[几幾](?:[份个個次名条條张張位]|天)|为何|為何|为什么|為什麼|怎么样|怎样|怎樣|怎么|怎麼|什么|什麼|多少|[在从從到]?(?:哪里|哪裡)|哪一?[位個个]|哪些|哪|[由被給给跟和与與]?[谁誰]|何时|何時|多久|如何|是否|可以|请问|請問"
    "|입니까|습니까|합니까|됩니까|니까|누가|인가요|나요|까요|어디|언제|누구|무엇|얼마|어떻게|어느|어떤"
    "|เท่าไหร่|เท่าไร|อย่างไร|เมื่อไหร่|เมื่อไร|เมื่อใด|ที่ไหน|หรือไม่|ทำไม|อะไร|ใคร|ไหน|คือ|ครับ|ค่ะ"
)
CHINESE_PARTICLE = re.compile("[是的了吗嗎呢几幾]")
KOREAN_PARTICLE = re.compile(
    r"(?<=[\uac00-\ud7a3]{2})(?:에서|까지|부터|으로|은|는|이|가|을|를|의|에|로|와|과|도|만)(?![\uac00-\ud7a3])"
)
JAPANESE_PARTICLE = re.compile(
    f"(?<=[{IDEOGRAPHS}\u30a1-\u30ff])[はがをにでとのへもや](?![{KANA}])"
    f"|(?<=[{KANA}])[はがをのへ](?=[{IDEOGRAPHS}])"
    f"|(?<=[{KANA}]{{2}})[はがをにで](?![{KANA}{IDEOGRAPHS}])"
)
HIRAGANA = re.compile("[\u3041-\u3096\u309d-\u309f]+")

LINE_BREAK = re.compile(f"(?<=[{KANA}{IDEOGRAPHS}])[ \t\u3000]*\n[ \t\u3000]*(?=[{KANA}{IDEOGRAPHS}])")
"""A line break inside a Chinese or Japanese text, which is no space there."""
WIDTH_FORMS = re.compile("[\uff00-\uffef]+")


def fold_widths(text: str) -> str:
    """Return a text with its full-width letters and half-width syllables in their usual form: ２０２４ as 2024."""
    return WIDTH_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)


def pairs_of(run: str) -> list[str]:
    """Return the overlapping pairs of a run, or the run itself if it is a single unit."""
    units = UNIT.findall(run)
    return [first + second for first, second in pairwise(units)] or [run]


def asked_pairs(run: str) -> list[str]:
    """Return the pairs of a run of a question, without its hiragana, which are endings, unless it has nothing else."""
    if HIRAGANA.fullmatch(run):
        return pairs_of(run) if len(run) > 1 else []
    return [pair for part in HIRAGANA.split(run) if part for pair in pairs_of(part)]


def last_unit(run: str) -> str:
    """Return the last unit of a run: all others stand at the start of a pair."""
    return UNIT.findall(run)[-1]


def without_asking(text: str) -> str:
    """Return a question with spaces instead of its words and particles that say nothing about its subject."""
    has_kana = re.search(f"[{KANA}]", text) is not None
    spaced = ASKING.sub(" ", KOREAN_PARTICLE.sub(" ", text))
    return JAPANESE_PARTICLE.sub(" ", spaced) if has_kana else CHINESE_PARTICLE.sub(" ", spaced)


def is_unspaced(word: str) -> bool:
    return UNSPACED_RUN.match(word) is not None


def is_single_unit(word: str) -> bool:
    """Whether a word is one character (or cluster) of such a script: it stands at the start of pairs, never alone."""
    return is_unspaced(word) and len(UNIT.findall(word)) == 1


def overlaps(first: str, second: str) -> bool:
    """Whether two neighbouring pairs come from one run."""
    left, right = UNIT.findall(first), UNIT.findall(second)
    return is_unspaced(first) and is_unspaced(second) and len(left) == len(right) == 2 and left[1] == right[0]


def is_seam(words: Sequence[str], index: int, known: Sequence[bool]) -> bool:
    """Whether a pair joins two words: it is inside a run, and no document has it, but documents have a neighbour of it.

    Of 返還期限 a document may have 返還 and 期限 apart; 還期 is no word, and nothing is missing without it.
    """
    before = index > 0 and overlaps(words[index - 1], words[index])
    after = index + 1 < len(words) and overlaps(words[index], words[index + 1])
    return before and after and (known[index - 1] or known[index + 1])


def touches_known(words: Sequence[str], index: int, known: Sequence[bool]) -> bool:
    """Whether documents have a neighbour of a pair in its run: then the pair may be no word that people know.

    Of 租金由, documents may have 租金, and 金由 is no word. So such a pair is not told as a word that they lack.
    """
    before = index > 0 and known[index - 1] and overlaps(words[index - 1], words[index])
    return before or (index + 1 < len(words) and known[index + 1] and overlaps(words[index], words[index + 1]))


def join_pairs(words: Sequence[str]) -> Iterator[str]:
    """Yield `words` with neighbouring pairs of one run joined again, as people write them."""
    joined = previous = ""
    for word in words:
        if previous and overlaps(previous, word):
            joined += "".join(UNIT.findall(word)[1:])
        else:
            if joined:
                yield joined
            joined = word
        previous = word
    if joined:
        yield joined

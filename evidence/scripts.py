"""Scripts that are written without blanks between words: what is asked in them cannot be searched by words."""

import re

UNSEARCHABLE_SCRIPT_MESSAGE = (
    "The question is in a script without blanks between words (such as Chinese, Japanese or Thai), and searching goes "
    "by words. Ask in another language."
)
UNSPACED_CHARACTER = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"  # Tibetan, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters
    "]"
)


def is_unspaced_script(text: str) -> bool:
    """Whether most letters of `text` are of such a script. A single foreign name among other words does not count."""
    letters = sum(character.isalpha() for character in text)
    return len(UNSPACED_CHARACTER.findall(text)) * 2 > letters

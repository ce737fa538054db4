"""The names of files in archives: which are passed over, and what they are where nobody wrote their encoding down."""

import unicodedata

OLD_ENCODINGS = ("cp932", "cp866", "cp437")
"""Names are guessed from the letters that they would have: Japanese, Russian, else as the standard of zip says."""
JAPANESE = {"HIRAGANA", "KATAKANA", "CJK", "FULLWIDTH", "KATAKANA-HIRAGANA"}


def is_passed_over(name: str) -> bool:
    """Return whether a member of an archive is hidden, or what macOS adds: such files of a folder are not read too."""
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in name.split("/"))


def guess_name(raw: bytes) -> str:
    """Return a name whose encoding nobody wrote down."""
    for encoding in ("utf-8", *OLD_ENCODINGS):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _is_likely(name):
            return name
    return raw.decode("cp437")


def _is_likely(name: str) -> bool:
    """Return whether all letters beyond ASCII are of one script, and hardly a word mixes them with those of ASCII."""
    foreign = [character for character in name if not character.isascii()]
    if not all(character.isalnum() for character in foreign):
        return False
    scripts = {unicodedata.name(character, "?").split()[0] for character in foreign}
    words = "".join(character if character.isalpha() else " " for character in name.rpartition(".")[0] or name).split()
    mixed = [word for word in words if not word.isascii() and any(character.isascii() for character in word)]
    if scripts <= JAPANESE:  # one sign alone inside a word is an accented letter that was taken for it
        return all(sum(not character.isascii() for character in word) > 1 for word in mixed)
    return scripts == {"CYRILLIC"} and not mixed

"""Texts of files that don't say, or say wrongly, how their letters are written."""

from kit.texts import nfc

# The tones of Windows-1258 stand behind their vowel as letters of their own.
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_VOWELS = frozenset("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")


def decoded(raw: bytes) -> str:
    """Return the text of bytes in UTF-8, Windows-1258 or Latin-1, whichever they are, in NFC.

    What is valid UTF-8 is UTF-8. Windows-1258 differs from Latin-1 (Windows-1252) in few letters; its text is
    Vietnamese, so every tone in it follows a vowel, which hardly ever happens by chance in other languages.
    """
    raw = raw.strip(b"\0 ")
    try:
        return nfc(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    vietnamese = raw.decode("cp1258", errors="replace")
    if _is_vietnamese(vietnamese):
        return nfc(vietnamese)
    return nfc(raw.decode("cp1252", errors="replace"))


def _is_vietnamese(text: str) -> bool:
    if "\ufffd" in text:
        return False
    before = [text[place - 1] if place else "" for place, letter in enumerate(text) if letter in _TONES]
    has_own_letters = any(letter in "đĐơƠưƯăĂ" for letter in text)
    return all(letter in _VOWELS for letter in before) and (bool(before) or has_own_letters)

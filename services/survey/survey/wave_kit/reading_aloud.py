"""How Vietnamese reads aloud what stands in an announcement: numbers, days, addresses, and a code letter by letter."""

from datetime import datetime

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
# A name everybody knows begins with the letter; those that no Vietnamese name begins with are called by their names.
_LETTERS = {
    "a": "a như An",
    "b": "bê như Bình",
    "c": "xê như Cường",
    "d": "dê như Dung",
    "e": "e như Em",
    "f": "ép phờ",
    "g": "giê như Giang",
    "h": "hát như Hoa",
    "i": "i ngắn",
    "j": "gi dài, giống chữ i có móc",
    "k": "ca như Kiên",
    "l": "e lờ như Lan",
    "m": "em mờ như Minh",
    "n": "en nờ như Nam",
    "o": "o",
    "p": "pê như Phương",
    "q": "quy như Quang",
    "r": "e rờ như Rồng",
    "s": "ét sờ như Sơn",
    "t": "tê như Tâm",
    "u": "u như Uyên",
    "v": "vê như Vân",
    "w": "vê kép",
    "x": "ích xì như Xuân",
    "y": "i dài như Yến",
    "z": "dét",
}
_SIGNS = {".": "chấm", "-": "gạch ngang", ":": "hai chấm", "/": "gạch chéo"}


def number(value: int) -> str:
    """Return a number from 0 to 9,999 in Vietnamese words."""
    if not 0 <= value <= 9_999:
        raise ValueError("only numbers from 0 to 9,999 are read")
    thousands, rest = divmod(value, 1_000)
    hundreds, below = divmod(rest, 100)
    words: list[str] = []
    if thousands:
        words.append(f"{_DIGITS[thousands]} nghìn")
    if hundreds or (thousands and rest):
        words.append(f"{_DIGITS[hundreds]} trăm")
    if below or not words:
        words.append(_below_hundred(below, follows=bool(words)))
    return " ".join(words)


def day(moment: datetime) -> str:
    """Return a day, as 31/12/2026 is read: "ngày ba mươi mốt tháng mười hai năm hai nghìn không trăm hai mươi sáu"."""
    of_month = f"mùng {number(moment.day)}" if moment.day <= 10 else number(moment.day)
    month = "tư" if moment.month == 4 else number(moment.month)
    return f"ngày {of_month} tháng {month} năm {number(moment.year)}"


def hour(moment: datetime) -> str:
    """Return an hour, as 17:30 is read: "mười bảy giờ ba mươi phút"."""
    minutes = f" {number(moment.minute)} phút" if moment.minute else ""
    return f"{number(moment.hour)} giờ{minutes}"


def spelled(code: str) -> list[str]:
    """Return how each character of a code is called: "số hai", "chữ a như An"."""
    return [f"số {_DIGITS[int(one)]}" if one.isdigit() else f"chữ {_LETTERS[one]}" for one in code]


def address(text: str) -> str:
    """Return a web address read in words: "khaosat, chấm, congdoan, chấm, vn"; its digits one by one."""
    read: list[str] = []
    word = ""
    for one in text:
        if one in _SIGNS or one.isdigit():
            if word:
                read.append(word)
            word = ""
            read.append(_SIGNS.get(one) or _DIGITS[int(one)])
        else:
            word += one
    return ", ".join([*read, word] if word else read)


def _below_hundred(value: int, *, follows: bool) -> str:
    tens, ones = divmod(value, 10)
    if tens == 0:
        return f"linh {_DIGITS[ones]}" if follows else _DIGITS[ones]
    ten = "mười" if tens == 1 else f"{_DIGITS[tens]} mươi"
    if ones == 0:
        return ten
    if ones == 5:
        return f"{ten} lăm"
    if tens > 1 and ones == 1:
        return f"{ten} mốt"
    if tens > 1 and ones == 4:
        return f"{ten} tư"
    return f"{ten} {_DIGITS[ones]}"

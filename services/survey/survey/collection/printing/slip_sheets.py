"""Sheets of slips to cut apart, ten on a page, and a first page that says how to give them out anonymously."""

from collections.abc import Sequence

from survey.collection.printing.occasion import Occasion
from survey.collection.printing.paper import HEIGHT, WIDTH, Face, Paper, fitting, wrapped
from survey.collection.slips.codes import printed

COLUMNS, ROWS = 2, 5
_EDGE = 8.0
_WIDE, _HIGH = (WIDTH - 2 * _EDGE) / COLUMNS, (HEIGHT - 2 * _EDGE) / ROWS
_QR = 29.0
_CODE_AT = _HIGH - 15.5
_SLIP = "slip"

_FOR_THE_STEWARD = (
    (
        "Cắt rời các phiếu, xáo trộn thật kỹ rồi mới phát.",
        "Cut the slips apart and shuffle them well before you give them out.",
    ),
    (
        "Mỗi người một phiếu, tự rút. Không ghi lại ai nhận phiếu nào, không chụp ảnh, không sao chép.",
        "One for each person, drawn by themselves. Do not note who has which, take no pictures, make no copies.",
    ),
    (
        "Mỗi mã chỉ dùng được một lần. Ai làm mất hoặc làm hỏng thì cho rút phiếu khác.",
        "Each code works once. Whoever loses or spoils a slip draws another.",
    ),
    (
        "Phiếu còn thừa thì cất kín hoặc xé bỏ. Nếu bị lộ, hãy hủy tập này trên trang phiếu mã rồi in tập mới.",
        "Lock away or tear up what is left. If slips got into wrong hands, make them void and print new ones.",
    ),
    (
        "Hệ thống không giữ các mã này: tệp PDF không tải lại được. In xong, hãy xóa tệp khỏi máy.",
        "The codes are not kept: this PDF can't be fetched again. Once it is printed, delete the file.",
    ),
    (
        "Không có điện thoại thì dùng nhờ máy người khác: câu trả lời không kèm tên, số máy hay địa chỉ mạng.",
        "Who has no telephone may use somebody else's: no name, number or network address is kept with an answer.",
    ),
)


def slip_sheets(occasion: Occasion, codes: Sequence[str]) -> bytes:
    """Return the PDF of a batch of slips: a page for the steward, then ten slips a page."""
    paper = Paper(f"{occasion.title_vi} – {occasion.unit_vi}")
    _first_page(paper, occasion, len(codes))
    _stencil(paper, occasion)
    for start in range(0, len(codes), COLUMNS * ROWS):
        _page(paper, occasion, codes[start : start + COLUMNS * ROWS])
    return paper.pdf()


def _first_page(paper: Paper, occasion: Occasion, amount: int) -> None:
    width = WIDTH - 40
    y = paper.text(20, 20, f"Phiếu mã: {occasion.title_vi}", 18, face="bold", width=width)
    y = paper.text(20, y, f"{occasion.unit_vi} ({occasion.unit_code}) – {amount} phiếu", 13, width=width)
    y = paper.text(20, y, f"Hạn trả lời: {occasion.last_day} – {occasion.short_address}", 13, width=width) + 6
    y = paper.text(20, y, "Dành cho người phát phiếu", 13, face="bold", width=width) + 2
    for number, (vi, _) in enumerate(_FOR_THE_STEWARD, 1):
        y = paper.text(20, y, f"{number}. {vi}", 12, width=width) + 1.5
    y = paper.text(20, y + 8, f"Slips: {occasion.title_en}", 12, face="bold", width=width)
    y = paper.text(20, y, f"{occasion.unit_en} – {amount} slips – until {occasion.last_day}", 10, width=width) + 3
    for number, (_, en) in enumerate(_FOR_THE_STEWARD, 1):
        y = paper.text(20, y, f"{number}. {en}", 10, width=width) + 1
    paper.next_page()


def _page(paper: Paper, occasion: Occasion, codes: Sequence[str]) -> None:
    for column in range(COLUMNS + 1):
        x = _EDGE + column * _WIDE
        paper.line(x, _EDGE - 4, x, HEIGHT - _EDGE + 4, dashed=True)
    for row in range(ROWS + 1):
        y = _EDGE + row * _HIGH
        paper.line(_EDGE - 4, y, WIDTH - _EDGE + 4, y, dashed=True)
    for place, code in enumerate(codes):
        x, y = _EDGE + place % COLUMNS * _WIDE, _EDGE + place // COLUMNS * _HIGH
        paper.stencil(_SLIP, x, y)
        paper.qr(x + _WIDE - 5 - _QR, y + 5, _QR, occasion.qr(code))
        paper.text(x + 4, y + _CODE_AT, printed(code), 14, face="bold")
    paper.next_page()


def _stencil(paper: Paper, occasion: Occasion) -> None:
    """Draw what all slips say."""
    beside = _WIDE - _QR - 14
    paper.begin_stencil(_SLIP)
    down = 5.0
    for line in _first_lines(occasion.title_vi, 10, beside, "bold", 3):
        down = paper.text(4, down, line, 10, face="bold")
    for line in _first_lines(occasion.unit_vi, 7.5, beside, "plain", 2):
        down = paper.text(4, down + 0.3, line, 7.5)
    paper.text(4, down + 1.5, "Quét mã QR; hoặc mở địa chỉ dưới đây rồi nhập mã:", 7.5, width=beside)
    size = fitting(occasion.short_address, 9.5, _WIDE - 8, "bold")
    paper.text(4, _CODE_AT - 5.2, occasion.short_address, size, face="bold")
    line = f"Dùng một lần, đến hết {occasion.last_day}. Không ghi tên: không ai biết ai trả lời gì."
    down = paper.text(4, _CODE_AT + 7.2, line, fitting(line, 7, _WIDE - 8))
    paper.text(4, down, "Scan, or type the code at this address. Works once. No names.", 6.2)
    paper.end_stencil()


def _first_lines(text: str, size: float, width: float, face: Face, most: int) -> Sequence[str]:
    lines = wrapped(text, size, width, face)
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][:-1].rstrip() + "…"]

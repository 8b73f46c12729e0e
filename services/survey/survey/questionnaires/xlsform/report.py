"""What is said of a workbook's rows: each with sheet, row, a stable code, and words for people in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kit.errors import Language

# refused: the row is not in the questionnaire. changed: it is, and means something else. noted: it is, and something
# about it was completed, renamed or left out that changes no answer.
Level = Literal["refused", "changed", "noted"]

MOST_REMARKS = 2_000

REASONS: Mapping[str, tuple[Level, str, str]] = {
    # Types.
    "TYPE_UNKNOWN": ("refused", "Không có loại câu hỏi “{what}”.", "There is no question type “{what}”."),
    "TYPE_MISSING": (
        "refused",
        "Dòng có tên hoặc câu hỏi mà không có loại (type).",
        "The row has a name or label, and no type.",
    ),
    "PERSONAL_METADATA": (
        "refused",
        "“{what}” ghi lại thiết bị, giờ giấc hoặc người trả lời: phiếu ẩn danh không thu thập.",
        "“{what}” records the device, the time or the person: an anonymous form does not collect it.",
    ),
    "PLACE": (
        "refused",
        "“{what}” ghi lại nơi của người trả lời: phiếu ẩn danh không thu thập vị trí.",
        "“{what}” records where somebody is: an anonymous form does not collect places.",
    ),
    "MEDIA_ANSWER": (
        "refused",
        "“{what}” thu ảnh, âm thanh hoặc tệp, có thể làm lộ người trả lời; phiếu không nhận tệp.",
        "“{what}” takes pictures, sound or files, which may tell who answers; forms take no files.",
    ),
    "TIME_OF_DAY": (
        "refused",
        "Chưa có câu hỏi về giờ (“{what}”); hãy dùng ngày, số hoặc lựa chọn.",
        "There is no question for a time of day (“{what}”); use a date, a number or choices.",
    ),
    "BARCODE": ("refused", "Phiếu không quét mã (“{what}”).", "Forms scan no codes (“{what}”)."),
    "HIDDEN_VALUE": (
        "refused",
        "“{what}” là giá trị ẩn, người trả lời không thấy.",
        "“{what}” is a hidden value that nobody who answers sees.",
    ),
    "CALCULATION": (
        "refused",
        "Phép tính không được lưu; điều kiện nào dùng “{what}” đã được thay bằng chính phép tính.",
        "A calculation is not stored; where a condition uses “{what}”, its expression was put in.",
    ),
    "CALCULATION_UNREADABLE": (
        "refused",
        "Không có hoặc không hiểu phép tính của “{what}”.",
        "The calculation of “{what}” is missing or can't be read.",
    ),
    "OTHER_FILE": (
        "refused",
        "“{what}” lấy nội dung từ một tệp khác.",
        "“{what}” takes its content from another file.",
    ),
    "REPEAT_ASKED_ONCE": (
        "changed",
        "Phiếu không hỏi lặp lại: các câu trong nhóm lặp được hỏi một lần.",
        "Nothing is asked repeatedly: the questions of the repeat are asked once.",
    ),
    "REPEAT_COUNT_DROPPED": (
        "changed",
        "Bỏ số lần lặp “{what}”: các câu được hỏi một lần, kể cả khi số đó là 0.",
        "Dropped the number of times “{what}”: the questions are asked once, also where it is 0.",
    ),
    "LOOP_PLACE": (
        "changed",
        "“{what}” là chỗ điền từng lựa chọn của vòng lặp; ở đây hỏi một lần: trong chữ còn “…”, trong tên bỏ đi.",
        "“{what}” is a place for each choice of the loop; asked once, it becomes “…” in a text, and nothing in a name.",
    ),
    "INSIDE_REFUSED": (
        "refused",
        "Dòng nằm trong nhóm ở dòng {what}, nhóm này không được nhập.",
        "The row is inside what begins in row {what}, which is not imported.",
    ),
    "END_WITHOUT_BEGIN": ("refused", "Kết thúc một nhóm không hề bắt đầu.", "Ends a group that does not begin."),
    "TOO_DEEP": (
        "refused",
        "Nhóm lồng quá 12 tầng: nhóm và mọi dòng trong đó không được nhập.",
        "Groups are nested deeper than 12: the group and every row in it are not imported.",
    ),
    # Questions.
    "CHOICES_MISSING": (
        "refused",
        "Không có danh sách lựa chọn “{what}” ở trang choices.",
        "The choices sheet has no list “{what}”.",
    ),
    "TOO_FEW_CHOICES": ("refused", "Danh sách “{what}” có quá ít lựa chọn.", "The list “{what}” has too few choices."),
    "TOO_MANY_CHOICES": (
        "refused",
        "Danh sách “{what}” có quá nhiều lựa chọn (nhiều nhất 200; xếp hạng: 20).",
        "The list “{what}” has too many choices (200 at most; to rank: 20).",
    ),
    "RANGE_UNREADABLE": (
        "refused",
        "Không hiểu start, end của thang đo: {what}.",
        "The range's start and end can't be read: {what}.",
    ),
    "TOO_MANY_QUESTIONS": (
        "refused",
        "Phiếu hỏi đã đủ số câu tối đa.",
        "The questionnaire has as many questions as it can have.",
    ),
    "TEXT_TOO_LONG": (
        "refused",
        "Chữ ở cột “{what}” dài hơn 4.000 ký tự.",
        "The text in “{what}” is longer than 4,000 characters.",
    ),
    "CHOICE_TWICE": (
        "refused",
        "Lựa chọn “{what}” có hai lần trong danh sách.",
        "The choice “{what}” is in its list twice.",
    ),
    "CHOICE_WITHOUT_NAME": (
        "refused",
        "Lựa chọn không có tên danh sách hoặc tên.",
        "The choice has no list or no name.",
    ),
    "ROW_DISABLED": ("noted", "Dòng được tắt (disabled).", "The row is disabled."),
    # Conditions.
    "CONDITION_DROPPED": (
        "changed",
        "Bỏ điều kiện “{what}”: {why_vi}. Câu này sẽ được hỏi nhiều người hơn.",
        "Dropped the condition “{what}”: {why_en}. More people will be asked this.",
    ),
    "CONSTRAINT_DROPPED": (
        "changed",
        "Bỏ ràng buộc “{what}”: {why_vi}. Câu trả lời không còn bị kiểm tra như vậy.",
        "Dropped the constraint “{what}”: {why_en}. Answers are no longer checked for it.",
    ),
    "REQUIRED_DROPPED": (
        "changed",
        "Bắt buộc theo điều kiện “{what}” không có ở đây: câu này không bắt buộc.",
        "Required under a condition, “{what}”, is not known here: the question is not required.",
    ),
    "FILTER_DROPPED": (
        "changed",
        "Bỏ choice_filter “{what}”: mọi lựa chọn đều hiện.",
        "Dropped the choice_filter “{what}”: all choices are shown.",
    ),
    "AGE_IN_YEARS": (
        "noted",
        "Tuổi tính theo lịch thay vì chia số ngày.",
        "Age is counted by the calendar instead of dividing days.",
    ),
    "STEP_DROPPED": (
        "changed",
        "Bước của thang đo “{what}” không có ở đây: nhận mọi số trong khoảng.",
        "The range's step “{what}” is not known here: every number within is taken.",
    ),
    "DECIMALS_LIMITED": (
        "noted",
        "Số lẻ nhận nhiều nhất bốn chữ số sau dấu phẩy.",
        "At most four digits are taken after the decimal mark.",
    ),
    # What a row has besides.
    "DEFAULT_DROPPED": (
        "changed",
        "Bỏ giá trị điền sẵn “{what}”: phiếu không trả lời thay.",
        "Dropped the default “{what}”: a form does not answer for people.",
    ),
    "CALCULATION_DROPPED": (
        "changed",
        "Bỏ phép tính “{what}”: người trả lời tự điền.",
        "Dropped the calculation “{what}”: people answer themselves.",
    ),
    "READ_ONLY": ("changed", "Câu chỉ đọc được nhập thành ghi chú.", "A read-only question is imported as a note."),
    "MEDIA_DROPPED": (
        "changed",
        "Bỏ tệp “{what}” đi kèm: phiếu chỉ có chữ.",
        "Dropped the file “{what}” that goes with it: forms have texts only.",
    ),
    "CELL_IGNORED": ("noted", "Cột “{what}” không có ý nghĩa ở đây.", "The column “{what}” has no meaning here."),
    "MESSAGE_REPLACED": (
        "noted",
        "Thông báo “{what}” được thay bằng thông báo sẵn có.",
        "The message “{what}” is replaced by the form's own.",
    ),
    "REFERENCE_IN_TEXT": (
        "changed",
        "Chữ có chỗ điền câu trả lời ({what}); ở đây thay bằng “…”.",
        "The text has places for answers ({what}); they become “…” here.",
    ),
    "MARKUP_REMOVED": (
        "noted",
        "Bỏ định dạng (in đậm, màu, HTML) trong chữ.",
        "Formatting (bold, colours, HTML) is taken out of the text.",
    ),
    "ASKS_PERSONAL_DATA": (
        "noted",
        "Câu hỏi số điện thoại: phiếu ẩn danh không nên hỏi.",
        "Asks for a telephone number: an anonymous form should not.",
    ),
    # Names and texts.
    "CODE_CHANGED": ("noted", "Tên “{what}” thành mã “{code}”.", "The name “{what}” becomes the code “{code}”."),
    "NAME_TWICE": (
        "changed",
        "Tên “{what}” đã dùng ở dòng trên: mã ở đây là “{code}”, điều kiện nhắc tới tên này bị bỏ.",
        "The name “{what}” is used above: its code is “{code}”, conditions that speak of the name are dropped.",
    ),
    "NAME_MISSING": ("noted", "Không có tên: mã là “{code}”.", "There is no name: its code is “{code}”."),
    "TEXT_MISSING": (
        "noted",
        "Thiếu câu chữ ({what}): tạm dùng “{code}”.",
        "The text is missing ({what}): “{code}” stands in for it.",
    ),
    "GROUP_NOT_CLOSED": (
        "noted",
        "Nhóm không kết thúc: kéo dài đến hết.",
        "The group does not end: it reaches to the last row.",
    ),
    "GROUP_EMPTY": (
        "noted",
        "Nhóm không còn câu hỏi nào nên không thành phần.",
        "No question is left in the group, so it makes no section.",
    ),
    "TOO_MANY_SECTIONS": (
        "changed",
        "Phiếu hỏi có nhiều nhất 50 phần: câu từ đây nằm trong phần cuối.",
        "A questionnaire has 50 sections at most: questions from here on are in the last one.",
    ),
    "LIST_UNUSED": ("noted", "Không câu nào dùng danh sách “{what}”.", "No question uses the list “{what}”."),
    # Sheets and columns.
    "SHEET_ASSUMED": (
        "noted",
        "Không có trang survey: trang “{what}” được đọc thay.",
        "There is no sheet survey: “{what}” is read instead.",
    ),
    "SHEET_IGNORED": ("noted", "Trang “{what}” không có ý nghĩa ở đây.", "The sheet “{what}” has no meaning here."),
    "COLUMN_UNKNOWN": ("noted", "Cột “{what}” không có ý nghĩa ở đây.", "The column “{what}” has no meaning here."),
    "LANGUAGE_ASSUMED": (
        "noted",
        "Cột “{what}” không ghi ngôn ngữ: coi là “{code}”.",
        "The column “{what}” names no language: it is taken for “{code}”.",
    ),
    "LANGUAGE_NAMED": (
        "noted",
        "Không biết ngôn ngữ “{what}”: tạm gọi là “{code}”.",
        "The language “{what}” is not known: it is called “{code}” for now.",
    ),
    "LANGUAGE_FILLED": (
        "noted",
        "Phiếu phải có tiếng Việt: tạm dùng chữ của “{what}”.",
        "A form must be in Vietnamese: the texts of “{what}” stand in for it.",
    ),
    "TOO_MANY_LANGUAGES": (
        "refused",
        "Nhiều nhất 20 ngôn ngữ: bỏ “{what}”.",
        "At most 20 languages: “{what}” is left out.",
    ),
    "CELL_FORMULA": (
        "noted",
        "Ô có công thức chưa được tính: coi là trống.",
        "The cell has a formula that was not calculated: it counts as blank.",
    ),
    "CELL_ERROR": (
        "noted",
        "Ô có lỗi (#REF!, #N/A …): coi là trống.",
        "The cell has an error (#REF!, #N/A …): it counts as blank.",
    ),
    "MORE_REMARKS": ("noted", "Còn {what} điều nữa không liệt kê ở đây.", "{what} more remarks are not listed here."),
    # The whole workbook.
    "FILE_TOO_LARGE": ("refused", "Tệp quá lớn: nhiều nhất {what} MB.", "The file is too large: {what} MB at most."),
    "WORKBOOK_TOO_LARGE": (
        "refused",
        "Quá nhiều dòng, trang hoặc dữ liệu: nhiều nhất 3.000 dòng câu hỏi, 20.000 dòng ở trang khác.",
        "Too many rows, sheets or bytes: 3,000 rows of questions, 20,000 in another sheet at most.",
    ),
    "NOT_A_WORKBOOK": (
        "refused",
        "Không phải tệp XLSX hoặc XLS đọc được (hỏng, có mật khẩu, hoặc loại khác).",
        "This is no XLSX or XLS file that can be read (broken, with a password, or of another kind).",
    ),
    "NO_SURVEY_SHEET": (
        "refused",
        "Không có trang survey với cột type.",
        "There is no sheet survey with a column type.",
    ),
    "NOTHING_IMPORTED": ("refused", "Không có câu hỏi nào nhập được.", "No question could be imported."),
    "QUESTIONNAIRE_TOO_LARGE": ("refused", "Phiếu hỏi quá lớn.", "The questionnaire is too large."),
}

# Why a condition was dropped, to stand after a colon.
WHY: Mapping[str, tuple[str, str]] = {
    "EXPRESSION_UNREADABLE": ("không đọc được từ “{what}”", "it can't be read from “{what}” on"),
    "EXPRESSION_TOO_LARGE": ("quá dài hoặc lồng quá sâu", "it is too long or nested too deeply"),
    "FUNCTION_UNKNOWN": ("hàm “{what}” không có ở đây", "the function “{what}” is not known here"),
    "REPEATED_ONLY": (
        "“{what}” chỉ có nghĩa khi hỏi lặp lại, ở đây hỏi một lần",
        "“{what}” means something only where questions are repeated, and they are asked once here",
    ),
    "NOT_A_CONDITION": ("“{what}” không phải là điều kiện", "“{what}” is no condition"),
    "SORTS_DIFFER": ("so sánh hai thứ khác loại ({what})", "it compares what does not go together ({what})"),
    "CHOICE_UNKNOWN": ("không có lựa chọn “{what}”", "there is no choice “{what}”"),
    "OWN_ANSWER": ("“.” chỉ dùng trong ràng buộc", "“.” goes in a constraint only"),
    "NAME_UNKNOWN": ("không có câu nào tên “{what}”", "nothing is called “{what}”"),
    "NAME_TWICE": ("có nhiều câu tên “{what}”", "several questions are called “{what}”"),
    "NAME_REFUSED": ("“{what}” không được nhập", "“{what}” is not imported"),
    "NAME_LATER": ("“{what}” được hỏi sau", "“{what}” is asked later"),
    "NO_ANSWER": ("“{what}” không có câu trả lời", "“{what}” has no answer"),
    "OUT_OF_BOUNDS": ("{what_vi}", "{what}"),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to be said: of a row (None: of the whole sheet, or file), and of a column where it is about one."""

    code: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    details: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def level(self) -> Level:
        """Whether the row is not imported, imported with another meaning, or as it was meant."""
        return REASONS[self.code][0]

    def message(self, language: Language) -> str:
        """Return the reason for people."""
        _, vi, en = REASONS[self.code]
        return (vi if language == "vi" else en).format_map(self.details)


class WorkbookRefused(Exception):
    """Nothing of the workbook can be imported; the remark says why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.code)
        self.remark = remark


def shortened(text: str, most: int = 120) -> str:
    """Return a text that fits into a sentence."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"

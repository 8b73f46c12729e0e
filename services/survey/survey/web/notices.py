"""What is said, to people and to the page's script, when a filled form is not taken or there is no form to fill."""

from dataclasses import dataclass
from enum import Enum

from kit.errors import Language
from survey.questionnaires.definition import FurtherLanguage


@dataclass(frozen=True, slots=True)
class Text:
    """A title and what to do, in one language."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """An HTTP status, a stable name for programs, and the words for people."""

    status: int
    code: str
    vi: Text
    en: Text

    def message(self, language: Language) -> str:
        """Return the words in a language."""
        text = self.vi if language == "vi" else self.en
        return f"{text.title}. {text.words}"

    def message_in(self, further: FurtherLanguage) -> str:
        """Return the words in a language besides our two, in Vietnamese where it lacks them."""
        return f"{further.word(self.vi.title)}. {further.word(self.vi.words)}"


class Notice(Enum):
    """Everything that can be in the way of a form besides its answers."""

    UNKNOWN = Said(
        404,
        "UNKNOWN_COLLECTOR",
        Text(
            "Không tìm thấy phiếu",
            "Địa chỉ này không dẫn tới phiếu nào. Anh/chị xem lại mã trên áp phích hoặc tờ rơi; mã không có số 0, số 1 "
            "và các chữ i, l, o.",
        ),
        Text(
            "There is no such form",
            "This address leads to no form. Please check the code on the poster or leaflet; a code has no 0 and no 1, "
            "and no i, l or o.",
        ),
    )
    NOT_YET_OPEN = Said(
        403,
        "NOT_YET_OPEN",
        Text("Phiếu chưa mở", "Anh/chị quay lại sau nhé."),
        Text("The form is not open yet", "Please come back later."),
    )
    WITHDRAWN = Said(
        410,
        "WAY_WITHDRAWN",
        Text(
            "Cách trả lời này không còn dùng",
            "Đợt hỏi ý kiến vẫn còn, nhưng công đoàn đã đổi cách trả lời sau khi in địa chỉ này. Anh/chị hỏi công đoàn "
            "cơ sở để có địa chỉ hoặc phiếu mã mới.",
        ),
        Text(
            "This way to answer is not used any more",
            "The survey goes on, but the union changed how it is answered after this address was printed. Please ask "
            "your union office for the new address or a slip.",
        ),
    )
    CLOSED = Said(
        410,
        "WAVE_CLOSED",
        Text("Đợt hỏi ý kiến đã kết thúc", "Phiếu này không nhận câu trả lời nữa. Cảm ơn anh/chị đã quan tâm."),
        Text("This survey is over", "The form takes no more answers. Thank you for your interest."),
    )
    TOO_LARGE = Said(
        413,
        "TOO_LARGE",
        Text(
            "Câu trả lời quá dài",
            "Phiếu gửi lên lớn hơn mức cho phép, nên chưa lưu gì. Anh/chị quay lại trang trước và viết ngắn hơn.",
        ),
        Text(
            "The answers are too long",
            "The form was larger than allowed, and nothing was stored. Please go back and shorten your answers.",
        ),
    )
    UNREADABLE = Said(
        400,
        "UNREADABLE",
        Text(
            "Không đọc được phiếu",
            "Câu trả lời gửi lên bị hỏng trên đường đi, nên chưa lưu gì. Anh/chị mở lại phiếu và gửi lần nữa.",
        ),
        Text(
            "The form could not be read",
            "The answers were damaged on the way, and nothing was stored. Please open the form again and send it once "
            "more.",
        ),
    )
    NOT_A_FORM = Said(415, "UNREADABLE", UNREADABLE.vi, UNREADABLE.en)
    SIGNED_IN = Said(
        400,
        "SIGNED_IN",
        Text(
            "Phiếu này không nhận người đã đăng nhập",
            "Câu trả lời phải không kèm tên ai, nên chưa lưu gì. Hãy gửi lại mà không đăng nhập.",
        ),
        Text(
            "This form takes nobody who is signed in",
            "Answers must come without anybody's name, so nothing was stored. Please send them without signing in.",
        ),
    )
    SEAL_BROKEN = Said(
        400,
        "SEAL_BROKEN",
        Text("Không mở được phiếu niêm phong", "Phiếu này đã bị sửa hoặc hỏng trên máy, nên chưa lưu gì."),
        Text(
            "The sealed form could not be opened",
            "It was changed or damaged on the phone, and nothing was stored.",
        ),
    )
    UNKNOWN_VERSION = Said(
        422,
        "UNKNOWN_VERSION",
        Text(
            "Phiếu này làm từ một bản khác",
            "Bản câu hỏi trên máy không phải bản đang hỏi, nên chưa lưu gì. Anh/chị mở lại phiếu để lấy bản đúng.",
        ),
        Text(
            "This form was made from another version",
            "The questions on the phone are not those that are asked here, and nothing was stored. Please open the "
            "form again.",
        ),
    )
    TRY_LATER = Said(
        503,
        "TRY_LATER",
        Text("Hệ thống đang bận", "Phiếu chưa được lưu. Anh/chị quay lại trang trước và gửi lần nữa sau ít phút."),
        Text("The service is busy", "The form was not stored. Please go back and send it again in a few minutes."),
    )
    LINK_FULL = Said(
        503,
        "OPEN_LINK_FULL",
        Text(
            "Địa chỉ này đã nhận đủ số phiếu tối đa",
            "Công đoàn chưa nhận được phiếu này. Địa chỉ chung này chỉ nhận thêm khi công đoàn cho phép, không biết "
            "trước lúc nào. Anh/chị báo công đoàn cơ sở, hoặc trả lời bằng phiếu mã nếu có.",
        ),
        Text(
            "This address has taken as many forms as it may",
            "The union has not received this form. This open address takes more only if the union allows it, and "
            "nobody can say when. Please tell your union office, or answer with a slip if you have one.",
        ),
    )
    TOO_MANY = Said(
        429,
        "TOO_MANY_REQUESTS",
        Text(
            "Đang có quá nhiều người gửi cùng lúc",
            "Mạng mà anh/chị dùng đang gửi quá nhiều, nên phiếu chưa được lưu. Anh/chị đợi một phút, quay lại trang "
            "trước và gửi lần nữa.",
        ),
        Text(
            "Too many are sending at once",
            "Too much is coming from the network you use, and the form was not stored. Please wait a minute, go back "
            "and send it again.",
        ),
    )
    USED = Said(
        409,
        "ALREADY_ANSWERED",
        Text(
            "Mã này đã được dùng",
            "Đã có một phiếu khác được gửi bằng mã này, nên phiếu này chưa được lưu. Nếu anh/chị gõ nhầm mã, hãy "
            "quay lại và sửa.",
        ),
        Text(
            "This code has been used",
            "Another form was sent with this code, so this one was not stored. If you mistyped the code, please go "
            "back and correct it.",
        ),
    )

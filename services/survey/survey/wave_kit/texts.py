"""What is said to people about a wave: on the poster, in Zalo, on Facebook, by loudspeaker; in two languages."""

from dataclasses import dataclass

from survey.calendar import end_in_words
from survey.collection.service import Way
from survey.wave_kit import reading_aloud
from survey.wave_kit.service import Occasion


@dataclass(frozen=True, slots=True)
class Both:
    """The same in Vietnamese and in English."""

    vi: str
    en: str


# How people answer, by what the address asks of them.
HOW: dict[Way, Both] = {
    "open_link": Both(
        "Quét mã QR bằng điện thoại, hoặc mở địa chỉ:", "Scan the QR code with a phone, or open the address:"
    ),
    "slip": Both(
        "Rút một phiếu mã ở công đoàn, rồi quét mã QR hoặc mở địa chỉ:",
        "Draw a slip at your union, then scan the QR code or open the address:",
    ),
    "credential": Both(
        "Đoàn viên quét mã QR hoặc mở địa chỉ, đăng nhập một lần để nhận quyền trả lời:",
        "Members scan the QR code or open the address, and sign in once to fetch a credential:",
    ),
    "paper": Both(
        "Nhận phiếu giấy ở công đoàn. Muốn trả lời bằng điện thoại thì quét mã trên phiếu hoặc mở địa chỉ:",
        "Get a form on paper at your union. To answer by phone, scan the code on it or open the address:",
    ),
}
# What docs/trust.md promises, in a few words.
_PROMISE = Both(
    "Không ghi tên, không cần đăng nhập. Câu trả lời không kèm số điện thoại hay địa chỉ mạng. "
    "Kết quả chỉ công bố khi đủ đông người.",
    "No names, no signing in. No phone number or network address is kept with an answer. "
    "Results are published only of enough people.",
)
_PROMISE_TO_MEMBERS = Both(
    "Không ghi tên. Đăng nhập chỉ để mỗi đoàn viên trả lời một lần; quyền trả lời không cho biết ai trả lời gì. "
    "Kết quả chỉ công bố khi đủ đông người.",
    "No names. Signing in serves only to let each member answer once; a credential does not tell who said what. "
    "Results are published only of enough people.",
)


def promise(about: Occasion) -> Both:
    """Return what anonymity is promised."""
    return _PROMISE_TO_MEMBERS if about.way == "credential" else _PROMISE


def until(about: Occasion) -> Both:
    """Return when answers are taken, in figures."""
    vi, en = end_in_words(about.closes_at)
    to = Both(f"đến {vi}", f"until {en}")
    if about.state == "open":
        return to
    opens = f"{about.opens:%d/%m/%Y}"
    return Both(f"từ {opens} {to.vi}", f"from {opens} {to.en}")


def zalo(about: Occasion) -> Both:
    """Return a message for the groups of a messenger: short, the link in a line of its own."""
    return Both(
        f"📣 {about.unit_vi} mời anh chị em trả lời: {about.title_vi}\n"
        f"👉 {about.url}\n"
        f"{_need(about).vi}"
        f"⏰ Trả lời {until(about).vi}.\n"
        f"🔒 {promise(about).vi}",
        f"📣 {about.unit_en} asks you: {about.title_en}\n"
        f"👉 {about.url}\n"
        f"{_need(about).en}"
        f"⏰ Please answer {until(about).en}.\n"
        f"🔒 {promise(about).en}",
    )


def facebook(about: Occasion) -> Both:
    """Return a post: why, how long, where, and what is promised."""
    return Both(
        f"{about.title_vi}\n\n"
        f"{about.unit_vi} mong nghe ý kiến của anh chị em. "
        "Ý kiến của mỗi người giúp công đoàn làm đúng việc cần làm.\n\n"
        f"Trả lời trên điện thoại: {about.url}\n"
        f"{_need(about).vi}"
        f"Thời gian: {until(about).vi}.\n\n"
        f"{promise(about).vi}\n"
        f"Lời hứa với người trả lời: {about.origin}/f/trust\n\n"
        "Nhờ anh chị em chuyển tiếp cho đồng nghiệp trong đơn vị mình.",
        f"{about.title_en}\n\n"
        f"{about.unit_en} would like to hear from you. What you say helps your union do what is needed.\n\n"
        f"Answer on your phone: {about.url}\n"
        f"{_need(about).en}"
        f"When: {until(about).en}.\n\n"
        f"{promise(about).en}\n"
        f"What we promise to those who answer: {about.origin}/f/trust?lang=en\n\n"
        "Please pass this on to your colleagues at this workplace.",
    )


def loudspeaker(about: Occasion) -> Both:
    """Return a script to be read aloud, in short sentences, the code spelled twice."""
    spelled = ".\n".join(word[0].upper() + word[1:] for word in reading_aloud.spelled(about.code))
    letters = " – ".join(about.code.upper())
    where = f"{reading_aloud.address(about.host)}, gạch chéo, f, gạch chéo"
    return Both(
        "Mời anh chị em nghe thông báo của công đoàn.\n"
        f"{about.unit_vi} mời anh chị em trả lời khảo sát: {about.title_vi}.\n"
        f"Thời gian trả lời: {_until_aloud(about)}.\n"
        f"{promise(about).vi}\n\n"
        f"{_ALOUD[about.way].vi}\n"
        "Cách thứ nhất: dùng điện thoại quét mã QR trên áp phích.\n"
        f"Cách thứ hai: mở trình duyệt, gõ địa chỉ: {where}, rồi gõ mã.\n"
        f"Mã có {reading_aloud.number(len(about.code))} ký tự. Xin đọc chậm:\n"
        f"{spelled}.\n\n"
        f"Xin nhắc lại. Mã có {reading_aloud.number(len(about.code))} ký tự:\n"
        f"{spelled}.\n"
        "Chữ hoa hay chữ thường đều được. Gõ cách ra cũng được.\n\n"
        "Xin cảm ơn anh chị em.",
        "A message from your union.\n"
        f"{about.unit_en} asks you to answer a survey: {about.title_en}.\n"
        f"Please answer {until(about).en}.\n"
        f"{promise(about).en}\n\n"
        f"{_ALOUD[about.way].en}\n"
        "Scan the QR code on the poster.\n"
        f"Or open a browser and type: {about.host}/f/ and the code.\n"
        f"The code has {len(about.code)} characters: {letters}.\n"
        f"Once more: {letters}.\n"
        "Capitals and spaces do not matter.\n\n"
        "Thank you.",
    )


# What people need before they open the form, said before how they get there.
_ALOUD: dict[Way, Both] = {
    "open_link": Both("Có hai cách trả lời.", "There are two ways to answer."),
    "slip": Both(
        "Mỗi người rút một phiếu mã ở công đoàn. Có phiếu rồi thì có hai cách trả lời.",
        "Draw a slip at your union. With it there are two ways to answer.",
    ),
    "credential": Both(
        "Đoàn viên đăng nhập một lần để nhận quyền trả lời. Có hai cách mở phiếu.",
        "Members sign in once to fetch a credential. There are two ways to open the form.",
    ),
    "paper": Both(
        "Anh chị em nhận phiếu giấy ở công đoàn, viết xong nộp lại. Ai muốn trả lời bằng điện thoại thì có hai cách.",
        "Get a form on paper at your union and hand it in. To answer by phone there are two ways.",
    ),
}
_NEEDED: dict[Way, Both] = {
    "open_link": Both("", ""),
    "slip": Both(
        "Cần mã trên phiếu mã: rút một phiếu ở công đoàn.\n",
        "You need the code on a slip: draw one at your union.\n",
    ),
    "credential": Both("Dành cho đoàn viên có tài khoản.\n", "For members with an account.\n"),
    "paper": Both(
        "Cần mã in trên phiếu giấy: nhận phiếu ở công đoàn.\n",
        "You need the code on a form on paper: get one at your union.\n",
    ),
}


def _need(about: Occasion) -> Both:
    return _NEEDED[about.way]


def _until_aloud(about: Occasion) -> str:
    closes = reading_aloud.day(about.closes)
    to = f"đến hết {closes}"
    if not about.closes_at_midnight:
        to = f"đến {reading_aloud.hour(about.closes)}, {closes}"
    return to if about.state == "open" else f"từ {reading_aloud.day(about.opens)}, {to}"

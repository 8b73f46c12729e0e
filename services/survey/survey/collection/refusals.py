"""Why a form is not let in: what is wrong with its slip or credential. Nothing is spent by a refusal."""

from kit.errors import DomainError


class NotAdmitted(DomainError):
    """Base of what may be wrong with what comes with a form; the answers are kept where they were written."""


class SlipMissing(NotAdmitted):
    """Here a form needs a slip, and none came with it."""

    code = "SLIP_MISSING"
    vi = "Hãy nhập mã in trên phiếu mã mà anh/chị nhận được."
    en = "Please enter the code that is printed on the slip you were given."


class SlipMistyped(NotAdmitted):
    """No slip can have this code: a character is wrong, missing or in another's place."""

    code = "SLIP_MISTYPED"
    vi = "Mã phiếu chưa đúng: có ký tự bị nhầm, thiếu hoặc đổi chỗ. Hãy so lại với mã in trên giấy."
    en = "The slip's code is not right: a character is wrong, missing or misplaced. Please compare it with the paper."


class SlipUnknown(NotAdmitted):
    """The code is well formed, but no slip with it was ever made, or that of a wave that is over."""

    code = "SLIP_UNKNOWN"
    vi = "Không có phiếu mã nào mang mã này."
    en = "There is no slip with this code."


class SlipForeign(NotAdmitted):
    """The slip is one of another survey."""

    code = "SLIP_FOREIGN"
    vi = "Phiếu mã này thuộc một đợt khảo sát khác. Hãy mở địa chỉ in trên chính phiếu mã đó."
    en = "This slip belongs to another survey. Please open the address that is printed on the slip itself."


class SlipRevoked(NotAdmitted):
    """The slip was made invalid by those who gave it out, because new ones were printed."""

    code = "SLIP_REVOKED"
    vi = "Phiếu mã này đã bị hủy vì có phiếu mới thay thế. Hãy hỏi công đoàn nơi anh/chị làm việc để nhận phiếu mới."
    en = "This slip was made invalid, as new ones replace it. Please ask your union for a new one."


class CredentialMissing(NotAdmitted):
    """Here a form needs a credential, and none came with it."""

    code = "CREDENTIAL_MISSING"
    vi = "Phiếu này dành cho đoàn viên đã nhận quyền trả lời. Hãy đăng nhập và nhận quyền trả lời trước."
    en = "This form is for members who hold a credential. Please sign in and fetch one first."


class CredentialInvalid(NotAdmitted):
    """The credential is not one that this wave has signed."""

    code = "CREDENTIAL_INVALID"
    vi = "Quyền trả lời gửi kèm không hợp lệ cho đợt khảo sát này."
    en = "The credential that came with the form is not valid in this survey."


REFUSALS: tuple[type[NotAdmitted], ...] = (
    SlipMissing,
    SlipMistyped,
    SlipUnknown,
    SlipForeign,
    SlipRevoked,
    CredentialMissing,
    CredentialInvalid,
)

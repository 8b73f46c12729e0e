"""The refusals that have to do with who is asking: stable codes, texts in the caller's language."""

from __future__ import annotations

from typing import ClassVar, Literal

from gateway.errors import GatewayError

Language = Literal["vi", "en"]


class AuthError(GatewayError):
    """A request whose credentials are no good, or can't be judged now."""

    status: ClassVar[int] = 401
    always_this_status: ClassVar[bool] = True
    vi: ClassVar[str]
    en: ClassVar[str]

    def __init__(self, language: Language = "vi") -> None:
        super().__init__(self.text(language))

    def text(self, language: Language) -> str:
        return self.vi if language == "vi" else self.en

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to the refusal (RFC 6750, RFC 9110)."""
        if self.status == 401:
            return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return {"Retry-After": "5"} if self.status == 503 else {}


class TokenExpired(AuthError):
    """The access token was good once."""

    code = "TOKEN_EXPIRED"
    vi = "Mã truy cập đã hết hạn. Hãy lấy mã mới."
    en = "The access token has expired. Get a new one."


class TokenInvalid(AuthError):
    """Not an access token that this gateway can accept, for whatever reason: the caller does not learn which."""

    code = "TOKEN_INVALID"
    vi = "Mã truy cập không hợp lệ."
    en = "The access token is not valid."


class SessionExpired(AuthError):
    """The browser's session is over, or never was."""

    code = "SESSION_EXPIRED"
    vi = "Phiên đăng nhập đã hết hạn. Hãy đăng nhập lại."
    en = "The session has expired. Sign in again."


class CrossSiteRequest(AuthError):
    """A browser was made to send its cookie by another site's page."""

    code = "CROSS_SITE_REQUEST"
    status = 403
    vi = "Yêu cầu này đến từ một trang khác nên bị từ chối."
    en = "This request came from another site's page and was refused."


class IdentityUnavailable(AuthError):
    """The identity provider, org or the session store doesn't answer: nothing can be said about the caller."""

    code = "IDENTITY_UNAVAILABLE"
    status = 503
    vi = "Hiện chưa kiểm tra được danh tính. Hãy thử lại sau ít phút."
    en = "Identity can't be checked right now. Try again in a few minutes."


class SignInFailed(AuthError):
    """A browser came back from the identity provider with something that can't be accepted."""

    code = "SIGN_IN_FAILED"
    status = 400
    vi = "Đăng nhập không thành công. Hãy thử lại."
    en = "Signing in did not succeed. Please try again."

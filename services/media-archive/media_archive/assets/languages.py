"""What the languages that materials are in are called, in Vietnamese and in English."""

LANGUAGES = {
    "vi": ("Tiếng Việt", "Vietnamese"),
    "en": ("Tiếng Anh", "English"),
    "fr": ("Tiếng Pháp", "French"),
    "ru": ("Tiếng Nga", "Russian"),
    "zh": ("Tiếng Trung", "Chinese"),
    "ko": ("Tiếng Hàn", "Korean"),
    "ja": ("Tiếng Nhật", "Japanese"),
    "km": ("Tiếng Khmer", "Khmer"),
    "lo": ("Tiếng Lào", "Lao"),
    "th": ("Tiếng Thái Lan", "Thai"),
    "cjm": ("Tiếng Chăm", "Cham"),
    "hmn": ("Tiếng Mông", "Hmong"),
    "jra": ("Tiếng Gia Rai", "Jarai"),
    "rad": ("Tiếng Ê Đê", "Rade"),
    "tyz": ("Tiếng Tày", "Tày"),
}
"""By ISO 639 code; a material may be in others, which are called by their codes."""

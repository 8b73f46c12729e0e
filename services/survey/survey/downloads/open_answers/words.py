"""The words by which names and addresses are recognised in Vietnamese."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


# The surnames of nearly everybody (after Lê Trung Hoa, “Họ và tên người Việt Nam”, 2005).
SURNAMES = _words(
    "Nguyễn Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Đoàn Trịnh Trương Đào Vương Tống "
    "Phùng Tôn Quách Lưu Lục Mạc Nghiêm Doãn Khổng Triệu Chu Lã Lại Mã Nhan Thân Thiều Ung Viên Văn Vi Vừ Giàng "
    "Thào Sùng Hầu Lò Lường Quàng Cầm Kpă Rơ Y H'"
)
# Those that are ordinary words or places, too: only where two more names follow.
SHY_SURNAMES = _words(
    "Hà Cao Thái Lương Mai Kim Lâm Đồng Tăng An Ninh Tiêu Thạch Châu Giang Tô Tạ Từ Trang Phí Hứa Đường Danh Sơn Bế "
    "Nông Hoa Tiền Đàm Đới Đái Cù Cung La Âu Bành Bạch Liễu Ma Thẩm Thi Trà Tào Tất Sầm Sử Phó Phương Kiều Khúc "
    "Khuất Hán Hùng Hàn Diệp Chử Chế Cát Ca Biện"
)
# Between surname and given name; where they stand, small letters and missing accents do not hide a name.
MIDDLE_NAMES = _words("văn thị đình hữu đức ngọc quốc xuân")
# Whom one speaks to or of, and offices: a name follows.
TITLES = _words(
    r"anh chị ông bà cô chú bác em cháu cậu dì mợ thím thầy sếp bạn thằng đồng\s+chí đ/c mr\.? mrs\.? ms\.? miss "
    r"madam boss bé"
)
OFFICES = (
    r"(?:phó\s+)?(?:tổng\s+)?giám\s+đốc|(?:phó\s+)?quản\s+đốc|tổ\s+(?:trưởng|phó)|chuyền\s+(?:trưởng|phó)|đội\s+trưởng"
    r"|bếp\s+trưởng|trưởng\s+(?:ca|chuyền|bộ\s+phận|phòng|ban|nhóm|xưởng|kho)|phó\s+(?:phòng|ban|xưởng)|chủ\s+tịch"
    r"|bí\s+thư|lãnh\s+đạo|cán\s+bộ|nhân\s+viên|kế\s+toán|bảo\s+vệ|luật\s+sư|bác\s+sĩ|bác\s+sỹ|y\s+tá|thư\s+ký|lái\s+xe"
    r"|tài\s+xế|phiên\s+dịch|quản\s+lý|giám\s+sát|leader|chủ\s+trọ|chủ\s+nhà|vợ\s+chồng|vợ|chồng|con\s+(?:trai|gái)"
)
OF_OFFICE = (
    r"nhân\s+sự|công\s+đoàn|cơ\s+sở|sản\s+xuất|kỹ\s+thuật|kế\s+toán|hành\s+chính|nhà\s+máy|công\s+ty|xưởng(?:\s+\d+)?"
    r"|tổ(?:\s+\d+)?|chuyền(?:\s+\d+)?|kho|chất\s+lượng|y\s+tế|an\s+toàn"
)
# Given names that, in small letters behind a title, are hardly anything else.
GIVEN_NAMES = _words(
    "lan hương hoa hồng huệ hằng hạnh hường hoài huyền thảo thúy thuý thủy thuỷ trang phương linh nhung tuyết yến "
    "ngân vân nga dung diệp diễm loan oanh liên quyên quỳnh trâm vy my nhi ngọc bích kiều tuyền tuấn dũng cường hải "
    "sơn tùng quang hưng khánh kiên phúc lộc vinh quân đức khoa thịnh hậu hoàng huy việt phong thành đạt hiếu nhân "
    "trí trường"
)
# What follows such a name when the two are an ordinary word.
NOT_BEHIND_GIVEN = _words(
    "ngày tháng tuần hệ tục quan lạc kết tiếp đến lại lạnh động đề pháp thôi dẫn cầu phúc tổ thức sự viên công lập "
    "viện sản lao lực ca liệt"
)
# Words with capitals that are nobody's name.
NOT_NAMES = (
    r"công\s+(?:đoàn|ty|nhân|việc|tác|an|tố)|nhà\s+(?:nước|máy|xưởng)|việt\s+nam|tổng\s+liên|liên\s+đoàn|zalo|facebook|tiktok"
    r"|youtube|tết|bảo\s+hiểm|bhxh|bhyt|bhtn|kcn|khu\s+công|lao\s+động|hàn\s+quốc|trung\s+quốc|nhật\s+bản|đài\s+loan|mỹ\b"
    r"|samsung|internet|covid|đảng|quốc\s+hội|chính\s+phủ|phòng\b|tổ\b|chuyền\b|xưởng\b|ban\b|hội\b"
)
# Places that everybody knows; some begin as surnames do. They are left standing: they name no one.
PLACES = _listed(
    "An Giang|Bà Rịa|Bạc Liêu|Bắc Giang|Bắc Kạn|Bắc Ninh|Bến Tre|Biên Hòa|Bình Dương|Bình Định|Bình Phước"
    "|Bình Thuận|Cà Mau|Cao Bằng|Cần Thơ|Châu Đốc|Đà Nẵng|Đà Lạt|Đắk Lắk|Đắk Nông|Điện Biên|Đồng Nai|Đồng Tháp"
    "|Gia Lai|Hà Giang|Hà Nam|Hà Nội|Hà Tĩnh|Hải Dương|Hải Phòng|Hậu Giang|Hòa Bình|Hồ Chí Minh|Hưng Yên"
    "|Khánh Hòa|Kiên Giang|Kon Tum|Lai Châu|Lạng Sơn|Lào Cai|Lâm Đồng|Long An|Nam Định|Nghệ An|Ninh Bình"
    "|Ninh Thuận|Phú Thọ|Phú Yên|Phan Thiết|Quảng Bình|Quảng Nam|Quảng Ngãi|Quảng Ninh|Quảng Trị|Sài Gòn"
    "|Sóc Trăng|Sơn La|Tây Ninh|Thái Bình|Thái Nguyên|Thanh Hóa|Huế|Thủ Đức|Tiền Giang|Trà Vinh|Tuyên Quang"
    "|Vĩnh Long|Vĩnh Phúc|Vũng Tàu|Yên Bái|Cao Su|Mai Linh"
)
# Parts of an address, before a name or a number.
STREETS = (
    r"đường|phố|ngõ|ngách|hẻm|kiệt|thôn|xóm|ấp|bản|buôn|làng|khu\s+phố|tổ\s+dân\s+phố|xã|phường|thị\s+trấn|thị\s+xã|quận"
    r"|huyện|chung\s+cư|khu\s+tập\s+thể|ký\s+túc\s+xá"
)
DIGIT_WORDS = _words("không một mốt hai ba bốn tư năm lăm sáu bảy bẩy tám chín khong mot bon nam lam sau bay tam chin")

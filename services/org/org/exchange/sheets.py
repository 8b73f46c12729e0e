"""The tables that are exchanged: their columns, what people may write above them, and what is to be filled in."""

from dataclasses import dataclass

EXAMPLE_CODE = "VI-DU"
"""The code of the unit in the templates' example rows, “ví dụ”: no unit's."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its heading and explanation in both languages, and what an example row has there."""

    name: str
    vi: str
    en: str
    about_vi: str
    about_en: str
    example: str = ""
    is_required: bool = False
    vocabulary: str | None = None
    """The vocabulary whose codes it takes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; `headings` gives the column that a heading in either language, or a column's own name, means."""

    name: str
    vi: str
    en: str
    columns: tuple[Column, ...]

    @property
    def called(self) -> tuple[str, str]:
        """What people call it, in Vietnamese and English."""
        return self.vi, self.en

    @property
    def headings(self) -> dict[str, str]:
        """What people may write in the first line, in lower case, and the column that is meant."""
        return {text.lower(): column.name for column in self.columns for text in (column.name, column.vi, column.en)}

    @property
    def example(self) -> dict[str, str]:
        """The cells of the example row in the template."""
        return {column.name: column.example for column in self.columns if column.example}

    @property
    def required(self) -> dict[str, tuple[str, str]]:
        """The columns that a file can't do without, each with its headings in Vietnamese and English."""
        return {column.name: (column.vi, column.en) for column in self.columns if column.is_required}


UNITS = Sheet(
    "units",
    "Đơn vị",
    "Units",
    (
        Column(
            "code",
            "Mã đơn vị",
            "Code",
            "Chữ cái không dấu và số, ngăn bằng “-” hoặc “.”; không trùng.",
            "Letters A–Z and digits, separated by “-” or “.”; unique.",
            EXAMPLE_CODE,
            is_required=True,
        ),
        Column(
            "name_vi",
            "Tên đơn vị",
            "Name in Vietnamese",
            "Tên đầy đủ, không quá 250 ký tự.",
            "Full name, at most 250 characters.",
            "Công đoàn Công ty Ví dụ",
            is_required=True,
        ),
        Column("name_en", "Tên tiếng Anh", "Name in English", "Có thể để trống.", "May be blank."),
        Column(
            "short_name",
            "Tên ngắn",
            "Short name",
            "Không quá 60 ký tự; có thể để trống.",
            "At most 60 characters; may be blank.",
        ),
        Column(
            "parent_code",
            "Mã đơn vị cấp trên",
            "Code of the unit above",
            "Đơn vị trực tiếp quản lý; để trống chỉ khi là gốc.",
            "The unit directly above; blank only at the top.",
            "HN",
            is_required=True,
        ),
        Column(
            "level",
            "Cấp",
            "Level",
            "Mã cấp công đoàn.",
            "Code of the level.",
            "grassroots",
            is_required=True,
            vocabulary="level",
        ),
        Column(
            "kind",
            "Loại hình",
            "Kind",
            "Mã loại hình đơn vị.",
            "Code of the kind of unit.",
            "enterprise",
            is_required=True,
            vocabulary="unit_kind",
        ),
        Column(
            "region",
            "Vùng",
            "Region",
            "Mã vùng; để trống khi hoạt động ở nhiều vùng.",
            "Code of the region; blank when it spans several.",
            "red_river_delta",
            vocabulary="region",
        ),
        Column(
            "province",
            "Mã tỉnh",
            "Province",
            "Hai chữ số, theo danh mục của cơ quan thống kê.",
            "Two digits, of the statistics office's list.",
            "01",
        ),
        Column(
            "commune",
            "Mã xã",
            "Commune",
            "Năm chữ số, theo danh mục của cơ quan thống kê.",
            "Five digits, of the statistics office's list.",
        ),
        Column("address", "Địa chỉ", "Address", "Địa chỉ cơ quan.", "Postal address of the office."),
        Column(
            "phone",
            "Điện thoại",
            "Telephone",
            "Điện thoại cơ quan, không phải của cá nhân.",
            "Of the office, not of a person.",
        ),
        Column("email", "Thư điện tử", "E-mail", "Hộp thư cơ quan.", "Of the office."),
        Column("website", "Trang web", "Website", "Bắt đầu bằng https://.", "Beginning with https://."),
        Column(
            "created_on",
            "Ngày thành lập",
            "Created on",
            "Dạng 2025-07-01; để trống: ngày hiệu lực của lần nhập.",
            "Such as 2025-07-01; blank: the day on which the file takes effect.",
        ),
        Column(
            "id",
            "Mã hệ thống",
            "Id",
            "Do hệ thống cấp; để trống với đơn vị mới.",
            "Given by the system; blank for a new unit.",
        ),
    ),
)

HEADCOUNTS = Sheet(
    "headcounts",
    "Số liệu đoàn viên, người lao động",
    "Headcounts",
    (
        Column(
            "unit_code",
            "Mã đơn vị",
            "Code of the unit",
            "Mỗi dòng là một nhóm người của một đơn vị.",
            "Each row is one group of people of one unit.",
            EXAMPLE_CODE,
            is_required=True,
        ),
        Column(
            "day",
            "Ngày thống kê",
            "Day",
            "Dạng 2025-12-31; không ở tương lai.",
            "Such as 2025-12-31; not in the future.",
            "2025-12-31",
            is_required=True,
        ),
        Column(
            "age_band",
            "Nhóm tuổi",
            "Age band",
            "Mã nhóm tuổi.",
            "Code of the age band.",
            "25_34",
            is_required=True,
            vocabulary="age_band",
        ),
        Column(
            "gender",
            "Giới tính",
            "Gender",
            "Mã giới tính.",
            "Code of the gender.",
            "female",
            is_required=True,
            vocabulary="gender",
        ),
        Column(
            "education",
            "Trình độ học vấn",
            "Education",
            "Mã trình độ; để trống khi không rõ.",
            "Code of the education; blank when not stated.",
            vocabulary="education",
        ),
        Column(
            "field",
            "Lĩnh vực công tác",
            "Field of work",
            "Mã lĩnh vực; để trống khi không rõ.",
            "Code of the field of work; blank when not stated.",
            vocabulary="field",
        ),
        Column(
            "members",
            "Đoàn viên",
            "Members",
            "Số người. Không biết thì bỏ cả dòng, đừng ghi 0.",
            "How many. Leave the row out when not known; do not write 0.",
            "120",
            is_required=True,
        ),
        Column(
            "workers",
            "Người lao động",
            "Workers",
            "Số người lao động, kể cả chưa là đoàn viên.",
            "How many workers, members or not.",
            "135",
            is_required=True,
        ),
        Column(
            "source",
            "Nguồn số liệu",
            "Source",
            "Lấy từ đâu, ví dụ “Sổ đoàn viên”.",
            "Where the numbers come from.",
            "Sổ đoàn viên",
        ),
    ),
)

PEOPLE = Sheet(
    "people",
    "Cán bộ và chức danh",
    "People and posts",
    (
        Column(
            "unit_code",
            "Mã đơn vị",
            "Code of the unit",
            "Mỗi dòng là một người giữ một chức danh.",
            "Each row is one person in one post.",
            EXAMPLE_CODE,
            is_required=True,
        ),
        Column(
            "display_name",
            "Họ và tên",
            "Name",
            "Chỉ ghi điều cần cho công việc.",
            "Only what the work needs.",
            "Nguyễn Thị Ví Dụ",
            is_required=True,
        ),
        Column(
            "post",
            "Chức danh",
            "Post",
            "Mã chức danh.",
            "Code of the post.",
            "chair",
            is_required=True,
            vocabulary="post",
        ),
        Column(
            "department",
            "Ban, bộ phận",
            "Department",
            "Tên ban của đơn vị; để trống khi là chức danh của đơn vị.",
            "Name of the unit's department; blank for a post of the unit itself.",
        ),
        Column(
            "since",
            "Từ ngày",
            "Since",
            "Ngày đầu của nhiệm kỳ, dạng 2025-07-01.",
            "First day of the term, such as 2025-07-01.",
            "2025-07-01",
            is_required=True,
        ),
        Column(
            "until",
            "Đến trước ngày",
            "Until",
            "Ngày đầu sau nhiệm kỳ; để trống khi chưa định.",
            "First day after the term; blank when it is open.",
            "2028-07-01",
        ),
        Column("decision_number", "Số quyết định", "Decision", "Có thể để trống.", "May be blank.", "12/QĐ-CĐ"),
        Column(
            "email",
            "Thư điện tử",
            "E-mail",
            "Chỉ biên tập viên, quản trị của đơn vị thấy.",
            "Seen by editors and admins of the unit only.",
        ),
        Column(
            "phone",
            "Điện thoại",
            "Telephone",
            "Chỉ biên tập viên, quản trị của đơn vị thấy.",
            "Seen by editors and admins of the unit only.",
        ),
        Column(
            "person_id",
            "Mã người",
            "Person's id",
            "Do hệ thống cấp; để trống với người mới.",
            "Given by the system; blank for somebody new.",
        ),
        Column(
            "appointment_id",
            "Mã bổ nhiệm",
            "Appointment's id",
            "Do hệ thống cấp; để trống với bổ nhiệm mới.",
            "Given by the system; blank for a new one.",
        ),
    ),
)

REORGANISATION = Sheet(
    "reorganisation",
    "Sắp xếp tổ chức theo một quyết định",
    "Reorganisation under one decision",
    (
        Column(
            "operation",
            "Thao tác",
            "Operation",
            "Lập mới, nhập, tách, đổi tên, chuyển, thay đổi hoặc giải thể.",
            "create, merge, split, rename, move, change or dissolve.",
            "nhập",
            is_required=True,
        ),
        Column(
            "old_code",
            "Mã cũ",
            "Former code",
            "Đơn vị hiện có; để trống khi lập mới.",
            "The unit that is there; blank for create.",
            EXAMPLE_CODE,
        ),
        Column(
            "new_code",
            "Mã mới",
            "New code",
            "Lập mới: mã của đơn vị mới. Nhập, tách: đơn vị tiếp nhận. Thay đổi: mã mới.",
            "create: the new unit's code; merge, split: who takes over; change: the new code.",
            "HN-002",
        ),
        Column(
            "new_parent_code",
            "Mã cấp trên mới",
            "Code of the new unit above",
            "Cho lập mới, chuyển; giải thể: đơn vị giữ hồ sơ.",
            "For create and move; dissolve: who keeps what is left.",
        ),
        Column(
            "new_name",
            "Tên mới",
            "New name",
            "Cho lập mới, đổi tên.",
            "For create and rename.",
        ),
        Column(
            "new_name_en",
            "Tên tiếng Anh mới",
            "New name in English",
            "Có thể để trống.",
            "May be blank.",
        ),
        Column(
            "new_short_name",
            "Tên viết tắt mới",
            "New short name",
            "Có thể để trống.",
            "May be blank.",
        ),
        Column(
            "level",
            "Cấp",
            "Level",
            "Cho lập mới, thay đổi.",
            "For create and change.",
            vocabulary="level",
        ),
        Column(
            "kind",
            "Loại hình",
            "Kind",
            "Cho lập mới, thay đổi.",
            "For create and change.",
            vocabulary="unit_kind",
        ),
        Column(
            "region",
            "Vùng",
            "Region",
            "Cho lập mới, thay đổi; có thể để trống.",
            "For create and change; may be blank.",
            vocabulary="region",
        ),
        Column(
            "province",
            "Mã tỉnh",
            "Province",
            "Hai chữ số, theo danh mục của cơ quan thống kê.",
            "Two digits, of the statistics office's list.",
        ),
        Column(
            "commune",
            "Mã xã",
            "Commune",
            "Năm chữ số, theo danh mục của cơ quan thống kê.",
            "Five digits, of the statistics office's list.",
        ),
        Column(
            "share",
            "Tỷ lệ",
            "Share",
            "Khi tách: phần người chuyển sang, ví dụ 40% hoặc 0,4; để trống: chia đều, ghi là giả định.",
            "split: the part of the people, such as 40% or 0.4; blank: an equal, assumed part.",
        ),
        Column(
            "note",
            "Ghi chú",
            "Note",
            "Không dùng khi nhập.",
            "Not read.",
        ),
    ),
)

SHEETS = {sheet.name: sheet for sheet in (UNITS, HEADCOUNTS, PEOPLE, REORGANISATION)}

"""The terms that every service speaks in: reference data, needed also where no demo is loaded.

Levels and their rules follow the Trade Union Law as first passed (four levels) until 30 June 2025 and as amended
(three levels and special unions) from 1 July 2025. Sections and teams are parts of a grassroots union, not levels of
the law. Topics are this product's own taxonomy.
"""

from typing import NamedTuple

from tortoise import migrations
from tortoise.migrations import operations

AMENDED = "2025-07-01"


class T(NamedTuple):
    """A term: its code, both labels, and the days on which it holds (from the first, to before the second)."""

    code: str
    vi: str
    en: str
    since: str | None = None
    until: str | None = None


VOCABULARIES: dict[str, tuple[str, str, list[T]]] = {
    "level": (
        "Cấp công đoàn",
        "Levels of unions",
        [
            T("confederation", "Tổng Liên đoàn", "Confederation"),
            T(
                "province_or_industry",
                "Cấp tỉnh, ngành trung ương và tương đương",
                "Province, central industry or equivalent",
            ),
            T("upper_direct", "Cấp trên trực tiếp cơ sở", "Directly above the grassroots", until=AMENDED),
            T("special", "Công đoàn cấp trên đặc thù", "Special upper union", since=AMENDED),
            T("grassroots", "Công đoàn cơ sở", "Grassroots union"),
            T("section", "Công đoàn bộ phận", "Section"),
            T("team", "Tổ công đoàn", "Team"),
        ],
    ),
    "unit_kind": (
        "Loại hình đơn vị",
        "Kinds of units",
        [
            T("confederation", "Tổng Liên đoàn", "Confederation"),
            T("provincial_federation", "Liên đoàn Lao động tỉnh, thành phố", "Provincial federation"),
            T("central_industry", "Công đoàn ngành trung ương", "Central industry union"),
            T("corporation", "Công đoàn tập đoàn, tổng công ty", "Corporation union"),
            T("district_federation", "Liên đoàn Lao động quận, huyện", "District federation", until=AMENDED),
            T("industrial_zone", "Công đoàn khu công nghiệp", "Industrial zone union"),
            T("enterprise", "Công đoàn doanh nghiệp", "Union in an enterprise"),
            T("public_service", "Công đoàn đơn vị sự nghiệp", "Union in a public service unit"),
            T("school", "Công đoàn trường học", "Union in a school"),
            T("hospital", "Công đoàn bệnh viện", "Union in a hospital"),
            T("government_office", "Công đoàn cơ quan nhà nước", "Union in a government office"),
            T("occupational", "Nghiệp đoàn", "Occupational union"),
            T("section", "Công đoàn bộ phận", "Section"),
            T("team", "Tổ công đoàn", "Team"),
        ],
    ),
    "region": (
        "Vùng",
        "Regions",
        [
            T("red_river_delta", "Đồng bằng sông Hồng", "Red River Delta"),
            T("northern_midlands", "Trung du và miền núi phía Bắc", "Northern Midlands and Mountains"),
            T("north_central", "Bắc Trung Bộ", "North Central Coast"),
            T("south_central", "Duyên hải Nam Trung Bộ", "South Central Coast"),
            T("central_highlands", "Tây Nguyên", "Central Highlands"),
            T("southeast", "Đông Nam Bộ", "Southeast"),
            T("mekong_delta", "Đồng bằng sông Cửu Long", "Mekong Delta"),
        ],
    ),
    "age_band": (
        "Nhóm tuổi",
        "Age bands",
        [
            T("under_25", "Dưới 25 tuổi", "Under 25"),
            T("25_34", "25–34 tuổi", "25–34"),
            T("35_44", "35–44 tuổi", "35–44"),
            T("45_plus", "Từ 45 tuổi", "45 and over"),
        ],
    ),
    "gender": (
        "Giới tính",
        "Gender",
        [T("female", "Nữ", "Female"), T("male", "Nam", "Male"), T("other", "Khác", "Other")],
    ),
    "education": (
        "Trình độ học vấn",
        "Education",
        [
            T("below_secondary", "Chưa tốt nghiệp trung học cơ sở", "Below lower secondary"),
            T("lower_secondary", "Trung học cơ sở", "Lower secondary"),
            T("upper_secondary", "Trung học phổ thông", "Upper secondary"),
            T("vocational", "Sơ cấp, trung cấp nghề", "Vocational training"),
            T("college", "Cao đẳng", "College"),
            T("university", "Đại học", "University"),
            T("postgraduate", "Sau đại học", "Postgraduate"),
        ],
    ),
    "field": (
        "Lĩnh vực công tác",
        "Fields of work",
        [
            T("electricity", "Điện lực", "Electricity"),
            T("mining", "Khai thác mỏ", "Mining"),
            T("textile_footwear", "Dệt may, da giày", "Textiles and footwear"),
            T("electronics", "Điện tử", "Electronics"),
            T("food_processing", "Chế biến thực phẩm", "Food processing"),
            T("mechanical", "Cơ khí, luyện kim", "Mechanical and metal work"),
            T("construction", "Xây dựng", "Construction"),
            T("transport", "Giao thông vận tải", "Transport"),
            T("trade_services", "Thương mại, dịch vụ", "Trade and services"),
            T("agriculture", "Nông, lâm, thủy sản", "Agriculture, forestry and fishery"),
            T("oil_gas", "Dầu khí", "Oil and gas"),
            T("finance", "Tài chính, ngân hàng", "Finance and banking"),
            T("information", "Thông tin, truyền thông", "Information and communications"),
            T("education", "Giáo dục", "Education"),
            T("health", "Y tế", "Health"),
            T("administration", "Hành chính, sự nghiệp", "Public administration"),
        ],
    ),
    "topic": (
        "Chủ đề truyền thông",
        "Topics of communication",
        [
            T("policy", "Chủ trương của Đảng, chính sách của Nhà nước", "Party and state policy"),
            T("labour_law", "Pháp luật lao động và quyền của người lao động", "Labour law and workers' rights"),
            T("about_union", "Công đoàn là gì", "What the union is"),
            T("benefits", "Quyền lợi của đoàn viên", "Benefits of membership"),
            T(
                "union_care",
                "Công đoàn tham gia xây dựng luật và chăm lo đời sống",
                "The union's part in law-making and care",
            ),
            T("role_models", "Gương điển hình và phong trào thi đua", "Role models and emulation"),
            T("rebuttal", "Phản bác thông tin sai sự thật", "Rebutting false information"),
            T("workers_life", "Đời sống, việc làm và nguyện vọng của người lao động", "Workers' life, jobs and wishes"),
            T("external_relations", "Đối ngoại công đoàn", "External relations"),
            T("yearly_events", "Sự kiện thường niên", "Yearly events"),
        ],
    ),
    "department_kind": (
        "Loại ban, bộ phận",
        "Kinds of departments",
        [
            T("office", "Văn phòng", "Office"),
            T("communications", "Ban Tuyên giáo", "Communications department"),
            T("organisation", "Ban Tổ chức", "Organisation department"),
            T("finance", "Ban Tài chính", "Finance department"),
            T("external", "Ban Đối ngoại", "External relations department"),
            T(
                "policy_and_relations",
                "Ban Chính sách pháp luật và Quan hệ lao động",
                "Policy, law and labour relations department",
            ),
            T("union_work", "Ban Công tác công đoàn", "Union work department", since=AMENDED),
            T("labour_relations", "Ban Quan hệ lao động", "Labour relations department", since=AMENDED),
            T("women", "Ban Nữ công", "Women's department"),
            T("inspection", "Ủy ban Kiểm tra", "Inspection committee"),
        ],
    ),
    "post": (
        "Chức danh",
        "Posts",
        [
            T("chair", "Chủ tịch", "Chair"),
            T("vice_chair", "Phó Chủ tịch", "Vice chair"),
            T("department_head", "Trưởng ban", "Head of department"),
            T("department_deputy", "Phó Trưởng ban", "Deputy head of department"),
            T("committee_member", "Ủy viên Ban Chấp hành", "Member of the committee"),
            T("spokesperson", "Người phát ngôn", "Spokesperson"),
            T("communications_officer", "Cán bộ truyền thông", "Communications officer"),
            T("section_chair", "Chủ tịch công đoàn bộ phận", "Chair of a section"),
            T("team_leader", "Tổ trưởng tổ công đoàn", "Team leader"),
        ],
    ),
}

# (parent or None for the top, child, since, until)
LEVEL_RULES: list[tuple[str | None, str, str | None, str | None]] = [
    (None, "confederation", None, None),
    ("confederation", "province_or_industry", None, None),
    ("confederation", "special", AMENDED, None),
    ("confederation", "grassroots", None, None),
    ("province_or_industry", "upper_direct", None, AMENDED),
    ("province_or_industry", "special", AMENDED, None),
    ("province_or_industry", "grassroots", None, None),
    ("upper_direct", "grassroots", None, AMENDED),
    ("special", "grassroots", AMENDED, None),
    ("grassroots", "section", None, None),
    ("grassroots", "team", None, None),
    ("section", "team", None, None),
]


def literal(value: str | None) -> str:
    """Return a value as an SQL literal."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def days(since: str | None, until: str | None) -> str:
    """Return the days from `since` to before `until` as SQL."""
    return f"daterange({literal(since)}, {literal(until)})"


def vocabularies_sql() -> str:
    """Return the statements that insert every vocabulary and its terms."""
    names = [f"({literal(name)}, {literal(vi)}, {literal(en)})" for name, (vi, en, _) in VOCABULARIES.items()]
    terms = [
        f"({literal(name)}, {literal(t.code)}, {literal(t.vi)}, {literal(t.en)}, {position}, {days(t.since, t.until)})"
        for name, (_, _, members) in VOCABULARIES.items()
        for position, t in enumerate(members, start=1)
    ]
    return (
        f"INSERT INTO vocabulary (name, label_vi, label_en) VALUES {', '.join(names)};"
        f"INSERT INTO term (vocabulary, code, label_vi, label_en, position, valid) VALUES {', '.join(terms)};"
    )


def level_rules_sql() -> str:
    """Return the statement that inserts the level rules."""
    rules = [
        f"({literal(parent)}, {literal(child)}, {days(since, until)})" for parent, child, since, until in LEVEL_RULES
    ]
    return f"INSERT INTO level_rule (parent_level, child_level, valid) VALUES {', '.join(rules)};"


# Other services learn the terms from the same events that will tell them of later changes.
EVENTS = """
INSERT INTO outbox (number, type, payload)
SELECT coalesce((SELECT max(number) FROM outbox), 0) + row_number() OVER (ORDER BY vocabulary), 'vocabulary.changed',
       jsonb_build_object('vocabulary', vocabulary, 'terms', jsonb_agg(jsonb_build_object(
         'code', code, 'vi', label_vi, 'en', label_en, 'position', position,
         'valid_from', lower(valid), 'valid_to', upper(valid)) ORDER BY position, code, valid))
FROM term GROUP BY vocabulary;
"""


class Migration(migrations.Migration):
    """Reference terms, level rules, and the events that tell of them."""

    dependencies = [("org", "0002_vocabularies")]
    operations = [
        operations.RunSQL(vocabularies_sql()),
        operations.RunSQL(level_rules_sql()),
        operations.RunSQL(EVENTS),
    ]

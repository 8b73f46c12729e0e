"""Channels of units, groups of units across the tree, and the provinces and communes of the statistics office."""

import unicodedata
from typing import NamedTuple

from tortoise import migrations
from tortoise.migrations import operations

from org.vietnamese import search_form, sort_key

REFORM = "2025-07-01"


class T(NamedTuple):
    """A term: its code and both labels; all hold since ever."""

    code: str
    vi: str
    en: str


VOCABULARIES: dict[str, tuple[str, str, list[T]]] = {
    "channel_kind": (
        "Loại kênh truyền thông",
        "Kinds of communications channels",
        [
            T("website", "Trang thông tin điện tử", "Website"),
            T("facebook_page", "Trang Facebook", "Facebook page"),
            T("zalo", "Zalo", "Zalo"),
            T("youtube", "Kênh YouTube", "YouTube channel"),
            T("tiktok", "Kênh TikTok", "TikTok channel"),
            T("bulletin", "Bản tin", "Bulletin"),
            T("loudspeaker", "Loa truyền thanh", "Loudspeaker"),
            T("notice_board", "Bảng tin", "Notice board"),
            T("email", "Thư điện tử", "E-mail"),
        ],
    ),
    "channel_audience": (
        "Đối tượng của kênh",
        "Audiences of channels",
        [
            T("members_and_workers", "Đoàn viên, người lao động", "Members and workers"),
            T("officers", "Cán bộ công đoàn", "Union officers"),
            T("party_state_employers", "Đảng, Nhà nước, người sử dụng lao động", "Party, state and employers"),
            T("society", "Xã hội", "Society"),
            T("international", "Đối tác quốc tế", "International partners"),
        ],
    ),
}

CHANNELS = """
-- A channel stays one channel while its address or its manager change; what it is and whose does not.
CREATE TABLE channel (
  id uuid CONSTRAINT channel_pkey PRIMARY KEY,
  unit_id uuid NOT NULL CONSTRAINT channel_unit_known REFERENCES unit,
  kind text NOT NULL,
  CONSTRAINT channel_id_unit_kind_unique UNIQUE (id, unit_id, kind)
);

CREATE TABLE channel_version (
  channel_id uuid NOT NULL,
  unit_id uuid NOT NULL,
  kind text NOT NULL,
  valid daterange NOT NULL,
  name text NOT NULL,
  address text,
  audience text NOT NULL,
  is_public boolean NOT NULL,
  -- An id only: what is erased about people must not be held back by a channel they once managed.
  manager_kind text,
  manager_id uuid,
  sort_key text COLLATE "C" NOT NULL,
  CONSTRAINT channel_version_of_a_channel FOREIGN KEY (channel_id, unit_id, kind) REFERENCES channel (id, unit_id, kind),
  CONSTRAINT channel_version_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT channel_version_has_a_beginning CHECK (NOT lower_inf(valid)),
  CONSTRAINT channel_version_name_bounded CHECK (length(name) BETWEEN 1 AND 200),
  CONSTRAINT channel_version_address_bounded CHECK (length(address) BETWEEN 1 AND 500),
  CONSTRAINT channel_version_manager_known CHECK (manager_kind IN ('department', 'appointment')),
  CONSTRAINT channel_version_manager_whole CHECK ((manager_kind IS NULL) = (manager_id IS NULL)),
  CONSTRAINT channel_version_no_overlap EXCLUDE USING gist (channel_id WITH =, valid WITH &&),
  CONSTRAINT channel_version_address_once EXCLUDE USING gist (
    unit_id WITH =, kind WITH =, address WITH =, channel_id WITH <>, valid WITH &&)
);
CREATE INDEX channel_version_by_unit ON channel_version (unit_id);
"""

GROUPS = """
-- In a set a unit is in at most one group on a day, such as one size class.
CREATE TABLE unit_group_set (
  id uuid CONSTRAINT unit_group_set_pkey PRIMARY KEY,
  owner_id uuid NOT NULL CONSTRAINT unit_group_set_owner_known REFERENCES unit,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  sort_key text COLLATE "C" NOT NULL,
  CONSTRAINT unit_group_set_names_bounded CHECK (length(name_vi) BETWEEN 1 AND 200 AND length(name_en) BETWEEN 1 AND 200),
  CONSTRAINT unit_group_set_id_and_owner_unique UNIQUE (id, owner_id)
);
CREATE UNIQUE INDEX unit_group_set_name_once ON unit_group_set (owner_id, lower(name_vi));

CREATE TABLE unit_group (
  id uuid CONSTRAINT unit_group_pkey PRIMARY KEY,
  owner_id uuid NOT NULL CONSTRAINT unit_group_owner_known REFERENCES unit,
  set_id uuid,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  sort_key text COLLATE "C" NOT NULL,
  valid daterange NOT NULL,
  -- Within what a unit is in one group at most: the set, or the group itself.
  exclusive_in uuid NOT NULL GENERATED ALWAYS AS (coalesce(set_id, id)) STORED,
  CONSTRAINT unit_group_set_of_the_owner FOREIGN KEY (set_id, owner_id) REFERENCES unit_group_set (id, owner_id),
  CONSTRAINT unit_group_names_bounded CHECK (length(name_vi) BETWEEN 1 AND 200 AND length(name_en) BETWEEN 1 AND 200),
  CONSTRAINT unit_group_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT unit_group_has_a_beginning CHECK (NOT lower_inf(valid)),
  CONSTRAINT unit_group_id_and_exclusive_unique UNIQUE (id, exclusive_in),
  CONSTRAINT unit_group_name_once EXCLUDE USING gist (owner_id WITH =, lower(name_vi) WITH =, valid WITH &&)
);
CREATE INDEX unit_group_by_set ON unit_group (set_id);

CREATE TABLE unit_group_member (
  group_id uuid NOT NULL,
  exclusive_in uuid NOT NULL,
  unit_id uuid NOT NULL CONSTRAINT unit_group_member_unit_known REFERENCES unit,
  valid daterange NOT NULL,
  CONSTRAINT unit_group_member_of_a_group FOREIGN KEY (group_id, exclusive_in) REFERENCES unit_group (id, exclusive_in),
  CONSTRAINT unit_group_member_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT unit_group_member_one_group_a_day EXCLUDE USING gist (exclusive_in WITH =, unit_id WITH =, valid WITH &&)
);
CREATE INDEX unit_group_member_by_group ON unit_group_member (group_id, unit_id);
CREATE INDEX unit_group_member_by_unit ON unit_group_member (unit_id);

CREATE FUNCTION unit_group_member_within_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The group is locked, so that it can't be closed between this look and the commit.
  IF NOT EXISTS (SELECT FROM (SELECT valid FROM unit_group WHERE id = NEW.group_id FOR SHARE) AS whole
                 WHERE whole.valid @> NEW.valid) THEN
    RAISE EXCEPTION 'a unit is in group % on days on which the group does not exist', NEW.group_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_group_member_within_group';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER unit_group_member_within_group AFTER INSERT OR UPDATE ON unit_group_member
  FOR EACH ROW EXECUTE FUNCTION unit_group_member_within_group();

CREATE FUNCTION unit_group_holds_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM unit_group_member WHERE group_id = NEW.id AND NOT NEW.valid @> valid) THEN
    RAISE EXCEPTION 'group % has units on days on which it does not exist', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_group_holds_members';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER unit_group_holds_members AFTER UPDATE OF valid ON unit_group
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION unit_group_holds_members();
"""

PLACES = """
-- The statistics office uses a code again for another place: which one is meant depends on the day.
CREATE TABLE place (
  kind text NOT NULL,
  code text NOT NULL,
  name_vi text NOT NULL,
  name_en text,
  parent_code text,
  province_code text NOT NULL,
  region text,
  valid daterange NOT NULL,
  sort_key text COLLATE "C" NOT NULL,
  search_accented text NOT NULL,
  search_folded text GENERATED ALWAYS AS (' ' || search_words(name_vi || ' ' || coalesce(name_en, '') || ' ' || code)) STORED,
  CONSTRAINT place_kind_known CHECK (kind IN ('province', 'district', 'commune')),
  CONSTRAINT place_code_of_its_kind CHECK (
    code ~ CASE kind WHEN 'province' THEN '^[0-9]{2}$' WHEN 'district' THEN '^[0-9]{3}$' ELSE '^[0-9]{5}$' END),
  CONSTRAINT place_has_names CHECK (name_vi <> '' AND name_en <> ''),
  CONSTRAINT place_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT place_province_is_the_top CHECK ((kind = 'province') = (parent_code IS NULL)),
  CONSTRAINT place_province_is_its_own CHECK (kind <> 'province' OR province_code = code),
  CONSTRAINT place_region_of_provinces CHECK ((kind = 'province') = (region IS NOT NULL)),
  CONSTRAINT place_no_overlap EXCLUDE USING gist (kind WITH =, code WITH =, valid WITH &&)
);
CREATE UNIQUE INDEX place_key ON place (kind, code, coalesce(lower(valid), '-infinity'::date));
CREATE INDEX place_in_order ON place (kind, sort_key, code);
CREATE INDEX place_by_parent ON place (parent_code, sort_key, code);
CREATE INDEX place_search_trigrams ON place USING gin (search_folded gin_trgm_ops);

-- What became of a place on a day. The kinds follow from the codes' lengths; a district can become a commune.
CREATE TABLE place_succession (
  old_code text NOT NULL,
  new_code text NOT NULL,
  effective_on date NOT NULL,
  is_partial boolean NOT NULL,
  note text,
  CONSTRAINT place_succession_pkey PRIMARY KEY (old_code, new_code, effective_on),
  CONSTRAINT place_succession_note_not_blank CHECK (note <> '')
);
CREATE INDEX place_succession_by_new ON place_succession (new_code, effective_on);
"""


class P(NamedTuple):
    """A province or centrally run city: its code, bare name, region, and the days on which it is that one."""

    code: str
    name: str
    region: str
    is_city: bool = False
    since: str | None = None
    until: str | None = None


# Sixty-three until 30 June 2025, thirty-four since. Eleven went on as they were.
UNCHANGED = [
    P("01", "Hà Nội", "red_river_delta", is_city=True),
    P("04", "Cao Bằng", "northern_midlands"),
    P("11", "Điện Biên", "northern_midlands"),
    P("12", "Lai Châu", "northern_midlands"),
    P("14", "Sơn La", "northern_midlands"),
    P("20", "Lạng Sơn", "northern_midlands"),
    P("22", "Quảng Ninh", "red_river_delta"),
    P("38", "Thanh Hóa", "north_central"),
    P("40", "Nghệ An", "north_central"),
    P("42", "Hà Tĩnh", "north_central"),
    P("46", "Thừa Thiên Huế", "north_central", until="2025-01-01"),
    P("46", "Huế", "north_central", is_city=True, since="2025-01-01"),
]
BEFORE = [
    P("02", "Hà Giang", "northern_midlands"),
    P("06", "Bắc Kạn", "northern_midlands"),
    P("08", "Tuyên Quang", "northern_midlands"),
    P("10", "Lào Cai", "northern_midlands"),
    P("15", "Yên Bái", "northern_midlands"),
    P("17", "Hòa Bình", "northern_midlands"),
    P("19", "Thái Nguyên", "northern_midlands"),
    P("24", "Bắc Giang", "northern_midlands"),
    P("25", "Phú Thọ", "northern_midlands"),
    P("26", "Vĩnh Phúc", "red_river_delta"),
    P("27", "Bắc Ninh", "red_river_delta"),
    P("30", "Hải Dương", "red_river_delta"),
    P("31", "Hải Phòng", "red_river_delta", is_city=True),
    P("33", "Hưng Yên", "red_river_delta"),
    P("34", "Thái Bình", "red_river_delta"),
    P("35", "Hà Nam", "red_river_delta"),
    P("36", "Nam Định", "red_river_delta"),
    P("37", "Ninh Bình", "red_river_delta"),
    P("44", "Quảng Bình", "north_central"),
    P("45", "Quảng Trị", "north_central"),
    P("48", "Đà Nẵng", "south_central", is_city=True),
    P("49", "Quảng Nam", "south_central"),
    P("51", "Quảng Ngãi", "south_central"),
    P("52", "Bình Định", "south_central"),
    P("54", "Phú Yên", "south_central"),
    P("56", "Khánh Hòa", "south_central"),
    P("58", "Ninh Thuận", "south_central"),
    P("60", "Bình Thuận", "south_central"),
    P("62", "Kon Tum", "central_highlands"),
    P("64", "Gia Lai", "central_highlands"),
    P("66", "Đắk Lắk", "central_highlands"),
    P("67", "Đắk Nông", "central_highlands"),
    P("68", "Lâm Đồng", "central_highlands"),
    P("70", "Bình Phước", "southeast"),
    P("72", "Tây Ninh", "southeast"),
    P("74", "Bình Dương", "southeast"),
    P("75", "Đồng Nai", "southeast"),
    P("77", "Bà Rịa - Vũng Tàu", "southeast"),
    P("79", "Hồ Chí Minh", "southeast", is_city=True),
    P("80", "Long An", "mekong_delta"),
    P("82", "Tiền Giang", "mekong_delta"),
    P("83", "Bến Tre", "mekong_delta"),
    P("84", "Trà Vinh", "mekong_delta"),
    P("86", "Vĩnh Long", "mekong_delta"),
    P("87", "Đồng Tháp", "mekong_delta"),
    P("89", "An Giang", "mekong_delta"),
    P("91", "Kiên Giang", "mekong_delta"),
    P("92", "Cần Thơ", "mekong_delta", is_city=True),
    P("93", "Hậu Giang", "mekong_delta"),
    P("94", "Sóc Trăng", "mekong_delta"),
    P("95", "Bạc Liêu", "mekong_delta"),
    P("96", "Cà Mau", "mekong_delta"),
]
# With the codes of those that went into them. One that lies across two regions counts to that of its former namesake.
SINCE: list[tuple[P, str]] = [
    (P("08", "Tuyên Quang", "northern_midlands"), "02 08"),
    (P("15", "Lào Cai", "northern_midlands"), "10 15"),
    (P("19", "Thái Nguyên", "northern_midlands"), "06 19"),
    (P("24", "Bắc Ninh", "red_river_delta"), "24 27"),
    (P("25", "Phú Thọ", "northern_midlands"), "17 25 26"),
    (P("31", "Hải Phòng", "red_river_delta", is_city=True), "30 31"),
    (P("33", "Hưng Yên", "red_river_delta"), "33 34"),
    (P("37", "Ninh Bình", "red_river_delta"), "35 36 37"),
    (P("44", "Quảng Trị", "north_central"), "44 45"),
    (P("48", "Đà Nẵng", "south_central", is_city=True), "48 49"),
    (P("51", "Quảng Ngãi", "south_central"), "51 62"),
    (P("52", "Gia Lai", "central_highlands"), "52 64"),
    (P("56", "Khánh Hòa", "south_central"), "56 58"),
    (P("66", "Đắk Lắk", "central_highlands"), "54 66"),
    (P("68", "Lâm Đồng", "central_highlands"), "60 67 68"),
    (P("75", "Đồng Nai", "southeast"), "70 75"),
    (P("79", "Hồ Chí Minh", "southeast", is_city=True), "74 77 79"),
    (P("80", "Tây Ninh", "southeast"), "72 80"),
    (P("82", "Đồng Tháp", "mekong_delta"), "82 87"),
    (P("86", "Vĩnh Long", "mekong_delta"), "83 84 86"),
    (P("91", "An Giang", "mekong_delta"), "89 91"),
    (P("92", "Cần Thơ", "mekong_delta", is_city=True), "92 93 94"),
    (P("96", "Cà Mau", "mekong_delta"), "95 96"),
]


def literal(value: str | None) -> str:
    """Return a value as an SQL literal."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def days(since: str | None, until: str | None) -> str:
    """Return the days from `since` to before `until` as SQL."""
    return f"daterange({literal(since)}, {literal(until)})"


def plain(name: str) -> str:
    """Return a Vietnamese name as it is written in English."""
    marked = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return "".join(sign for sign in marked if not unicodedata.combining(sign))


def province(place: P) -> str:
    """Return a province as a row in SQL."""
    vi = f"{'Thành phố' if place.is_city else 'Tỉnh'} {place.name}"
    en = f"{plain(place.name)} {'City' if place.is_city else 'Province'}"
    values = [place.code, vi, en, place.code, place.region]
    keys = [sort_key(place.name), " " + search_form(f"{vi} {en}")]
    return f"('province', {', '.join(map(literal, values))}, {days(place.since, place.until)}, {', '.join(map(literal, keys))})"


def provinces_sql() -> str:
    """Return the statement that inserts the provinces, old and new."""
    rows = [
        *UNCHANGED,
        *(place._replace(until=REFORM) for place in BEFORE),
        *(place._replace(since=REFORM) for place, _ in SINCE),
    ]
    return (
        "INSERT INTO place (kind, code, name_vi, name_en, province_code, region, valid, sort_key, search_accented)"
        f" VALUES {', '.join(province(row) for row in rows)}"
    )


def successions_sql() -> str:
    """Return the statement that inserts which provinces went into which."""
    pairs = [
        f"({literal(old)}, {literal(place.code)}, '{REFORM}', false)"
        for place, origins in SINCE
        for old in origins.split()
    ]
    pairs.append("('46', '46', '2025-01-01', false)")
    return f"INSERT INTO place_succession (old_code, new_code, effective_on, is_partial) VALUES {', '.join(pairs)}"


def vocabularies_sql() -> str:
    """Return the statements that insert the vocabularies and their terms."""
    names = [f"({literal(name)}, {literal(vi)}, {literal(en)})" for name, (vi, en, _) in VOCABULARIES.items()]
    terms = [
        f"({literal(name)}, {literal(t.code)}, {literal(t.vi)}, {literal(t.en)}, {position})"
        for name, (_, _, members) in VOCABULARIES.items()
        for position, t in enumerate(members, start=1)
    ]
    return (
        f"INSERT INTO vocabulary (name, label_vi, label_en) VALUES {', '.join(names)};"
        f"INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES {', '.join(terms)};"
    )


EVENTS = """
INSERT INTO outbox (number, type, payload)
SELECT coalesce((SELECT max(number) FROM outbox), 0) + row_number() OVER (ORDER BY vocabulary), 'vocabulary.changed',
       jsonb_build_object('vocabulary', vocabulary, 'terms', jsonb_agg(jsonb_build_object(
         'code', code, 'vi', label_vi, 'en', label_en, 'position', position,
         'valid_from', lower(valid), 'valid_to', upper(valid)) ORDER BY position, code, valid))
FROM term WHERE vocabulary IN ('channel_kind', 'channel_audience') GROUP BY vocabulary;
INSERT INTO outbox (number, type, payload)
SELECT coalesce((SELECT max(number) FROM outbox), 0) + 1, 'level_rules.changed',
       jsonb_build_object('rules', jsonb_agg(jsonb_build_object(
         'parent_level', parent_level, 'child_level', child_level,
         'valid_from', lower(valid), 'valid_to', upper(valid)) ORDER BY coalesce(parent_level, ''), child_level, valid))
FROM level_rule;
"""


class Migration(migrations.Migration):
    """Channels, groups and places, with the terms and provinces that they need."""

    dependencies = [("org", "0009_audit")]
    operations = [
        operations.RunSQL(CHANNELS),
        operations.RunSQL(GROUPS),
        operations.RunSQL(PLACES),
        operations.RunSQL(provinces_sql()),
        operations.RunSQL(successions_sql()),
        operations.RunSQL(vocabularies_sql()),
        operations.RunSQL(EVENTS),
    ]

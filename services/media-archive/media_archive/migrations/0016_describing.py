"""What is said of materials beyond their titles, the words for it, and what of it is searched."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Codes have no foreign keys: terms of org's vocabularies may be forgotten and learnt again, ours only end.
ABOUT = """
CREATE TABLE asset_about (
    asset_id uuid CONSTRAINT asset_about_pkey PRIMARY KEY
        CONSTRAINT asset_about_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    creator text NOT NULL DEFAULT '',
    people text[] NOT NULL DEFAULT '{}',
    places text[] NOT NULL DEFAULT '{}',
    place_codes text[] NOT NULL DEFAULT '{}',
    events text[] NOT NULL DEFAULT '{}',
    audiences text[] NOT NULL DEFAULT '{}',
    age_bands text[] NOT NULL DEFAULT '{}',
    genders text[] NOT NULL DEFAULT '{}',
    regions text[] NOT NULL DEFAULT '{}',
    CONSTRAINT asset_about_creator_length CHECK (length(creator) <= 300),
    CONSTRAINT asset_about_names_bounded CHECK (
        cardinality(people) <= 50 AND cardinality(places) <= 20
        AND length(array_to_string(people || places, '')) <= 14000),
    CONSTRAINT asset_about_codes_bounded CHECK (
        greatest(cardinality(place_codes), cardinality(events), cardinality(audiences), cardinality(age_bands),
                 cardinality(genders), cardinality(regions)) <= 20),
    CONSTRAINT asset_about_place_codes CHECK (array_to_string(place_codes, ' ') ~ '^([0-9]{2,5}( |$))*$')
);
"""

TERMS = """
CREATE TABLE archive_term (
    vocabulary text NOT NULL,
    code text NOT NULL,
    valid_from date NOT NULL DEFAULT '-infinity',
    valid_to date,
    vi text NOT NULL,
    en text NOT NULL,
    position integer NOT NULL,
    CONSTRAINT archive_term_pkey PRIMARY KEY (vocabulary, code),
    CONSTRAINT archive_term_vocabulary_known CHECK (vocabulary IN ('union_event', 'audience')),
    CONSTRAINT archive_term_ends_later CHECK (valid_to > valid_from)
);
INSERT INTO archive_term (vocabulary, position, code, vi, en) VALUES
    ('union_event', 1, 'tet_sum_vay', 'Tết Sum vầy', 'Tết together'),
    ('union_event', 2, 'womens_day', 'Ngày Quốc tế Phụ nữ 8/3', 'International Women''s Day, 8 March'),
    ('union_event', 3, 'labour_day', 'Ngày Quốc tế Lao động 1/5', 'International Labour Day, 1 May'),
    ('union_event', 4, 'workers_month', 'Tháng Công nhân', 'Workers'' Month'),
    ('union_event', 5, 'safety_month', 'Tháng hành động về an toàn, vệ sinh lao động', 'Month for safety at work'),
    ('union_event', 6, 'family_day', 'Ngày Gia đình Việt Nam 28/6', 'Vietnamese Family Day, 28 June'),
    ('union_event', 7, 'founding_day', 'Ngày thành lập Công đoàn Việt Nam 28/7', 'Founding day of the trade unions, 28 July'),
    ('union_event', 8, 'vietnamese_womens_day', 'Ngày Phụ nữ Việt Nam 20/10', 'Vietnamese Women''s Day, 20 October'),
    ('union_event', 9, 'mining_day', 'Ngày truyền thống ngành Than 12/11', 'Miners'' day, 12 November'),
    ('union_event', 10, 'electricity_day', 'Ngày truyền thống ngành Điện lực 21/12', 'Electricity workers'' day, 21 December'),
    ('union_event', 11, 'dialogue', 'Lãnh đạo đối thoại với người lao động', 'Leaders'' dialogue with workers'),
    ('union_event', 12, 'congress', 'Đại hội công đoàn', 'Trade union congress'),
    ('audience', 1, 'officers', 'Cán bộ công đoàn', 'Union officers'),
    ('audience', 2, 'workers', 'Đoàn viên, người lao động', 'Members and workers'),
    ('audience', 3, 'authorities', 'Cấp ủy, chính quyền, người sử dụng lao động', 'Party, state and employers'),
    ('audience', 4, 'society', 'Xã hội', 'Society'),
    ('audience', 5, 'international', 'Đối tác quốc tế', 'International partners');
"""

# The names of codes in both languages: people search for what they call a thing.
WORDS = """
CREATE FUNCTION asset_words(wanted uuid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT concat_ws(E'\\n', nullif(creator, ''), nullif(array_to_string(people, E'\\n'), ''),
        nullif(array_to_string(places, E'\\n'), ''),
        (SELECT string_agg(vi || E'\\n' || en, E'\\n' ORDER BY vocabulary, position) FROM archive_term
         WHERE vocabulary = 'union_event' AND code = ANY(events) OR vocabulary = 'audience' AND code = ANY(audiences)))
    FROM asset_about WHERE asset_id = wanted
$$;
"""


class Migration(migrations.Migration):
    """What is said of materials, and its words."""

    dependencies = [("media_archive", "0015_royalties")]

    operations = [RunSQL(ABOUT + TERMS + WORDS)]

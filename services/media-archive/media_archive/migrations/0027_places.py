"""Places as org tells of them: which codes there are, and what a code meant on the day of a material."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

PLACES = """
-- A code is given again to another place, so what it means depends on the day. `until` is the first day after.
CREATE TABLE place (
    code text NOT NULL,
    kind text NOT NULL,
    since date NOT NULL,
    until date,
    name_vi text NOT NULL,
    name_en text,
    province_code text NOT NULL,
    name_folded text NOT NULL GENERATED ALWAYS AS (vi_fold(name_vi)) STORED,
    CONSTRAINT place_pkey PRIMARY KEY (code, since),
    CONSTRAINT place_ends_later CHECK (until > since)
);
CREATE INDEX place_by_kind ON place (kind);
CREATE INDEX place_by_province ON place (province_code);
CREATE INDEX place_by_name ON place (name_folded);

-- Few materials have codes of places; who looks for them asks for `place_codes <> '{}'`, too.
CREATE INDEX asset_about_place_codes_idx ON asset_about USING gin (place_codes) WHERE place_codes <> '{}';
"""

NAMES = """
-- What a code meant on a day, or else the last that it had meant before, or else the first that it meant afterwards.
CREATE FUNCTION place_on(asked text, day date) RETURNS SETOF place LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT * FROM place WHERE code = asked
    ORDER BY since <= day DESC, CASE WHEN since <= day THEN since END DESC, since LIMIT 1
$$;

-- What the places of codes were called on a day, in the order of the codes: with the province they lie in, if it is
-- another place. `day` is one on which the code meant just that. A code that is not known has no row.
CREATE FUNCTION places_called(codes text[], asked_on date)
    RETURNS TABLE (code text, vi text, en text, day date) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT asked.code,
        concat_ws(', ', own.name_vi, province.name_vi),
        concat_ws(', ', coalesce(own.name_en, own.name_vi), coalesce(province.name_en, province.name_vi)),
        meant.day
    FROM unnest(codes) WITH ORDINALITY AS asked (code, position)
    CROSS JOIN LATERAL place_on(asked.code, asked_on) AS own
    CROSS JOIN LATERAL (SELECT greatest(least(asked_on, own.until - 1), own.since) AS day) AS meant
    LEFT JOIN LATERAL place_on(own.province_code, meant.day) AS province ON own.province_code <> own.code
    ORDER BY asked.position
$$;
"""

# The names of codes in both languages: people search for what they call a thing.
WORDS = """
CREATE OR REPLACE FUNCTION asset_words(wanted uuid) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT concat_ws(E'\\n', nullif(creator, ''), nullif(array_to_string(people, E'\\n'), ''),
        nullif(array_to_string(places, E'\\n'), ''),
        CASE WHEN place_codes <> '{}' THEN
            (SELECT string_agg(concat_ws(E'\\n', vi, nullif(en, vi)), E'\\n')
             FROM asset, places_called(place_codes, created_on) WHERE asset.id = asset_id) END,
        (SELECT string_agg(vi || E'\\n' || en, E'\\n' ORDER BY vocabulary, position) FROM archive_term
         WHERE vocabulary = 'union_event' AND code = ANY(events) OR vocabulary = 'audience' AND code = ANY(audiences)))
    FROM asset_about WHERE asset_id = wanted
$$;
"""


class Migration(migrations.Migration):
    """Adds places, and their names to what is searched."""

    dependencies = [("media_archive", "0026_counted_materials")]

    operations = [RunSQL(PLACES), RunSQL(NAMES), RunSQL(WORDS)]

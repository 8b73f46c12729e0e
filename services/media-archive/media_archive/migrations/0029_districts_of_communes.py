"""A commune of the days of districts is told from another of its name in the province by its district."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

DISTRICTS = """
ALTER TABLE place ADD parent_code text;

-- What the places of codes were called on a day, in the order of the codes: with the district and the province they
-- lie in. `day` is one on which the code meant just that. A code that is not known has no row.
CREATE OR REPLACE FUNCTION places_called(codes text[], asked_on date)
    RETURNS TABLE (code text, vi text, en text, day date) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT asked.code,
        concat_ws(', ', own.name_vi, district.name_vi, province.name_vi),
        concat_ws(', ', coalesce(own.name_en, own.name_vi), coalesce(district.name_en, district.name_vi),
                  coalesce(province.name_en, province.name_vi)),
        meant.day
    FROM unnest(codes) WITH ORDINALITY AS asked (code, position)
    CROSS JOIN LATERAL place_on(asked.code, asked_on) AS own
    CROSS JOIN LATERAL (SELECT greatest(least(asked_on, own.until - 1), own.since) AS day) AS meant
    LEFT JOIN LATERAL place_on(own.parent_code, meant.day) AS district ON own.parent_code <> own.province_code
    LEFT JOIN LATERAL place_on(own.province_code, meant.day) AS province ON own.province_code <> own.code
    ORDER BY asked.position
$$;
"""


class Migration(migrations.Migration):
    """Adds the districts of communes."""

    dependencies = [("media_archive", "0028_channels")]

    operations = [RunSQL(DISTRICTS)]

"""Other services learn of the places that are on record from the same events that will tell them of later changes.

A house may have loaded communes before: those are told, too.
"""

from tortoise import migrations
from tortoise.migrations import operations

# The lock is that of every event's number: a worker that still runs may be telling something at this moment.
EVENTS = """
LOCK TABLE place IN SHARE ROW EXCLUSIVE MODE;
SELECT pg_advisory_xact_lock(7421002);
INSERT INTO outbox (number, type, payload)
SELECT coalesce((SELECT max(number) FROM outbox), 0) + 1 + piece, 'places.changed',
       jsonb_build_object('places', jsonb_agg(
         jsonb_build_object('kind', kind, 'code', code, 'versions', versions) ORDER BY length(code), code))
FROM (
  SELECT kind, code, (row_number() OVER (ORDER BY length(code), code) - 1) / 500 AS piece,
         jsonb_agg(jsonb_build_object(
           'name_vi', name_vi, 'name_en', name_en, 'parent_code', parent_code, 'province_code', province_code,
           'region', region, 'since', lower(valid), 'until', upper(valid)) ORDER BY valid) AS versions
  FROM place GROUP BY kind, code
) AS told GROUP BY piece;
"""


class Migration(migrations.Migration):
    """Tells of the places."""

    dependencies = [("org", "0022_paths_of_one_unit")]
    operations = [operations.RunSQL(EVENTS)]

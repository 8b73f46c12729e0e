"""Other services learn of the channels that are on record from the same events that will tell them of later changes."""

from tortoise import migrations
from tortoise.migrations import operations

# The lock is that of every event's number: a worker that still runs may be telling something at this moment.
EVENTS = """
LOCK TABLE channel, channel_version IN SHARE ROW EXCLUSIVE MODE;
SELECT pg_advisory_xact_lock(7421002);
INSERT INTO outbox (number, type, payload)
SELECT coalesce((SELECT max(number) FROM outbox), 0) + 1 + piece, 'channels.changed',
       jsonb_build_object('channels', jsonb_agg(
         jsonb_build_object('id', id, 'unit_id', unit_id, 'kind', kind, 'versions', versions) ORDER BY id))
FROM (
  SELECT channel.id, channel.unit_id, channel.kind, (row_number() OVER (ORDER BY channel.id) - 1) / 200 AS piece,
         jsonb_agg(jsonb_build_object(
           'name', version.name, 'is_public', version.is_public, 'since', lower(version.valid),
           'until', upper(version.valid)) ORDER BY version.valid) AS versions
  FROM channel JOIN channel_version AS version ON version.channel_id = channel.id
  GROUP BY channel.id, channel.unit_id, channel.kind
) AS told GROUP BY piece;
"""


class Migration(migrations.Migration):
    """Tells of the channels."""

    dependencies = [("org", "0023_places_told")]
    operations = [operations.RunSQL(EVENTS)]

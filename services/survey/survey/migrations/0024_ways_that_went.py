"""Addresses that were printed and then withdrawn still answer, and it is known for which way slips were made."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Apart from the addresses at which answers are taken: nothing that takes one can find these.
WITHDRAWN = """
CREATE TABLE withdrawn_collector (
    code text CONSTRAINT withdrawn_collector_pkey PRIMARY KEY,
    wave_id uuid NOT NULL CONSTRAINT withdrawn_collector_wave_fkey REFERENCES wave (id),
    kind text NOT NULL,
    CONSTRAINT withdrawn_collector_one_per_way UNIQUE (wave_id, kind)
);
CREATE INDEX withdrawn_collector_look_alike_idx
    ON withdrawn_collector (translate(code, 'g6qdo0j1ilzsbv', '9999997777258u'));
"""

# Of those made until now as far as it can be told: a wave without the one way made them for the other.
PRINTED_FOR = """
ALTER TABLE slip_batch
    ADD COLUMN way text NOT NULL DEFAULT 'slip',
    ADD CONSTRAINT slip_batch_way_known CHECK (way IN ('slip', 'paper'));
UPDATE slip_batch SET way = 'paper'
FROM wave WHERE wave.id = slip_batch.wave_id AND 'paper' = ANY (wave.ways) AND NOT 'slip' = ANY (wave.ways);
"""


class Migration(migrations.Migration):
    """Adds both."""

    dependencies = [("survey", "0021_envelopes"), ("survey", "0020_codes_that_look_alike")]

    operations = [RunSQL(WITHDRAWN), RunSQL(PRINTED_FOR)]

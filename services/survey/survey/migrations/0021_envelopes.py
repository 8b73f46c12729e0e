"""A key pair for each open wave, to which shared phones seal forms that they can't send at once."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

ENVELOPES = """
CREATE TABLE envelope_key (
    wave_id uuid CONSTRAINT envelope_key_pkey PRIMARY KEY
        CONSTRAINT envelope_key_wave_fkey REFERENCES wave (id) ON DELETE CASCADE,
    public_key bytea NOT NULL,
    private_key bytea NOT NULL,
    CONSTRAINT envelope_key_is_a_point CHECK (length(public_key) = 65)
);

-- What still lies on a phone when its wave is over can't be read by anybody any more.
CREATE FUNCTION forget_envelope_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM envelope_key WHERE wave_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER wave_closed_envelopes_stay_shut AFTER UPDATE OF state ON wave
    FOR EACH ROW WHEN (NEW.state <> 'open') EXECUTE FUNCTION forget_envelope_key();
"""


class Migration(migrations.Migration):
    """Adds the keys, and forgets each with the end of its wave."""

    dependencies = [("survey", "0014_concepts")]

    operations = [RunSQL(ENVELOPES)]

"""What a form spends is remembered at once and apart from its answers, which wait sealed until they are mixed."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# The token is a hash of what was spent (another in each wave), the key's hash tells a repeated form from a second one.
# The token comes first in the key: a receipt is looked up by its first bytes.
TOKENS = """
ALTER TABLE spent_key RENAME COLUMN submission_key_hash TO token;
ALTER TABLE spent_key ADD COLUMN key_hash bytea;
UPDATE spent_key SET key_hash = token;
INSERT INTO spent_key (wave_id, token, key_hash)
SELECT wave_id, submission_key_hash, submission_key_hash FROM inbox ORDER BY submission_key_hash;
ALTER TABLE spent_key ALTER COLUMN key_hash SET NOT NULL,
    DROP CONSTRAINT spent_key_pkey,
    ADD CONSTRAINT spent_key_pkey PRIMARY KEY (token, wave_id),
    ADD CONSTRAINT spent_key_token_is_a_hash CHECK (length(token) = 32),
    ADD CONSTRAINT spent_key_key_is_a_hash CHECK (length(key_hash) = 32);
"""

# What waited readable until now has been readable in the log and in backups, too: mixed at once, it stays so no longer
# than it must. There is no key here to seal it to. `segments` of the service, in SQL.
WAITING = """
INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, age_band, gender, region, values)
SELECT wave_id, response_group_id, questionnaire_version_id,
       nullif(values->>(codes->>'age_band'), 'not_said'),
       nullif(values->>(codes->>'gender'), 'not_said'),
       nullif(values->>(codes->>'region'), 'not_said'),
       values
FROM inbox JOIN questionnaire_version version ON version.id = questionnaire_version_id
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(question->>'role', question->>'code') AS codes
    FROM jsonb_path_query(version.definition, '$.sections[*].questions[*] ? (exists (@.role))') AS question
) AS asked
ORDER BY random();
"""

SEALED = """
CREATE TABLE sealing_key (
    id uuid CONSTRAINT sealing_key_pkey PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    public_key bytea NOT NULL,
    CONSTRAINT sealing_key_is_a_point CHECK (length(public_key) = 32)
);

DROP TABLE inbox;
-- Neither a token, a time nor a serial number, and none may become a column. What is sealed looks random: not compressed.
CREATE TABLE inbox (
    wave_id uuid NOT NULL CONSTRAINT inbox_wave_fkey REFERENCES wave (id),
    response_group_id uuid,
    sealing_key_id uuid NOT NULL CONSTRAINT inbox_sealing_key_fkey REFERENCES sealing_key (id),
    sealed bytea STORAGE EXTERNAL NOT NULL,
    CONSTRAINT inbox_group_fkey FOREIGN KEY (wave_id, response_group_id) REFERENCES response_group (wave_id, id)
);
CREATE INDEX inbox_wave_idx ON inbox (wave_id, response_group_id);
"""


class Migration(migrations.Migration):
    """Parts tokens from answers, mixes what waits, and makes the inbox anew."""

    dependencies = [("survey", "0014_concepts")]

    operations = [RunSQL(sql) for sql in (TOKENS, WAITING, SEALED)]

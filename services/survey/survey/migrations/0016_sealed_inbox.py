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
ALTER TABLE inbox DROP COLUMN submission_key_hash;
"""


class Migration(migrations.Migration):
    """Parts tokens from answers."""

    dependencies = [("survey", "0014_concepts")]

    operations = [RunSQL(TOKENS)]

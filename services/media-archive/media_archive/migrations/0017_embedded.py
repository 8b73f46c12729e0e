"""What files say of themselves."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Of the version that the asset shows. Nothing of where or with what a picture was taken is ever here.
EMBEDDED = """
CREATE TABLE asset_embedded (
    asset_id uuid CONSTRAINT asset_embedded_pkey PRIMARY KEY
        CONSTRAINT asset_embedded_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    title text NOT NULL,
    description text NOT NULL,
    keywords text[] NOT NULL,
    creator text NOT NULL,
    people text[] NOT NULL,
    rights text NOT NULL,
    made_on date,
    CONSTRAINT asset_embedded_bounded CHECK (
        length(title) <= 300 AND length(description) <= 10000 AND length(creator) <= 300 AND length(rights) <= 1000
        AND cardinality(keywords) <= 50 AND cardinality(people) <= 50)
);
"""


class Migration(migrations.Migration):
    """Texts that came with files."""

    dependencies = [("media_archive", "0016_describing")]

    operations = [RunSQL(EMBEDDED)]

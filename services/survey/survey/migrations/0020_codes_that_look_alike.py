"""A form's code is found also when somebody took a character of it for one that looks like it."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# As `find_collection` asks.
LOOK_ALIKES = "CREATE INDEX collector_look_alike_idx ON collector (translate(code, 'g6qdo0j1ilzsbv', '9999997777258u'))"


class Migration(migrations.Migration):
    """Adds the index."""

    dependencies = [("survey", "0018_ways_to_answer")]

    operations = [RunSQL(LOOK_ALIKES)]

"""What every service's database has: folding of Vietnamese, the outbox, positions in other services' streams."""

from tortoise import migrations
from tortoise.migrations import operations

from kit.db import BASE_SQL


class Migration(migrations.Migration):
    """The kit's base."""

    initial = True
    operations = [operations.RunSQL(BASE_SQL)]

"""The sample's one table."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

from kit.db import BASE_SQL


class Migration(Base):
    """Everything at once."""

    operations = [
        RunSQL(BASE_SQL),
        RunSQL("CREATE TABLE seen (number bigint CONSTRAINT seen_once PRIMARY KEY, text text NOT NULL)"),
    ]

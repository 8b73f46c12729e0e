"""What may be done with tables: taking them out and taking them in."""

from org.exchange.outcome import Done, RowsRefused
from org.exchange.service.effects_table import HEAD, effects_table
from org.exchange.service.export import export_headcounts, export_people, export_units
from org.exchange.service.headcounts import import_headcounts
from org.exchange.service.people import import_people
from org.exchange.service.units import import_units

__all__ = [
    "HEAD",
    "Done",
    "RowsRefused",
    "effects_table",
    "export_headcounts",
    "export_people",
    "export_units",
    "import_headcounts",
    "import_people",
    "import_units",
]

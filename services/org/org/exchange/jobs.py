"""What happens to files by itself: they are worked off, taken up again, and forgotten."""

from kit.jobs import every
from org.exchange.runs.running import find_imports, forget_imports, run_import

# Imported for what it makes known: without it no file would be for anything.
from org.exchange.service import purposes as purposes

jobs = [run_import, find_imports, forget_imports]
crons = [every(find_imports, seconds=30), every(forget_imports, minutes=30)]

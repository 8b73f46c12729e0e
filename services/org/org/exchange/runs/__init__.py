"""What is worked off in the background, mostly files: kept, checked, applied when somebody says so, and forgotten."""

from org.exchange.runs.keeping import (
    ImportLimitReached,
    ImportNotReady,
    import_state,
    imports,
    remarks_of,
)
from org.exchange.runs.progress import Progress
from org.exchange.runs.purposes import Order, Purpose, Take, names_of_purposes, purposes_of, register
from org.exchange.runs.running import KEPT_DAYS, find_imports, forget_imports, run_import
from org.exchange.runs.submitting import NewRun, apply_import, put_run, submit_import

__all__ = [
    "KEPT_DAYS",
    "ImportLimitReached",
    "ImportNotReady",
    "NewRun",
    "Order",
    "Progress",
    "Purpose",
    "Take",
    "apply_import",
    "find_imports",
    "forget_imports",
    "import_state",
    "imports",
    "names_of_purposes",
    "purposes_of",
    "put_run",
    "register",
    "remarks_of",
    "run_import",
    "submit_import",
]

"""Writing the audit trail; reading it, which has to know the units that write it, is in `trail`."""

from kit.audit import Entry, record, record_all

__all__ = ["Entry", "record", "record_all"]

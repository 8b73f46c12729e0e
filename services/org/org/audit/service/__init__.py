"""Writing the audit trail; reading it, which has to know the units that write it, is in `trail`."""

from org.audit.service.recording import Entry, record, record_all

__all__ = ["Entry", "record", "record_all"]

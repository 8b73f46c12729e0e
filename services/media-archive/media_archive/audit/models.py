"""The table of the audit trail."""

from kit.audit_table import AuditTable


class Audit(AuditTable):
    """One thing that somebody did to a material."""

    class Meta(AuditTable.Meta):
        """The table's name."""

        table = "audit"
        abstract = False

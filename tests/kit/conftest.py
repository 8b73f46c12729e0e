"""The kit is tested on a sample service."""

from kit.testing import job_queue, service_fixtures

database, ask, client = service_fixtures("sample_service")

__all__ = ["ask", "client", "database", "job_queue"]

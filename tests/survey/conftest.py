"""What the survey service's tests share."""

import pytest
from survey_world import World, build_world

from kit.testing import job_queue, service_fixtures

database, ask, client = service_fixtures("survey.app")

__all__ = ["ask", "client", "database", "job_queue"]


@pytest.fixture
async def world(database) -> World:
    """A small union with a published questionnaire, and a programme that asks all of it."""
    return await build_world()

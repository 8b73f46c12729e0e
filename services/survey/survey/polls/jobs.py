"""What happens to quick polls by the clock, besides what happens to every wave."""

from kit.jobs import job
from survey.polls import service


@job("survey.ask_for_poll_results")
async def ask_for_poll_results() -> None:
    """Ask for the results of polls that are over."""
    await service.ask_for_results()

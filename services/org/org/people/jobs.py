"""What happens to personal data by the clock."""

from kit.jobs import every, job
from org.people.service import forget_old_contacts


@job("org.contacts_forgotten")
async def contacts_forgotten() -> None:
    """Forget how to reach people who have served nowhere for a year."""
    await forget_old_contacts()


crons = [every(contacts_forgotten, minutes=60)]

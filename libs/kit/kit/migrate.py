"""`python -m kit.migrate org.app`: bring a service's database to the newest migration."""

import asyncio
import sys

from kit import app, db


def main() -> None:
    """Migrate the database of the service named on the command line."""
    service = app.load(sys.argv[1])
    asyncio.run(db.migrate(service.database()))


if __name__ == "__main__":
    main()

"""`python -m loa.front_door`: the front door as a process of its own."""

from __future__ import annotations

import logging

import uvloop

from loa.front_door.server import serve
from loa.front_door.settings import FrontDoorSettings

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    # Every question to org about demo people would otherwise be a line.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvloop.run(serve(FrontDoorSettings()))

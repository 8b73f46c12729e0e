"""`python -m gateway --host 127.0.0.1 --port 4000` serves the gateway."""

from __future__ import annotations

import argparse
import logging

import uvicorn

from gateway.app import Gateway
from gateway.auth import Callers, routes
from gateway.settings import Settings


def build() -> Gateway:
    """The gateway as the environment describes it, with identity."""
    callers = Callers()
    return Gateway(Settings(), passport_for=callers.passport_for, routes=routes(callers), within=callers)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1")
    arguments.add_argument("--port", type=int, default=4000)
    chosen = arguments.parse_args()
    settings = Settings()
    level = settings.log_level
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    uvicorn.run(
        "gateway.__main__:build",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        log_level=level,
        access_log=False,
        server_header=False,
        # Whom a new operation is charged to: without this, all strangers behind one ingress share an allowance.
        forwarded_allow_ips=settings.trusted_proxies,
        # Longer than an ingress keeps an idle connection, or it would meet it closing.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()

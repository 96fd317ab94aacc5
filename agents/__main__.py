"""`python -m agents`: one worker process, until SIGTERM or Ctrl-C."""

import asyncio
import os
import signal
import sys

import uvloop

from agents.app import run_worker
from hub.edges.embedded.services import connected
from hub.edges.kafka_access import KafkaAccess, kafka_access
from hub.edges.logs import set_up_logs
from hub.edges.metrics import Metrics
from hub.settings import Settings, SettingsError


async def _run(settings: Settings, kafka: KafkaAccess) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return await run_worker(settings, kafka, Metrics(), stop)


def main() -> None:
    """Run the worker; exit code 75 asks to be started again."""
    try:
        settings = connected(Settings.from_env(os.environ))
        kafka = kafka_access(settings)
    except SettingsError as error:
        sys.exit(f"hub worker: {error}")
    set_up_logs(settings.log_level, settings.log_format)
    try:
        code = uvloop.run(_run(settings, kafka))
    except SettingsError as error:
        sys.exit(f"hub worker: {error}")
    sys.exit(code)


if __name__ == "__main__":
    main()

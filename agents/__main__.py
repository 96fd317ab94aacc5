"""`python -m agents`: one worker process, until SIGTERM or Ctrl-C."""

import asyncio
import gc
import os
import signal
import sys

import uvloop

from agents.app import run_worker
from hub.edges.embedded.services import connected
from hub.edges.kafka_access import KafkaAccess, kafka_access
from hub.edges.logs import set_up_logs
from hub.edges.metrics import Metrics
from hub.edges.rules import load_city
from hub.settings import Settings, SettingsError


async def _run(settings: Settings, kafka: KafkaAccess) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    book = load_city(settings.city_dir())
    _spare_the_collector()
    return await run_worker(settings, kafka, book, Metrics(), stop)


def _spare_the_collector() -> None:
    """A batch makes tens of thousands of objects that die with it and hold no rings: look for rings seldom, and never
    among the rulebook and the modules."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def main() -> None:
    """Run the worker; exit code 75 asks to be started again."""
    try:
        settings = connected(Settings.from_env(os.environ))
        kafka = kafka_access(settings)
    except SettingsError as error:
        sys.exit(f"hub worker: {error}")
    set_up_logs(settings.log_level, settings.log_format)
    sys.exit(uvloop.run(_run(settings, kafka)))


if __name__ == "__main__":
    main()

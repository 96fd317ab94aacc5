"""A whole hub for the figures, on either broker, in a folder of its own. It must never touch a hub that serves."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tests.running import RunningHub

BROKERS = ("embedded", "kafka")


@contextlib.asynccontextmanager
async def whole_hub(broker: str, environ: Mapping[str, str] | None = None) -> AsyncIterator[RunningHub]:
    """`hub up` on free ports until left; its last words when something goes wrong."""
    chosen = {} if broker == "embedded" else {"HUB_BROKER": broker}
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        hub = await asyncio.to_thread(RunningHub(Path(folder), {**chosen, **(environ or {})}).start)
        try:
            yield hub
        except BaseException:
            print(hub.logs())
            raise
        finally:
            await asyncio.to_thread(hub.stop)

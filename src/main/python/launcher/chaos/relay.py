"""A TCP relay in front of Redis, so that its answers can be made late without touching it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from launcher.cluster import ports

_CHUNK = 64 * 1024


class Relay:
    """Hands bytes on, each answer as late as `delay_seconds` says. Runs on a thread of its own."""

    def __init__(self, target: int) -> None:
        self.port = ports.pick([target])
        self.delay_seconds = 0.0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos-relay", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, ports.LOOPBACK, self.port))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(ports.LOOPBACK, self._target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, back, False), self._pump(there, writer, True))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, late: bool) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK):
                if late and self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                sink.write(chunk)
                await sink.drain()
        # The other direction ends with it, as when the server itself closes.
        sink.close()


@contextmanager
def running(target: int) -> Iterator[Relay]:
    relay = Relay(target)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()

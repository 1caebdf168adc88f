"""Keep warm worker processes, hand each query to one, and kill what outlives its time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from parley.serve.worker import LENGTH, MOST_BYTES

__all__ = ["Pool", "Reply"]

_MOST_WAITING = 64
_MOST_KEPT, _MOST_KEPT_BYTES = 256, 64 << 10
_START_SECONDS = 60
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@dataclass(frozen=True)
class Reply:
    """Hold the whole answer to a query: HTTP status, media type, body."""

    status: int
    media: str
    body: bytes

    @staticmethod
    def sentence(status: int, text: str) -> Reply:
        """Make the answer that is one plain sentence."""
        return Reply(status, "text/plain", f"{text}\n".encode())


class Pool:
    """Answer queries in ``size`` processes, each of which has ``seconds`` for a query.

    :param first: the frame with which a worker is told its data; see :mod:`parley.serve.worker`
    """

    def __init__(self, first: bytes, size: int, seconds: float) -> None:
        self.size, self.seconds = size, seconds
        self._first = first
        self._idle: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
        self._kept: dict[str, Reply] = {}
        self._waiting = 0
        self._all: set[asyncio.subprocess.Process] = set()
        self._starting: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Start the workers; queries that come before they are ready wait."""
        for _ in range(self.size):
            self._replace()

    async def stop(self) -> None:
        """Kill every worker."""
        for task in self._starting:
            task.cancel()
        for process in list(self._all):
            await self._kill(process)

    async def ask(self, query: str, accept: str, **more: Any) -> Reply:
        """Answer a query whole, or with the status and the sentence that say why there is no answer.

        An answer is kept for those who ask the same, since the store does not change, until newer ones need its room.

        :param more: ``default`` and ``named`` graphs, ``most`` bytes
        """
        request = {"default": [], "named": [], **more, "query": query, "accept": accept, "seconds": self.seconds}
        key = json.dumps(request)
        if kept := self._kept.get(key):
            return kept
        reply = await self._ask(key.encode())
        if reply.status == 200 and len(reply.body) <= _MOST_KEPT_BYTES:
            self._kept[key] = reply
            if len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return reply

    async def _ask(self, request: bytes) -> Reply:
        process = await self._take()
        if process is None:
            return Reply.sentence(503, "too many queries at once; try again soon")
        keep = False
        try:
            async with asyncio.timeout(self.seconds):
                head, _, body = (await _exchange(process, request)).partition(b"\n")
            status, media, grown = json.loads(head)
            keep = not grown
            return Reply(status, media, body)
        except TimeoutError:
            return Reply.sentence(504, f"the query took longer than {self.seconds:g} seconds and was stopped")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Reply.sentence(500, "the query needs more memory or depth than it may have, and was stopped")
        finally:
            if keep:
                self._idle.put_nowait(process)
            else:
                self._replace(process)

    async def _take(self) -> asyncio.subprocess.Process | None:
        """Return a free worker, or nothing if too many wait already or none gets free in time."""
        if not self._waiting and not self._idle.empty():
            return self._idle.get_nowait()
        if self._waiting >= _MOST_WAITING:
            return None
        self._waiting += 1
        try:
            async with asyncio.timeout(self.seconds):
                return await self._idle.get()
        except TimeoutError:
            return None
        finally:
            self._waiting -= 1

    def _replace(self, old: asyncio.subprocess.Process | None = None) -> None:
        task = asyncio.create_task(self._start(old))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        # Not process.kill(): it would reap a worker that died by itself, and asyncio would complain of a child it lost.
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, _KILL)
        await process.wait()
        self._all.discard(process)

    async def _start(self, old: asyncio.subprocess.Process | None) -> None:
        if old:
            await self._kill(old)
        while True:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "parley.serve.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=MOST_BYTES // 16,
            )
            self._all.add(process)
            with suppress(TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                async with asyncio.timeout(_START_SECONDS):
                    await _exchange(process, self._first)
                    self._idle.put_nowait(process)
                    return
            await self._kill(process)
            await asyncio.sleep(1)


async def _exchange(process: asyncio.subprocess.Process, frame: bytes) -> bytes:
    """Send a frame to a worker and return the frame that it sends back."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(LENGTH.pack(len(frame)))
    process.stdin.write(frame)
    await process.stdin.drain()
    head = await process.stdout.readexactly(LENGTH.size)
    return await process.stdout.readexactly(LENGTH.unpack(head)[0])

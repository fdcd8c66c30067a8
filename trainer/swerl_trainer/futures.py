"""Requests that are answered later: ids, idempotency keys, long polls. Owned by the event loop's thread."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable

KEPT_RESULTS = 256


class SeqIdConflictError(Exception):
    """The same (owner, seq_id) came with another body."""


class Futures:
    """Results wait until they are fetched; afterwards the latest ``KEPT_RESULTS`` can be fetched again."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[bytes]] = {}
        self._fetched: OrderedDict[str, None] = OrderedDict()
        self._by_seq: dict[tuple[str, int], tuple[str, str]] = {}
        self._count = 0

    def is_known(self, owner: str, seq_id: int | None) -> bool:
        return seq_id is not None and (owner, seq_id) in self._by_seq

    def submit(
        self,
        owner: str,
        seq_id: int | None,
        body: bytes,
        start: Callable[[], Awaitable[dict]],
    ) -> str:
        """Start the work and return its request id. With a ``seq_id`` already used by ``owner``: the first
        request's id when ``body`` is the same, else SeqIdConflictError; ``start`` is not called."""
        digest = hashlib.sha256(body).hexdigest()
        if seq_id is not None and (known := self._by_seq.get((owner, seq_id))):
            if known[1] != digest:
                raise SeqIdConflictError(f"seq_id {seq_id} of {owner} was used with another body")
            return known[0]
        self._count += 1
        request_id = str(self._count)
        if seq_id is not None:
            self._by_seq[owner, seq_id] = (request_id, digest)
        self._tasks[request_id] = asyncio.create_task(self._encode(start()))
        return request_id

    @staticmethod
    async def _encode(work: Awaitable[dict]) -> bytes:
        result = await work
        return await asyncio.to_thread(lambda: json.dumps(result, allow_nan=False).encode())

    async def result(self, request_id: str, timeout_s: float) -> bytes:
        """The JSON of the result. Raises KeyError for an unknown id, TimeoutError when it is not ready in
        time, and whatever the work raised."""
        task = self._tasks[request_id]
        await asyncio.wait([task], timeout=timeout_s)
        if not task.done():
            raise TimeoutError
        self._fetched[request_id] = None
        self._fetched.move_to_end(request_id)
        while len(self._fetched) > KEPT_RESULTS:
            self._tasks.pop(self._fetched.popitem(last=False)[0], None)
        return task.result()

"""Completions for the event loop: an awaitable around the engine's callback, with cancellation."""

from __future__ import annotations

import asyncio

from .engine import Engine
from .pick import SamplingParams
from .sampler import Request


async def complete(
    engine: Engine, prompt_ids: list[int], params: SamplingParams, want_top: bool = False
) -> Request:
    """Queue a completion and wait for it. Cancelling the wait aborts the request. Raises RuntimeError when
    the sampler failed."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    request = Request(
        prompt_ids, params, lambda _request: loop.call_soon_threadsafe(finish), want_top=want_top
    )
    engine.sample(request)
    try:
        await done
    except asyncio.CancelledError:
        request.is_aborted = True
        raise
    if request.finish_reason == "error":
        raise RuntimeError(f"the sampler failed: {request.error}")
    return request

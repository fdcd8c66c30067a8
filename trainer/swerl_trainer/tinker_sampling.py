"""The sampling half of the Tinker protocol. One set of weights is served at a time: the last published."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request

from . import wire
from .engine import Engine
from .futures import Futures, SeqIdConflictError
from .pick import SamplingParams
from .sampling import complete


@dataclass(slots=True)
class Published:
    """What the sampler serves: the base model until a model's weights are published."""

    model_id: str | None = None
    path: str | None = None


def add_routes(
    router: APIRouter,
    engine: Engine,
    futures: Futures,
    enqueue: Callable[..., Awaitable[dict]],
    known_model: Callable[[str], None],
    folder_of: Callable[[str, str], Path],
) -> None:
    published = Published()
    sessions: dict[str, int] = {}

    def open_session() -> str:
        session_id = f"sampling_{uuid.uuid4().hex[:8]}"
        sessions[session_id] = engine.weight_version
        return session_id

    def check_served(body: wire.Asample | wire.CreateSamplingSession) -> None:
        """Refuse to answer for weights that are no longer, or not yet, the served ones."""
        if body.model_path is not None:
            name = body.model_path.replace("/sampler_weights/", "/")
            if name != published.path:
                raise HTTPException(
                    400,
                    f"model_path: {body.model_path!r} is not served; {published.path!r} is (the newest only)",
                )
        elif body.base_model is not None:
            if body.base_model != engine.settings.base_model or published.model_id is not None:
                raise HTTPException(
                    400, f"base_model: {body.base_model!r} is not served; weights of {published.model_id} are"
                )
        else:
            raise HTTPException(400, "one of sampling_session_id, model_path, base_model is needed")

    @router.post("/save_weights_for_sampler")
    async def save_weights_for_sampler(body: wire.SaveForSampler, request: Request) -> dict:
        known_model(body.model_id)
        path = None if body.path is None else f"tinker://{body.model_id}/{body.path}"
        folder = None if path is None else folder_of(path, "sampler_weights")

        async def run() -> dict:
            version = await asyncio.wrap_future(
                engine.call(lambda: engine.publish(body.model_id, folder, body.weight_version))
            )
            published.model_id, published.path = body.model_id, path
            return {
                "path": path,
                "type": "save_weights_for_sampler",
                "sampling_session_id": open_session() if path is None else None,
                "weight_version": version,
            }

        return await enqueue(body, request, run)

    @router.post("/create_sampling_session")
    async def create_sampling_session(body: wire.CreateSamplingSession) -> dict:
        check_served(body)
        return {"sampling_session_id": open_session(), "type": "create_sampling_session"}

    @router.post("/asample")
    async def asample(body: wire.Asample, request: Request) -> dict:
        if body.sampling_session_id is None:
            check_served(body)
        elif body.sampling_session_id not in sessions:
            raise HTTPException(404, f"sampling_session_id: {body.sampling_session_id!r} is unknown")
        elif sessions[body.sampling_session_id] != engine.weight_version:
            raise HTTPException(
                400,
                f"sampling_session_id: {body.sampling_session_id!r} is of weight version "
                f"{sessions[body.sampling_session_id]}, version {engine.weight_version} is served",
            )
        if body.topk_prompt_logprobs:
            raise HTTPException(
                400, f"topk_prompt_logprobs: {body.topk_prompt_logprobs} is not supported, 0 is"
            )
        ids = body.prompt.tokens
        asked = body.sampling_params
        wire.check_tokens(ids, engine.vocab_size, engine.max_context - 1, "prompt")
        room = engine.max_context - len(ids)

        def params(index: int) -> SamplingParams:
            return SamplingParams(
                max_tokens=min(asked.max_tokens, room),
                temperature=asked.temperature,
                top_p=asked.top_p,
                top_k=asked.top_k,
                seed=None if asked.seed is None else asked.seed + index,
                stop_token_ids=frozenset(asked.stop or ()),
            )

        async def run() -> dict:
            done = await asyncio.gather(*(complete(engine, ids, params(i)) for i in range(body.num_samples)))
            scores = None
            if body.prompt_logprobs:
                scores = await asyncio.wrap_future(engine.call(lambda: engine.prompt_logprobs(ids)))
            return {
                "sequences": [
                    {"stop_reason": r.finish_reason, "tokens": r.sampled_ids, "logprobs": r.logprobs}
                    for r in done
                ],
                "prompt_logprobs": scores,
                "type": "sample",
            }

        owner = body.sampling_session_id or body.model_path or "base"
        try:
            request_id = futures.submit(owner, body.seq_id, await request.body(), run)
        except SeqIdConflictError as error:
            raise HTTPException(409, str(error)) from error
        return {"future_id": request_id, "status": "pending", "request_id": request_id}

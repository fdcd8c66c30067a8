"""/v1/completions and what belongs to it, answered as vLLM 0.32 answers them."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from . import __version__
from .engine import Engine
from .sampler import Request as Completion
from .sampling import complete
from .wire_openai import ApiError, CompletionRequest


class Decoder:
    """Text of token ids, for people to read; empty when the model folder has no tokenizer.json."""

    def __init__(self, folder: str) -> None:
        from tokenizers import Tokenizer

        path = Path(folder, "tokenizer.json")
        self._tokenizer = Tokenizer.from_file(str(path)) if path.exists() else None
        self._tokens: dict[int, str] = {}

    def text(self, ids: list[int]) -> str:
        return "" if self._tokenizer is None else self._tokenizer.decode(ids, skip_special_tokens=True)

    def token(self, token: int) -> str:
        if token not in self._tokens:
            text = (
                "" if self._tokenizer is None else self._tokenizer.decode([token], skip_special_tokens=False)
            )
            self._tokens[token] = text
        return self._tokens[token]


def logprobs_body(request: Completion, decoder: Decoder) -> dict:
    """OpenAI's ``logprobs`` object: one entry for each sampled token, the stop token included."""
    tokens = [decoder.token(token) for token in request.sampled_ids]
    offsets, offset = [], 0
    for text in tokens:
        offsets.append(offset)
        offset += len(text)
    top = [{text: logprob} for text, logprob in zip(tokens, request.logprobs, strict=True)]
    for entry, (best, logprob) in zip(top, request.top, strict=False):
        entry.setdefault(decoder.token(best), logprob)
    return {
        "text_offset": offsets,
        "token_logprobs": request.logprobs,
        "tokens": tokens,
        "top_logprobs": top,
    }


def completion_body(
    request: Completion, body: CompletionRequest, name: str, decoder: Decoder, version: int
) -> dict:
    """``weight_version`` is the version that chose the last token, ``weight_versions`` the spans of all.
    The stop token is in ``token_ids`` and not in ``text``."""
    ids = request.sampled_ids
    visible = ids[:-1] if request.finish_reason == "stop" else ids
    wants_ids = bool(body.return_token_ids)
    spans = [{"version": v, "start": start, "end": end} for v, start, end in request.versions]
    return {
        "id": f"cmpl-{(body.model_extra or {}).get('request_id') or uuid.uuid4().hex}",
        "object": "text_completion",
        "created": int(time.time()),
        "model": name,
        "choices": [
            {
                "index": 0,
                "text": decoder.text(visible),
                "logprobs": None if body.logprobs is None else logprobs_body(request, decoder),
                "finish_reason": request.finish_reason,
                "stop_reason": request.stop_reason,
                "token_ids": ids if wants_ids else None,
                "prompt_token_ids": request.prompt_ids if wants_ids else None,
                "prompt_logprobs": None,
                "weight_versions": spans,
            }
        ],
        "weight_version": request.versions[-1][0] if request.versions else version,
        "system_fingerprint": f"swerl-trainer-{__version__}",
        "usage": {
            "prompt_tokens": len(request.prompt_ids),
            "completion_tokens": len(ids),
            "total_tokens": len(request.ids),
        },
    }


async def unless_disconnected(http: Request, work: asyncio.Task[Completion]) -> Completion | None:
    """The result of ``work``, or None, with ``work`` cancelled, when the client hangs up first."""

    async def hang_up() -> None:
        while (await http.receive())["type"] != "http.disconnect":
            pass

    watch = asyncio.create_task(hang_up())
    try:
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        work.cancel()
        return None
    finally:
        watch.cancel()


def create_router(engine: Engine) -> APIRouter:
    router = APIRouter()
    name = engine.settings.base_model
    decoder = Decoder(name)

    @router.get("/health")
    async def health() -> Response:
        return Response(status_code=200)

    @router.get("/version")
    async def version() -> dict:
        return {"version": __version__, "server": "swerl_trainer"}

    @router.get("/v1/models")
    async def models() -> dict:
        entry = {
            "id": name,
            "object": "model",
            "owned_by": "swerl",
            "root": name,
            "parent": None,
            "max_model_len": engine.max_context,
            "weight_version": engine.weight_version,
        }
        return {"object": "list", "data": [entry]}

    @router.post("/v1/completions", response_model=None)
    async def completions(body: CompletionRequest, http: Request) -> Response:
        params = body.check(name, engine.vocab_size, engine.max_context)
        work = asyncio.create_task(complete(engine, body.prompt, params, want_top=body.logprobs == 1))
        try:
            request = await unless_disconnected(http, work)
        except RuntimeError as error:
            raise ApiError(500, str(error)) from error
        if request is None:
            return Response(status_code=499)
        return JSONResponse(completion_body(request, body, name, decoder, engine.weight_version))

    return router

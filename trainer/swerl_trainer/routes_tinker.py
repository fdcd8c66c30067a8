"""The Tinker protocol under /api/v1: every operation answers at once with an id, its result is fetched with
retrieve_future."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

from . import tinker_sampling, wire
from .checkpoint import read_manifest
from .engine import Engine
from .futures import Futures, SeqIdConflictError

TINKER_PATH = re.compile(r"^tinker://([A-Za-z0-9_-]+)/(?:(weights|sampler_weights)/)?([A-Za-z0-9_-]+)$")


def tensor(values: list[float]) -> dict:
    return {"data": values, "dtype": "float32", "shape": [len(values)]}


def loss_result(result: dict) -> dict:
    """The learner's result in the protocol's form."""
    return {
        "loss_fn_output_type": "scalar",
        "loss_fn_outputs": [
            {name: tensor(values) for name, values in output.items()} for output in result["loss_fn_outputs"]
        ],
        "metrics": result["metrics"],
    }


def create_router(engine: Engine) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    futures = Futures()
    models: dict[str, dict] = {}
    sessions: set[str] = set()
    state_dir = engine.settings.state_dir

    def folder_of(path: str, kind: str) -> Path:
        match = TINKER_PATH.match(path)
        if match is None or (match[2] or "sampler_weights") != kind:
            raise HTTPException(400, f"path: {path!r} is not of the form tinker://MODEL/{kind}/NAME")
        return state_dir / match[1] / kind / match[3]

    def known_model(model_id: str) -> None:
        if model_id not in models:
            raise HTTPException(404, f"model_id: {model_id!r} is not loaded")

    async def enqueue(
        body: wire.ModelRequest, request: Request, start: Callable[[], Awaitable[dict]], **extra: object
    ) -> dict:
        """A pending answer; the operation's kind is part of what a seq_id stands for."""
        content = request.url.path.encode() + await request.body()
        try:
            request_id = futures.submit(body.model_id, body.seq_id, content, start)
        except SeqIdConflictError as error:
            raise HTTPException(409, str(error)) from error
        return {"future_id": request_id, "status": "pending", "request_id": request_id, **extra}

    async def on_engine(function: Callable[[], object]) -> object:
        return await asyncio.wrap_future(engine.call(function))

    @router.get("/healthz")
    async def healthz() -> dict:
        return {"status": "ok"}

    @router.post("/client/config")
    async def client_config() -> dict:
        return {"pjwt_auth_enabled": False}

    @router.get("/get_server_capabilities")
    async def get_server_capabilities() -> dict:
        return {
            "supported_models": [
                {"model_name": engine.settings.base_model, "max_context_length": engine.max_context}
            ]
        }

    @router.post("/create_session")
    async def create_session(_body: wire.CreateSession) -> dict:
        session_id = f"session_{uuid.uuid4().hex[:8]}"
        sessions.add(session_id)
        return {"session_id": session_id, "info_message": None, "type": "create_session"}

    @router.post("/session_heartbeat")
    async def session_heartbeat(body: wire.Heartbeat) -> dict:
        if body.session_id not in sessions:
            raise HTTPException(404, f"session_id: {body.session_id!r} is unknown")
        return {"type": "session_heartbeat"}

    @router.post("/create_model")
    async def create_model(body: wire.CreateModel) -> dict:
        if body.base_model != engine.settings.base_model:
            raise HTTPException(
                400, f"base_model: {body.base_model!r} is not served here, {engine.settings.base_model!r} is"
            )
        model_id = f"model_{uuid.uuid4().hex[:8]}"
        described = {"base_model": body.base_model, "lora_config": body.lora_config.model_dump()}

        async def run() -> dict:
            try:
                await on_engine(lambda: engine.create(model_id, body.lora_config.rank, body.lora_config.seed))
            except Exception:
                models.pop(model_id, None)
                raise
            return {"model_id": model_id, **described}

        models[model_id] = described
        request_id = futures.submit(model_id, None, b"", run)
        return {
            "model_id": model_id,
            **described,
            "status": "created",
            "request_id": request_id,
            "future_id": request_id,
        }

    @router.post("/get_info")
    async def get_info(body: wire.ModelRequest) -> dict:
        known_model(body.model_id)
        data = {**models[body.model_id], "model_name": engine.settings.base_model}
        return {"model_id": body.model_id, "status": "created", "model_data": data}

    @router.post("/unload_model")
    async def unload_model(body: wire.ModelRequest, request: Request) -> dict:
        known_model(body.model_id)

        async def run() -> dict:
            await on_engine(lambda: engine.unload(body.model_id))
            models.pop(body.model_id, None)
            return {"model_id": body.model_id, "type": "unload_model"}

        return await enqueue(body, request, run, model_id=body.model_id)

    async def compute(body: wire.ModelRequest, loss: wire.LossInput, where: str, request: Request) -> dict:
        known_model(body.model_id)
        data = wire.read_data(loss, engine.vocab_size, engine.max_context, where)
        config, backward = loss.loss_fn_config or {}, where == "forward_backward_input"

        async def run() -> dict:
            result = await on_engine(
                lambda: engine.learner(body.model_id).run(data, loss.loss_fn, config, backward)
            )
            return loss_result(result)

        return await enqueue(body, request, run)

    @router.post("/forward")
    async def forward(body: wire.Forward, request: Request) -> dict:
        return await compute(body, body.forward_input, "forward_input", request)

    @router.post("/forward_backward")
    async def forward_backward(body: wire.ForwardBackward, request: Request) -> dict:
        return await compute(body, body.forward_backward_input, "forward_backward_input", request)

    @router.post("/optim_step")
    async def optim_step(body: wire.OptimStep, request: Request) -> dict:
        known_model(body.model_id)
        adam = body.adam_params.model_dump()

        async def run() -> dict:
            return {"metrics": await on_engine(lambda: engine.learner(body.model_id).optim_step(adam))}

        return await enqueue(body, request, run)

    @router.post("/save_weights")
    async def save_weights(body: wire.SaveWeights, request: Request) -> dict:
        known_model(body.model_id)
        path = f"tinker://{body.model_id}/weights/{body.path}"
        folder = folder_of(path, "weights")
        if folder.exists() and not futures.is_known(body.model_id, body.seq_id):
            raise HTTPException(409, f"path: {path} exists already")

        async def run() -> dict:
            await on_engine(lambda: engine.learner(body.model_id).save(folder))
            return {"path": path, "type": "save_weights"}

        return await enqueue(body, request, run)

    @router.post("/load_weights")
    async def load_weights(body: wire.LoadWeights, request: Request) -> dict:
        known_model(body.model_id)
        folder = folder_of(body.path, "weights")

        async def run() -> dict:
            await on_engine(lambda: engine.learner(body.model_id).load(folder, body.optimizer))
            return {"path": body.path, "type": "load_weights"}

        return await enqueue(body, request, run)

    @router.post("/weights_info")
    async def weights_info(body: wire.WeightsInfo) -> dict:
        manifest = await asyncio.to_thread(read_manifest, folder_of(body.tinker_path, "weights"))
        rank = manifest["lora_rank"]
        return {"base_model": manifest["base_model"], "is_lora": rank > 0, "lora_rank": rank}

    @router.post("/retrieve_future")
    async def retrieve_future(body: wire.RetrieveFuture) -> Response:
        try:
            content = await futures.result(body.request_id, engine.settings.future_timeout_s)
        except KeyError:
            raise HTTPException(404, f"request_id: {body.request_id!r} is unknown") from None
        except TimeoutError:
            raise HTTPException(408, "Timeout waiting for result") from None
        except Exception as error:
            raise HTTPException(400, str(error) or type(error).__name__) from error
        return Response(content, media_type="application/json")

    tinker_sampling.add_routes(router, engine, futures, enqueue, known_model, folder_of)
    return router

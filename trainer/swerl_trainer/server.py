"""The process: one HTTP server, one engine thread."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from . import __version__, routes_openai, routes_tinker
from .checkpoint import CheckpointError
from .engine import Engine
from .settings import Settings
from .wire import WireError
from .wire_openai import ApiError

SHOWN_VALUE_CHARS = 80
SWITCH_INTERVAL_S = 0.0005


def describe(error: RequestValidationError) -> str:
    """One line: the first field that is wrong, why, and the value that came."""
    first = error.errors()[0]
    place = ""
    for part in first["loc"][1:]:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    value = repr(first.get("input"))
    if len(value) > SHOWN_VALUE_CHARS:
        value = value[:SHOWN_VALUE_CHARS] + "..."
    return f"{place or 'body'}: {first['msg']} (got {value})"


def create_app(engine: Engine) -> FastAPI:
    app = FastAPI(title="swerl_trainer", version=__version__)
    app.include_router(routes_tinker.create_router(engine))
    app.include_router(routes_openai.create_router(engine))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        message = describe(error)
        if request.url.path.startswith("/v1/"):
            return JSONResponse(ApiError(400, message).body, 400)
        return JSONResponse({"detail": message}, 422)

    @app.exception_handler(WireError)
    @app.exception_handler(CheckpointError)
    async def refused(_request: Request, error: ValueError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 400)

    @app.exception_handler(ApiError)
    async def api_error(_request: Request, error: ApiError) -> JSONResponse:
        return JSONResponse(error.body, error.status)

    return app


def _exit_with_parent(server: uvicorn.Server) -> None:
    """Stop the server when stdin ends; the parent holds the other end and needs to do nothing."""
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True
    threading.Event().wait(5)
    os._exit(0)


def serve(settings: Settings) -> int:
    """Serve until a signal (or the end of stdin). Prints one ready line on stdout, logs on stderr."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    sys.setswitchinterval(SWITCH_INTERVAL_S)  # the event loop must get the GIL between two tensor calls
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    engine = Engine(settings)
    listener = socket.create_server((settings.host, settings.port), backlog=1024)
    url = f"http://{settings.host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(engine), log_config=None, access_log=False, timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    if settings.exit_with_parent:
        threading.Thread(target=_exit_with_parent, args=(server,), daemon=True).start()
    print(json.dumps({"event": "ready", "url": url, "model": settings.base_model}), flush=True)
    server.run(sockets=[listener])
    engine.stop()
    return 0

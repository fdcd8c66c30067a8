"""The engine thread: the one owner of all tensors. Others hand it calls and completions; training calls
and decoding take turns, one unit of each."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import torch

from .checkpoint import write_folder
from .learner import Learner
from .models import load_model
from .sampler import Request, Sampler
from .served_model import ServedModel
from .settings import Settings

log = logging.getLogger("swerl_trainer")


class UnknownModelError(ValueError):
    """A model id that no create_model call returned, or that was unloaded."""


class Engine:
    """``call`` runs a function on the thread, in order; ``sample`` queues a completion. Methods that are
    marked "engine thread" must only run inside ``call``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._inbox: queue.SimpleQueue[Request | tuple[Future, Callable[[], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._calls: deque[tuple[Future, Callable[[], Any]]] = deque()
        self._learners: dict[str, Learner] = {}
        self._is_stopping = False
        torch.set_num_threads(settings.threads)
        self._dtype = torch.bfloat16 if settings.dtype == "bfloat16" else torch.float32
        model = ServedModel(settings.base_model, self._dtype, settings.device)
        self.vocab_size = model.vocab_size
        self.max_context = min(model.window, settings.max_context or model.window)
        self._sampler = Sampler(model, settings.max_rows, int(settings.kv_cache_gib * 2**30))
        self._thread = threading.Thread(target=self._loop, name="engine", daemon=True)
        self._thread.start()

    @property
    def weight_version(self) -> int:
        return self._sampler.weight_version

    def call(self, function: Callable[[], Any]) -> Future:
        future: Future = Future()
        self._inbox.put((future, function))
        return future

    def sample(self, request: Request) -> None:
        self._inbox.put(request)

    def stop(self) -> None:
        self._is_stopping = True
        self._inbox.put(None)
        self._thread.join(timeout=10)

    def _loop(self) -> None:
        torch.set_num_threads(self.settings.threads)
        while not self._is_stopping:
            self._take(block=not self._calls and not self._sampler.has_work)
            if self._calls:
                future, function = self._calls.popleft()
                if future.set_running_or_notify_cancel():
                    try:
                        future.set_result(function())
                    except Exception as error:  # the caller's to report: it crosses a thread here
                        future.set_exception(error)
            if self._sampler.has_work:
                try:
                    self._sampler.advance()
                except Exception as error:
                    log.exception("the sampler failed; its requests are answered with the error")
                    self._sampler.fail_all(f"{type(error).__name__}: {error}")

    def _take(self, block: bool) -> None:
        try:
            while True:
                message = self._inbox.get(block=block)
                block = False
                if isinstance(message, Request):
                    self._sampler.submit(message)
                elif message is not None:
                    self._calls.append(message)
        except queue.Empty:
            return

    def learner(self, model_id: str) -> Learner:
        """Engine thread. Raises UnknownModelError."""
        if model_id not in self._learners:
            raise UnknownModelError(f"model_id: {model_id!r} is not loaded")
        return self._learners[model_id]

    def create(self, model_id: str, rank: int, seed: int | None) -> None:
        """Engine thread. A fresh copy of the base model, to be trained."""
        if len(self._learners) >= self.settings.max_models:
            raise ValueError(
                f"create_model: {len(self._learners)} models are loaded ({', '.join(self._learners)}), "
                f"the most that --max-models allows; unload_model one of them"
            )
        if seed is not None:
            torch.manual_seed(seed)
        model = load_model(self.settings.base_model, torch.float32, "sdpa", self.settings.device)
        if self.settings.gradient_checkpointing:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
            model.train()
        self._learners[model_id] = Learner(
            model,
            self.settings.base_model,
            rank,
            self._dtype == torch.bfloat16,
            self.settings.micro_batch_tokens,
        )

    def unload(self, model_id: str) -> None:
        """Engine thread."""
        self.learner(model_id)
        del self._learners[model_id]

    def publish(self, model_id: str, folder: Path | None, version: int | None) -> int:
        """Engine thread. Serve the model's live weights from the next token on; with a ``folder`` also write
        them there as a Hugging Face model. Returns the new weight version."""
        weights = self.learner(model_id).merged_weights()
        if folder is not None:
            write_folder(
                folder,
                lambda target: self._sampler.model.export(weights, target),
                {"format": "huggingface", "base_model": self.settings.base_model},
            )
        self._sampler.publish(weights, self.weight_version + 1 if version is None else version)
        return self.weight_version

    def prompt_logprobs(self, ids: list[int]) -> list[float]:
        """Engine thread. log p of ids[1:] under the published weights."""
        return self._sampler.model.score(ids)

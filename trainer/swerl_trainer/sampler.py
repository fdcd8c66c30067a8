"""The sampler: continuous batching over one model. Owned by the engine thread; nothing here locks.

``advance`` does one unit of work: admits waiting requests (prefill, reusing the keys and values of earlier
turns), then decodes one token for every running row. New weights send running rows back to the queue, so
that their keys and values are always those of one weight version.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from .pick import SamplingParams, pick_tokens
from .prefix_store import PrefixStore
from .served_model import ServedModel

PREFILL_TOKENS = 8192
PREFILL_CHUNK = 1024


@dataclass(slots=True, eq=False)
class Request:
    """One completion. ``ids`` grows from the prompt; ``on_done`` is called once, on the engine thread, when
    ``finish_reason`` (stop, length, abort or error) is set. ``versions`` holds [version, start, end) spans of
    the sampled tokens."""

    prompt_ids: list[int]
    params: SamplingParams
    on_done: Callable[[Request], None]
    want_top: bool = False
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    top: list[tuple[int, float]] = field(default_factory=list)
    versions: list[list[int]] = field(default_factory=list)
    finish_reason: str | None = None
    stop_reason: int | None = None
    error: str | None = None
    is_aborted: bool = False
    rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.ids = list(self.prompt_ids)
        self.rng = random.Random(self.params.seed)

    @property
    def sampled_ids(self) -> list[int]:
        return self.ids[len(self.prompt_ids) :]


class Sampler:
    """``kv_bytes`` bounds the keys and values of the running rows and, by half, the store of earlier turns;
    ``max_rows`` bounds how many decode at once."""

    def __init__(self, model: ServedModel, max_rows: int, kv_bytes: int) -> None:
        self.model = model
        self.weight_version = 0
        self._max_rows = max_rows
        self._kv_bytes = kv_bytes
        self._block = model.new_block()
        self._prefixes = PrefixStore(kv_bytes // 2)
        self._waiting: deque[Request] = deque()
        self._running: list[Request] = []

    @property
    def has_work(self) -> bool:
        return bool(self._waiting or self._running)

    def submit(self, request: Request) -> None:
        self._waiting.append(request)

    def publish(self, weights: dict[str, torch.Tensor], version: int) -> None:
        """Serve ``weights`` from now on. Running rows are prefilled again under them before their next
        token."""
        self.model.copy_weights(weights)
        self.weight_version = version
        self._prefixes.clear()
        self._waiting.extendleft(reversed(self._running))
        self._running.clear()

    def fail_all(self, message: str) -> None:
        """Answer every request with an error and start afresh."""
        for request in (*self._running, *self._waiting):
            request.error = message
            self._finish(request, "error")
        self._running.clear()
        self._waiting.clear()
        self._prefixes.clear()
        self._block.release()

    @torch.inference_mode()
    def advance(self) -> None:
        """Admit what fits, then decode one token for each running row."""
        self._drop_aborted()
        while admitted := self._admit():
            self._prefill(admitted)
        if self._running:
            positions = torch.tensor([[len(request.ids) - 1] for request in self._running])
            inputs = torch.tensor([[request.ids[-1]] for request in self._running])
            self._block.reserve(len(self._running), int(positions.max()) + 1)
            self._append(
                self._running, self.model.logits(self.model.hidden(inputs, positions, self._block, 0)[:, -1])
            )
            self._retire()

    def _drop_aborted(self) -> None:
        for request in [request for request in self._waiting if request.is_aborted]:
            self._waiting.remove(request)
            self._finish(request, "abort")
        for request in self._running:
            if request.is_aborted:
                self._finish(request, "abort")
        self._retire()

    def _admit(self) -> list[Request]:
        """Take requests off the queue in order, as many as one prefill pass and the memory hold."""
        admitted: list[Request] = []
        tokens = 0
        while self._waiting:
            rows = len(self._running) + len(admitted) + 1
            request = self._waiting[0]
            time = max(self._block.time, len(request.ids) + request.params.max_tokens)
            is_full = rows > self._max_rows or rows * time * self._block.bytes_per_token > self._kv_bytes
            if rows > 1 and (is_full or (admitted and tokens + len(request.ids) > PREFILL_TOKENS)):
                break
            tokens += len(request.ids)
            admitted.append(self._waiting.popleft())
        return admitted

    def _prefill(self, requests: list[Request]) -> None:
        """Bring the rows' keys and values up to date and sample their next token."""
        found = [self._prefixes.longest(request.ids) for request in requests]
        order = sorted(range(len(requests)), key=lambda i: len(requests[i].ids) - found[i][1])
        requests, found = [requests[i] for i in order], [found[i] for i in order]
        first = len(self._running)
        starts = torch.tensor([length for _, length in found])
        new = [request.ids[length:] for request, (_, length) in zip(requests, found, strict=True)]
        widest = max(len(ids) for ids in new)
        self._block.reserve(first + len(requests), int(starts.max()) + widest)
        for row, (segment, length) in enumerate(found):
            if segment is not None:
                self._block.write(first + row, segment, length)
        inputs = torch.zeros((len(new), widest), dtype=torch.long)
        for row, ids in enumerate(new):
            inputs[row, : len(ids)] = torch.tensor(ids)
        positions = starts[:, None] + torch.arange(widest)
        last = torch.tensor([len(ids) - 1 for ids in new])
        final: torch.Tensor | None = None
        for begin in range(0, widest, PREFILL_CHUNK):
            chunk = slice(begin, begin + PREFILL_CHUNK)
            hidden = self.model.hidden(inputs[:, chunk], positions[:, chunk], self._block, first)
            index = (last - begin).clamp(0, hidden.shape[1] - 1)
            here = hidden[torch.arange(len(new)), index]
            is_here = ((last - begin) == index)[:, None].to(here.device)
            final = here if final is None else torch.where(is_here, here, final)
        self._running.extend(requests)
        self._append(requests, self.model.logits(final))
        self._retire()

    def _append(self, requests: list[Request], logits: torch.Tensor) -> None:
        params = [request.params for request in requests]
        uniforms = [request.rng.random() for request in requests]
        tokens, logprobs, everything = pick_tokens(logits, params, uniforms)
        tops = None
        if any(request.want_top for request in requests):
            best = everything.max(-1)
            tops = list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        for row, (request, token, logprob) in enumerate(
            zip(requests, tokens.tolist(), logprobs.tolist(), strict=True)
        ):
            request.ids.append(token)
            request.logprobs.append(logprob)
            if tops is not None and request.want_top:
                request.top.append(tops[row])
            count = len(request.logprobs)
            if request.versions and request.versions[-1][0] == self.weight_version:
                request.versions[-1][2] = count
            else:
                request.versions.append([self.weight_version, count - 1, count])
            if token in self.model.eos_ids or token in request.params.stop_token_ids:
                request.stop_reason = None if token in self.model.eos_ids[:1] else token
                self._finish(request, "stop")
            elif count >= request.params.max_tokens:
                self._finish(request, "length")

    def _finish(self, request: Request, reason: str) -> None:
        request.finish_reason = reason
        request.on_done(request)

    def _retire(self) -> None:
        """Keep the keys and values of finished rows for their next turn and close the holes."""
        row = 0
        while row < len(self._running):
            request = self._running[row]
            if request.finish_reason is None:
                row += 1
                continue
            length = len(request.ids) - 1
            if request.finish_reason != "error":
                self._prefixes.put(request.ids[:length], self._block.read(row, length))
            moved = self._running.pop()
            if moved is not request:
                self._block.move(len(self._running), row, len(moved.ids) - 1)
                self._running[row] = moved

"""Choosing the next token of each row: temperature, min_p, top_k, top_p, then the inverse of the CDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """Neutral defaults sample from the model's own distribution. ``top_k`` 0 or -1 is off; temperature 0 is
    greedy; ``seed`` None draws from the process's entropy."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = -1
    min_p: float = 0.0
    seed: int | None = None
    stop_token_ids: frozenset[int] = frozenset()

    @property
    def is_neutral(self) -> bool:
        return self.temperature == 1 and self.top_p >= 1 and self.top_k <= 0 and self.min_p <= 0


def adjusted_probabilities(logprobs: torch.Tensor, params: Sequence[SamplingParams]) -> torch.Tensor:
    """The distributions that rows are drawn from, float64 ``[rows, vocab]``, from raw log-probabilities.

    Order as in vLLM: temperature, min_p, top_k, top_p (over what top_k left). A row of temperature 0 gets
    all mass on its argmax.
    """
    if all(p.is_neutral for p in params):
        return logprobs.double().exp()
    column = {"dtype": torch.float64, "device": logprobs.device}
    temperature = torch.tensor([p.temperature for p in params], **column)[:, None]
    scaled = logprobs.double() / torch.where(temperature == 0, 1.0, temperature)
    probabilities = scaled.softmax(-1)
    min_p = torch.tensor([p.min_p for p in params], **column)[:, None]
    probabilities = probabilities.masked_fill(probabilities < min_p * probabilities.amax(-1, keepdim=True), 0)
    if any(p.top_k > 0 or p.top_p < 1 for p in params):
        ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
        vocab = ordered.shape[-1]
        top_k = torch.tensor([p.top_k if p.top_k > 0 else vocab for p in params], device=logprobs.device)
        ordered = ordered.masked_fill(torch.arange(vocab, device=logprobs.device) >= top_k[:, None], 0)
        ordered = ordered / ordered.sum(-1, keepdim=True)
        top_p = torch.tensor([p.top_p for p in params], **column)[:, None]
        mass_before = ordered.cumsum(-1) - ordered
        ordered = ordered.masked_fill((mass_before >= top_p) & (top_p < 1), 0)
        probabilities = torch.zeros_like(ordered).scatter_(-1, order, ordered)
    greedy = torch.zeros_like(probabilities).scatter_(-1, logprobs.argmax(-1, keepdim=True), 1.0)
    return torch.where(temperature == 0, greedy, probabilities)


def pick_tokens(
    logits: torch.Tensor, params: Sequence[SamplingParams], uniforms: Sequence[float]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(token ids ``[rows]``, their log-probabilities ``[rows]``, all log-probabilities ``[rows, vocab]``).

    logits float32 ``[rows, vocab]``; uniforms in [0, 1), one a row. Log-probabilities are those of the raw
    distribution at temperature 1, whatever the parameters.
    """
    logprobs = logits.log_softmax(-1)
    cumulative = adjusted_probabilities(logprobs, params).cumsum(-1)
    draw = torch.tensor(uniforms, dtype=torch.float64, device=logits.device)[:, None] * cumulative[:, -1:]
    tokens = torch.searchsorted(cumulative, draw, right=True).clamp_(max=logits.shape[-1] - 1)
    return tokens[:, 0], logprobs.gather(-1, tokens)[:, 0], logprobs

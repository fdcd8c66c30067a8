"""Token losses as pure functions. All take tensors of one shape and return the loss of each token.

Nothing here averages: the trainer adds the tokens up, and the client scales weights and advantages, so that
a sum can be any mean it wants. Log-ratios are clamped to +-20 before exp, as verl does, against overflow.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

LOG_RATIO_LIMIT = 20.0
DEFAULT_CLIP_LOW = 0.8
DEFAULT_CLIP_HIGH = 1.2

#: Loss name -> the keys that its ``loss_fn_config`` may hold.
CONFIG_KEYS: Mapping[str, frozenset[str]] = {
    "cross_entropy": frozenset(),
    "importance_sampling": frozenset(),
    "ppo": frozenset({"clip_low_threshold", "clip_high_threshold"}),
}
#: Loss name -> the ``loss_fn_inputs`` that it cannot do without.
REQUIRED_INPUTS: Mapping[str, frozenset[str]] = {
    "cross_entropy": frozenset({"target_tokens"}),
    "importance_sampling": frozenset({"target_tokens", "logprobs", "advantages"}),
    "ppo": frozenset({"target_tokens", "logprobs", "advantages"}),
}


def cross_entropy(logprobs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """-w log pi(a)."""
    return -weights * logprobs


def likelihood_ratio(
    logprobs: torch.Tensor, old_logprobs: torch.Tensor, advantages: torch.Tensor
) -> torch.Tensor:
    """pi(a) / pi_old(a); exactly 1, without gradient, where the advantage is 0, so that a placeholder in
    ``old_logprobs`` of a masked token can do no harm."""
    log_ratio = torch.where(advantages == 0, torch.zeros_like(logprobs), logprobs - old_logprobs)
    return log_ratio.clamp(-LOG_RATIO_LIMIT, LOG_RATIO_LIMIT).exp()


def importance_sampling(
    logprobs: torch.Tensor, old_logprobs: torch.Tensor, advantages: torch.Tensor
) -> torch.Tensor:
    """-r A with r = pi(a) / pi_old(a): the off-policy policy gradient, unclipped."""
    return -likelihood_ratio(logprobs, old_logprobs, advantages) * advantages


def ppo(
    logprobs: torch.Tensor,
    old_logprobs: torch.Tensor,
    advantages: torch.Tensor,
    clip_low_threshold: float,
    clip_high_threshold: float,
) -> torch.Tensor:
    """-min(r A, clip(r, low, high) A), r = pi(a) / pi_old(a).

    The clipped surrogate of PPO (arXiv 1707.06347, Eq. 7) with the decoupled bounds of DAPO (arXiv
    2503.14476, Eq. 8), which is the token term of arXiv 2508.03501, Eq. 8. The thresholds bound the ratio
    itself: 0.8 and 1.28 are the epsilons 0.2 and 0.28.
    """
    ratio = likelihood_ratio(logprobs, old_logprobs, advantages)
    clipped = ratio.clamp(clip_low_threshold, clip_high_threshold)
    return -torch.minimum(ratio * advantages, clipped * advantages)


def token_losses(
    loss_fn: str, config: Mapping[str, float], logprobs: torch.Tensor, inputs: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """The named loss times ``inputs["weights"]``. ``inputs`` holds tensors of the shape of ``logprobs``."""
    weights = inputs["weights"]
    if loss_fn == "cross_entropy":
        return cross_entropy(logprobs, weights)
    old_logprobs, advantages = inputs["logprobs"], inputs["advantages"]
    if loss_fn == "importance_sampling":
        return weights * importance_sampling(logprobs, old_logprobs, advantages)
    low = config.get("clip_low_threshold", DEFAULT_CLIP_LOW)
    high = config.get("clip_high_threshold", DEFAULT_CLIP_HIGH)
    return weights * ppo(logprobs, old_logprobs, advantages, low, high)


def token_metrics(
    loss_fn: str, config: Mapping[str, float], logprobs: torch.Tensor, inputs: Mapping[str, torch.Tensor]
) -> dict[str, float]:
    """Sums over tokens: how many train, and for policy losses how many have a ratio under or over the
    bounds where that stops their gradient, plus the sum of log pi_old - log pi (the k1 estimate of KL)."""
    weights = inputs["weights"]
    if loss_fn == "cross_entropy":
        return {"tokens:sum": float((weights != 0).sum())}
    advantages = inputs["advantages"]
    trains = (advantages != 0) & (weights != 0)
    metrics = {
        "tokens:sum": float(trains.sum()),
        "old_minus_new_logprob:sum": float((inputs["logprobs"] - logprobs)[trains].double().sum()),
    }
    if loss_fn == "ppo":
        ratio = likelihood_ratio(logprobs, inputs["logprobs"], advantages)
        low = config.get("clip_low_threshold", DEFAULT_CLIP_LOW)
        high = config.get("clip_high_threshold", DEFAULT_CLIP_HIGH)
        metrics["clipped_low:sum"] = float((trains & (advantages < 0) & (ratio < low)).sum())
        metrics["clipped_high:sum"] = float((trains & (advantages > 0) & (ratio > high)).sum())
    return metrics

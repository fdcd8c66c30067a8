from __future__ import annotations

import math

import pytest
import torch

from swerl_trainer.losses import cross_entropy, importance_sampling, ppo, token_losses, token_metrics

LOW, HIGH = 0.8, 1.28


def double(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def reference_ppo(logprob: float, old: float, advantage: float) -> float:
    ratio = math.exp(logprob - old)
    return -min(ratio * advantage, min(max(ratio, LOW), HIGH) * advantage)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "slope"),
    [
        (1.0, 1.0, -1.0, -1.0),
        (1.27, 1.0, -1.27, -1.27),
        (1.5, 1.0, -1.28, 0.0),
        (0.5, 1.0, -0.5, -0.5),
        (1.5, -1.0, 1.5, 1.5),
        (0.81, -1.0, 0.81, 0.81),
        (0.5, -1.0, 0.8, 0.0),
        (0.5, -2.0, 1.6, 0.0),
    ],
)
def test_ppo_clips_each_sign_at_its_own_bound(
    ratio: float, advantage: float, loss: float, slope: float
) -> None:
    logprob = double([math.log(ratio) - 2.0]).requires_grad_()
    value = ppo(logprob, double([-2.0]), double([advantage]), LOW, HIGH)
    value.sum().backward()
    assert value.item() == pytest.approx(loss, abs=1e-12)
    assert logprob.grad.item() == pytest.approx(slope, abs=1e-12)


def test_losses_match_a_scalar_reference() -> None:
    generator = torch.Generator().manual_seed(0)
    new = -torch.rand(200, generator=generator, dtype=torch.float64) * 3
    old = -torch.rand(200, generator=generator, dtype=torch.float64) * 3
    advantages = torch.randn(200, generator=generator, dtype=torch.float64)
    rows = list(zip(new.tolist(), old.tolist(), advantages.tolist(), strict=True))
    assert ppo(new, old, advantages, LOW, HIGH).tolist() == pytest.approx([reference_ppo(*r) for r in rows])
    expected = [-math.exp(n - o) * a for n, o, a in rows]
    assert importance_sampling(new, old, advantages).tolist() == pytest.approx(expected)
    assert cross_entropy(new, advantages).tolist() == pytest.approx([-n * a for n, _, a in rows])


@pytest.mark.parametrize("name", ["cross_entropy", "importance_sampling", "ppo"])
def test_gradients_match_numeric_differences(name: str) -> None:
    logprobs = double([-0.3, -1.1, -2.0, -0.6]).requires_grad_()
    inputs = {
        "weights": double([1.0, 0.5, 2.0, 0.0]),
        "logprobs": double([-0.5, -1.0, -1.2, -3.0]),
        "advantages": double([1.5, -0.7, -1.0, 0.0]),
    }
    assert torch.autograd.gradcheck(lambda x: token_losses(name, {}, x, inputs), (logprobs,))


def test_masked_token_is_harmless_whatever_its_old_logprob() -> None:
    logprobs = torch.tensor([-1.0, -1.0], requires_grad=True)
    old, advantages = torch.tensor([-3e38, -1.0]), torch.tensor([0.0, 1.0])
    ppo(logprobs, old, advantages, LOW, HIGH).sum().backward()
    assert logprobs.grad.tolist() == [0.0, -1.0]


def test_metrics_count_tokens_whose_gradient_the_clip_stops() -> None:
    ratios = double([1.5, 1.5, 0.5, 0.5, 1.5])
    inputs = {
        "weights": double([1, 1, 1, 1, 0]),
        "logprobs": double([0.0] * 5),
        "advantages": double([1, -1, 1, -1, 1]),
    }
    config = {"clip_low_threshold": LOW, "clip_high_threshold": HIGH}
    metrics = token_metrics("ppo", config, ratios.log(), inputs)
    assert metrics["tokens:sum"] == 4
    assert metrics["clipped_high:sum"] == 1
    assert metrics["clipped_low:sum"] == 1

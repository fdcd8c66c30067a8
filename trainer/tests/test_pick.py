from __future__ import annotations

import random

import pytest
import torch

from swerl_trainer.pick import SamplingParams, adjusted_probabilities, pick_tokens

LOGITS = torch.tensor([2.0, 1.0, 0.5, 0.0, -0.5, -1.0, -4.0, 1.5])
CHI_SQUARE_7_DF_P001 = 24.3


def reference(params: SamplingParams) -> list[float]:
    """Temperature, min_p, top_k, top_p on plain lists."""
    weights = (LOGITS.double() / params.temperature).exp().tolist()
    probabilities = [weight / sum(weights) for weight in weights]
    floor = params.min_p * max(probabilities)
    kept = [p if p >= floor else 0.0 for p in probabilities]
    order = sorted(range(len(kept)), key=lambda i: -kept[i])
    if params.top_k > 0:
        for index in order[params.top_k :]:
            kept[index] = 0.0
    kept = [p / sum(kept) for p in kept]
    mass = 0.0
    for index in order:
        if mass >= params.top_p:
            kept[index] = 0.0
        mass += kept[index]
    return [p / sum(kept) for p in kept]


CASES = [
    SamplingParams(1),
    SamplingParams(1, temperature=0.7),
    SamplingParams(1, top_k=3),
    SamplingParams(1, top_p=0.6),
    SamplingParams(1, min_p=0.3),
    SamplingParams(1, temperature=1.3, top_k=5, top_p=0.8, min_p=0.1),
]


@pytest.mark.parametrize("params", CASES)
def test_filters_match_the_reference(params: SamplingParams) -> None:
    rows = LOGITS.log_softmax(-1).repeat(2, 1)
    found = adjusted_probabilities(rows, [params, SamplingParams(1, top_k=1)])
    found = found / found.sum(-1, keepdim=True)
    assert found[0].tolist() == pytest.approx(reference(params), abs=1e-6)
    assert found[1].tolist() == [1.0] + [0.0] * 7


@pytest.mark.parametrize("params", CASES)
def test_frequencies_match_the_distribution(params: SamplingParams) -> None:
    count = 20_000
    rng = random.Random(7)
    logits = LOGITS.repeat(count, 1)
    tokens, logprobs, _ = pick_tokens(logits, [params] * count, [rng.random() for _ in range(count)])
    observed = torch.bincount(tokens, minlength=8).double()
    expected = torch.tensor(reference(params)).double() * count
    assert observed[expected == 0].sum() == 0
    live = expected > 0
    assert float(((observed - expected)[live] ** 2 / expected[live]).sum()) < CHI_SQUARE_7_DF_P001
    assert torch.allclose(logprobs, LOGITS.log_softmax(-1)[tokens])


def test_temperature_zero_is_greedy_beside_other_rows() -> None:
    logits = LOGITS.repeat(2, 1)
    params = [SamplingParams(1, temperature=0.0), SamplingParams(1)]
    tokens, _, _ = pick_tokens(logits, params, [0.999, 0.999999])
    assert tokens[0] == 0
    assert tokens[1] != 0


def test_extreme_uniforms_stay_on_tokens_that_can_occur() -> None:
    logits = torch.tensor([[-1e9, 0.0, -1e9], [-1e9, 0.0, -1e9]])
    tokens, _, _ = pick_tokens(logits, [SamplingParams(1)] * 2, [0.0, 1 - 2**-53])
    assert tokens.tolist() == [1, 1]

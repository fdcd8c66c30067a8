"""The sampler against the trainer's own forward pass."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from conftest import VOCAB_SIZE

from swerl_trainer import sampler as sampler_module
from swerl_trainer.batch import Datum
from swerl_trainer.learner import Learner
from swerl_trainer.models import load_model
from swerl_trainer.pick import SamplingParams
from swerl_trainer.sampler import Request, Sampler
from swerl_trainer.served_model import ServedModel


def make_sampler(folder: Path, dtype: torch.dtype = torch.float32, kv_bytes: int = 1 << 28) -> Sampler:
    return Sampler(ServedModel(folder, dtype), max_rows=16, kv_bytes=kv_bytes)


def make_learner(folder: Path, autocast: bool = False, micro_batch_tokens: int = 4096) -> Learner:
    return Learner(load_model(folder, torch.float32, "sdpa", "cpu"), "tiny", 0, autocast, micro_batch_tokens)


def run_to_end(sampler: Sampler) -> None:
    while sampler.has_work:
        sampler.advance()


def random_ids(rng: random.Random, low: int, high: int) -> list[int]:
    return [rng.randrange(VOCAB_SIZE) for _ in range(rng.randint(low, high))]


def sample_turns(sampler: Sampler, turns: int, seed: int = 0) -> list[list[Request]]:
    """Multi-turn trajectories of mixed lengths: more than there are rows, two of each prompt, so that
    admission, retirement, shared prefixes and continued turns all occur."""
    rng = random.Random(seed)
    prompts = [random_ids(rng, 3, 45) for _ in range(10)] * 2
    trajectories: list[list[Request]] = [[] for _ in prompts]
    for turn in range(turns):
        for index, prompt in enumerate(prompts):
            before = trajectories[index]
            ids = before[-1].ids + random_ids(rng, 1, 9) if before else prompt
            params = SamplingParams(max_tokens=rng.randint(1, 8), seed=1000 * turn + index)
            request = Request(ids, params, lambda _request: None)
            trajectories[index].append(request)
            sampler.submit(request)
        run_to_end(sampler)
    return trajectories


def score(learner: Learner, requests: list[Request]) -> list[float]:
    """|sampler - trainer| for every sampled token."""
    data = [
        Datum(r.ids[:-1], {"target_tokens": r.ids[1:], "weights": [1.0] * (len(r.ids) - 1)}) for r in requests
    ]
    outputs = learner.run(data, "cross_entropy", {}, backward=False)["loss_fn_outputs"]
    return [
        abs(sampled - trained)
        for request, output in zip(requests, outputs, strict=True)
        for sampled, trained in zip(
            request.logprobs, output["logprobs"][-len(request.logprobs) :], strict=True
        )
    ]


def test_fp32_logprobs_equal_the_trainers_over_cached_turns(tiny_model: Path) -> None:
    requests = sum(sample_turns(make_sampler(tiny_model), turns=3), [])
    assert {r.finish_reason for r in requests} >= {"length"}
    assert max(score(make_learner(tiny_model), requests)) < 1e-4


def test_bf16_logprobs_are_close_to_the_trainers(tiny_model: Path) -> None:
    sampler = make_sampler(tiny_model, torch.bfloat16)
    learner = make_learner(tiny_model, autocast=True)
    differences = score(learner, sum(sample_turns(sampler, turns=2), []))
    assert sum(differences) / len(differences) < 2e-3


def test_cache_reuse_and_chunked_prefill_change_nothing(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = sample_turns(make_sampler(tiny_model), turns=2)
    monkeypatch.setattr(sampler_module, "PREFILL_CHUNK", 16)
    found = sample_turns(make_sampler(tiny_model, kv_bytes=40_000), turns=2)
    for one, other in zip(sum(expected, []), sum(found, []), strict=True):
        assert one.ids == other.ids
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)


def test_publish_in_flight_recomputes_the_cache_and_records_the_versions(tiny_model: Path) -> None:
    sampler, learner = make_sampler(tiny_model), make_learner(tiny_model)
    old_learner = make_learner(tiny_model)
    request = Request([1, 2, 3], SamplingParams(max_tokens=8, seed=3), lambda _request: None)
    sampler.submit(request)
    sampler.advance()
    sampler.advance()
    with torch.no_grad():
        for parameter in learner.merged_weights().values():
            parameter.mul_(1.05)
    sampler.publish(learner.merged_weights(), 9)
    run_to_end(sampler)
    count = len(request.logprobs)
    assert request.versions == [[0, 0, 3], [9, 3, count]]
    before = Request(request.prompt_ids, request.params, request.on_done)
    before.ids, before.logprobs = request.ids[:6], request.logprobs[:3]
    assert max(score(old_learner, [before])) < 1e-4
    after = Request(request.prompt_ids, request.params, request.on_done)
    after.ids, after.logprobs = request.ids, request.logprobs[3:]
    assert max(score(learner, [after])) < 1e-4


def test_stop_tokens_and_abort(tiny_model: Path) -> None:
    sampler = make_sampler(tiny_model)
    free = Request([5, 6], SamplingParams(max_tokens=20, seed=1), lambda _request: None)
    sampler.submit(free)
    run_to_end(sampler)
    stop = free.sampled_ids[2]
    params = SamplingParams(max_tokens=20, seed=1, stop_token_ids=frozenset([stop]))
    stopped = Request([5, 6], params, lambda _request: None)
    aborted = Request([5, 6], SamplingParams(max_tokens=20, seed=2), lambda _request: None)
    sampler.submit(stopped)
    sampler.submit(aborted)
    sampler.advance()
    aborted.is_aborted = True
    run_to_end(sampler)
    assert stopped.sampled_ids == free.sampled_ids[: free.sampled_ids.index(stop) + 1]
    assert (stopped.finish_reason, stopped.stop_reason) == ("stop", stop)
    assert aborted.finish_reason == "abort"
    assert len(aborted.sampled_ids) == len(aborted.logprobs) == 2


def test_a_failure_answers_every_request_and_the_sampler_goes_on(tiny_model: Path) -> None:
    sampler = make_sampler(tiny_model)
    failed: list[Request] = []
    for seed in range(3):
        sampler.submit(Request([1], SamplingParams(max_tokens=4, seed=seed), failed.append))
    sampler.advance()
    sampler.fail_all("boom")
    assert [r.error for r in failed] == ["boom"] * 3
    request = Request([1, 2], SamplingParams(max_tokens=4, seed=0), lambda _request: None)
    sampler.submit(request)
    run_to_end(sampler)
    assert request.finish_reason in ("length", "stop")

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from test_sampler import make_learner

from swerl_trainer.batch import Datum, collate, plan_micro_batches
from swerl_trainer.checkpoint import CheckpointError
from swerl_trainer.learner import Learner
from swerl_trainer.models import load_model

ADAM = {
    "learning_rate": 1e-2,
    "beta1": 0.9,
    "beta2": 0.95,
    "eps": 1e-8,
    "weight_decay": 0.0,
    "grad_clip_norm": 0.0,
}


def ppo_data(count: int = 7) -> list[Datum]:
    generator = torch.Generator().manual_seed(5)
    data = []
    for index in range(count):
        length = 3 + 5 * index % 17
        ids = torch.randint(0, 90, (length + 1,), generator=generator).tolist()
        advantages = torch.randn(length, generator=generator).tolist()
        advantages[0] = 0.0
        inputs = {
            "target_tokens": ids[1:],
            "logprobs": (-5 * torch.rand(length, generator=generator)).tolist(),
            "advantages": advantages,
            "weights": [1.0] * length,
        }
        data.append(Datum(ids[:-1], inputs))
    return data


def gradients(learner: Learner) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in learner._trained.values() if p.grad is not None])


def test_plan_bounds_padded_tokens_and_covers_everything() -> None:
    lengths = [5, 100, 7, 8, 30, 6]
    groups = plan_micro_batches(lengths, 32)
    assert sorted(sum(groups, [])) == list(range(6))
    assert all(len(g) == 1 or len(g) * max(lengths[i] for i in g) <= 32 for g in groups)


def test_collate_pads_right_with_weight_zero() -> None:
    batch = collate(ppo_data(3), [0, 2])
    assert batch.tokens.shape == batch.inputs["weights"].shape == (2, 13)
    assert batch.is_real.sum(-1).tolist() == [3, 13]
    assert batch.inputs["weights"][0].tolist() == [1.0] * 3 + [0.0] * 10


@pytest.mark.parametrize("micro_batch_tokens", [1, 40])
def test_result_does_not_depend_on_the_partition(tiny_model: Path, micro_batch_tokens: int) -> None:
    one, other = make_learner(tiny_model), make_learner(tiny_model, micro_batch_tokens=micro_batch_tokens)
    config = {"clip_low_threshold": 0.8, "clip_high_threshold": 1.28}
    expected = one.run(ppo_data(), "ppo", config, backward=True)
    found = other.run(ppo_data(), "ppo", config, backward=True)
    assert torch.allclose(
        gradients(one), gradients(other), rtol=1e-4, atol=1e-4 * float(gradients(one).abs().max())
    )
    assert found["metrics"] == pytest.approx(expected["metrics"], rel=1e-4)
    for a, b in zip(expected["loss_fn_outputs"], found["loss_fn_outputs"], strict=True):
        assert a["logprobs"] == pytest.approx(b["logprobs"], abs=1e-4)


def test_chunked_logits_give_the_same_gradient(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = make_learner(tiny_model), make_learner(tiny_model)
    one.run(ppo_data(), "importance_sampling", {}, backward=True)
    monkeypatch.setattr("swerl_trainer.learner.LOGIT_ELEMENTS", 96 * 10)
    other.run(ppo_data(), "importance_sampling", {}, backward=True)
    scale = float(gradients(one).abs().max())
    assert torch.allclose(gradients(one), gradients(other), atol=1e-4 * scale)


def test_loss_is_a_plain_sum_and_gradients_add_up(tiny_model: Path) -> None:
    once, twice = make_learner(tiny_model), make_learner(tiny_model)
    result = once.run(ppo_data(), "cross_entropy", {}, backward=True)
    total = sum(sum(output["elementwise_loss"]) for output in result["loss_fn_outputs"])
    assert result["metrics"]["loss:sum"] == pytest.approx(total, rel=1e-5)
    twice.run(ppo_data(), "cross_entropy", {}, backward=True)
    twice.run(ppo_data(), "cross_entropy", {}, backward=True)
    assert torch.allclose(2 * gradients(once), gradients(twice), rtol=1e-4, atol=1e-3)


def test_optim_step_clips_skips_and_refuses(tiny_model: Path) -> None:
    learner = make_learner(tiny_model)
    with pytest.raises(ValueError, match="no gradient"):
        learner.optim_step(ADAM)
    before = {n: p.detach().clone() for n, p in learner.merged_weights().items()}
    learner.run(ppo_data(), "cross_entropy", {}, backward=True)
    next(iter(learner._trained.values())).grad[0, 0] = float("nan")
    assert learner.optim_step(ADAM)["skipped"] == 1
    assert all(torch.equal(p, before[n]) for n, p in learner.merged_weights().items())
    learner.run(ppo_data(), "cross_entropy", {}, backward=True)
    norm = float(gradients(learner).norm())
    assert learner.optim_step({**ADAM, "grad_clip_norm": 1e-3})["grad_norm"] == pytest.approx(norm, rel=1e-4)


@pytest.mark.parametrize("rank", [0, 4])
def test_checkpoint_restores_weights_and_optimizer_exactly(
    tiny_model: Path, tmp_path: Path, rank: int
) -> None:
    def fresh() -> Learner:
        return Learner(load_model(tiny_model, torch.float32, "sdpa", "cpu"), "tiny", rank, False, 4096)

    learner, other = fresh(), fresh()
    learner.run(ppo_data(), "cross_entropy", {}, backward=True)
    learner.optim_step(ADAM)
    learner.save(tmp_path / "ck")
    other.load(tmp_path / "ck", with_optimizer=True)
    for each in (learner, other):
        each.run(ppo_data(), "ppo", {}, backward=True)
        each.optim_step(ADAM)
    for name, weight in learner.merged_weights().items():
        assert torch.equal(weight, other.merged_weights()[name])
    assert not list(tmp_path.glob(".ck*"))
    with pytest.raises(CheckpointError, match="exists already"):
        learner.save(tmp_path / "ck")


def test_a_damaged_checkpoint_is_refused_and_changes_nothing(tiny_model: Path, tmp_path: Path) -> None:
    learner = make_learner(tiny_model)
    learner.save(tmp_path / "ck")
    path = tmp_path / "ck" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="model.safetensors does not match the SHA-256"):
        learner.load(tmp_path / "ck", with_optimizer=False)
    path.write_bytes(content[:-4])
    with pytest.raises(CheckpointError, match="bytes, the manifest says"):
        learner.load(tmp_path / "ck", with_optimizer=False)
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        learner.load(tmp_path / "absent", with_optimizer=False)


def test_lora_merge_equals_the_adapted_model(tiny_model: Path) -> None:
    learner = Learner(load_model(tiny_model, torch.float32, "sdpa", "cpu"), "tiny", 4, False, 4096)
    learner.run(ppo_data(), "cross_entropy", {}, backward=True)
    learner.optim_step(ADAM)
    plain = make_learner(tiny_model)
    with torch.no_grad():
        for name, parameter in plain.merged_weights().items():
            parameter.copy_(learner.merged_weights()[name])
    adapted = learner.run(ppo_data(), "cross_entropy", {}, backward=False)["metrics"]["loss:sum"]
    merged = plain.run(ppo_data(), "cross_entropy", {}, backward=False)["metrics"]["loss:sum"]
    assert merged == pytest.approx(adapted, rel=1e-5)

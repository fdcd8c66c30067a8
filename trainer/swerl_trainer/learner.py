"""One trainable model: gradients, the optimizer, its checkpoints. Owned by the engine thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from .batch import Datum, MicroBatch, collate, plan_micro_batches
from .checkpoint import CheckpointError, load_tensors, read_manifest, save_tensors, write_folder
from .losses import token_losses, token_metrics

LOGIT_ELEMENTS = 1 << 26
LORA_ALPHA = 32


class Learner:
    """Full fine-tuning (``rank`` 0) or LoRA of ``model``, whose fp32 parameters are the masters; with
    ``autocast`` bfloat16 the passes run in bf16. Gradients add up until ``optim_step``."""

    def __init__(
        self, model: PreTrainedModel, base_model: str, rank: int, autocast: bool, micro_batch_tokens: int
    ) -> None:
        self.base_model = base_model
        self.rank = rank
        self._autocast = autocast
        self._micro_batch_tokens = micro_batch_tokens
        self._model = model if rank == 0 else _with_lora(model, rank)
        self._causal: PreTrainedModel = model
        self._trained = {name: p for name, p in self._model.named_parameters() if p.requires_grad}
        self._optimizer = torch.optim.AdamW(self._trained.values(), lr=0.0)

    def run(self, data: Sequence[Datum], loss_fn: str, config: dict[str, float], backward: bool) -> dict:
        """forward (and backward) over all datums. Returns ``loss_fn_outputs`` in the order of ``data`` with
        ``logprobs`` and ``elementwise_loss`` as lists, and ``metrics``: sums over tokens. The result does not
        depend on how datums fall into micro-batches, beyond rounding."""
        outputs: list[dict] = [{} for _ in data]
        metrics: dict[str, float] = {"loss:sum": 0.0}
        with torch.set_grad_enabled(backward):
            for indices in plan_micro_batches([len(d.tokens) for d in data], self._micro_batch_tokens):
                batch = collate(data, indices, self._causal.device)
                logprobs = self._logprobs(batch)
                losses = token_losses(loss_fn, config, logprobs, batch.inputs) * batch.is_real
                if backward:
                    losses.sum().backward()
                self._collect(batch, logprobs.detach(), losses.detach(), outputs)
                metrics["loss:sum"] += float(losses.detach().double().sum())
                for name, value in token_metrics(loss_fn, config, logprobs.detach(), batch.inputs).items():
                    metrics[name] = metrics.get(name, 0.0) + value
        clipped = metrics.get("clipped_low:sum", 0.0) + metrics.get("clipped_high:sum", 0.0)
        if loss_fn == "ppo":
            metrics["clip_fraction:mean"] = clipped / max(metrics["tokens:sum"], 1.0)
        return {"loss_fn_outputs": outputs, "metrics": metrics}

    def _logprobs(self, batch: MicroBatch) -> torch.Tensor:
        """log pi(target) in fp32, ``[rows, time]``, 0 on padding. Rows are padded on the right, so the causal
        mask alone keeps padding out. Logits are fp32 and exist for real tokens only, a chunk at a time."""
        with torch.autocast(batch.tokens.device.type, torch.bfloat16, enabled=self._autocast):
            hidden = self._causal.get_decoder()(input_ids=batch.tokens, use_cache=False).last_hidden_state
        rows, targets = hidden[batch.is_real].float(), batch.inputs["target_tokens"][batch.is_real]
        size = max(1, LOGIT_ELEMENTS // self._causal.config.vocab_size)
        chunks = list(zip(rows.split(size), targets.split(size), strict=True))
        if len(chunks) == 1:
            found = self._head(*chunks[0])
        else:
            found = torch.cat([checkpoint(self._head, *chunk, use_reentrant=False) for chunk in chunks])
        return torch.zeros(batch.tokens.shape, device=found.device).masked_scatter(batch.is_real, found)

    def _head(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits = self._causal.get_output_embeddings()(hidden)
        return logits.log_softmax(-1).gather(-1, targets[:, None])[:, 0]

    @staticmethod
    def _collect(
        batch: MicroBatch, logprobs: torch.Tensor, losses: torch.Tensor, outputs: list[dict]
    ) -> None:
        lengths = batch.is_real.sum(-1).tolist()
        for row, (index, length) in enumerate(zip(batch.indices, lengths, strict=True)):
            outputs[index] = {
                "logprobs": logprobs[row, :length].tolist(),
                "elementwise_loss": losses[row, :length].tolist(),
            }

    def optim_step(self, adam: dict[str, float]) -> dict[str, float]:
        """AdamW on the gradients since the last call, then clear them. ``grad_norm`` is the norm before
        clipping. A gradient that is not finite is dropped and reported as ``skipped`` 1. Raises ValueError
        when there is no gradient at all."""
        gradients = [p.grad for p in self._trained.values() if p.grad is not None]
        if not gradients:
            raise ValueError("optim_step: no gradient; call forward_backward first")
        norm = torch.nn.utils.get_total_norm(gradients)
        metrics = {"learning_rate": adam["learning_rate"], "skipped": 0.0}
        if not torch.isfinite(norm):
            self._optimizer.zero_grad()
            return {**metrics, "skipped": 1.0}
        if adam["grad_clip_norm"] > 0:
            torch.nn.utils.clip_grads_with_norm_(self._trained.values(), adam["grad_clip_norm"], norm)
        for group in self._optimizer.param_groups:
            group["lr"] = adam["learning_rate"]
            group["betas"] = (adam["beta1"], adam["beta2"])
            group["eps"] = adam["eps"]
            group["weight_decay"] = adam["weight_decay"]
        self._optimizer.step()
        self._optimizer.zero_grad()
        return {**metrics, "grad_norm": float(norm)}

    @torch.no_grad()
    def merged_weights(self) -> dict[str, torch.Tensor]:
        """The weights of the plain model, by its own parameter names, LoRA folded in."""
        if self.rank == 0:
            return dict(self._causal.named_parameters())
        merged: dict[str, torch.Tensor] = {}
        for name, module in self._causal.named_modules():
            if hasattr(module, "get_delta_weight"):
                weight = module.get_base_layer().weight
                merged[f"{name}.weight"] = weight + module.get_delta_weight("default")
        for name, parameter in self._causal.named_parameters():
            if "lora_" not in name:
                merged.setdefault(name.replace(".base_layer.", "."), parameter)
        return merged

    def _optimizer_tensors(self) -> dict[str, torch.Tensor]:
        tensors = {}
        for name, parameter in self._trained.items():
            for key, value in self._optimizer.state.get(parameter, {}).items():
                tensors[f"{key}:{name}"] = value
        return tensors

    def save(self, target: Path) -> None:
        """Write trained parameters and optimizer state. Gradients not yet applied are not part of it."""

        def fill(folder: Path) -> None:
            save_tensors(folder / "model.safetensors", self._trained)
            save_tensors(folder / "optimizer.safetensors", self._optimizer_tensors())

        about = {"format": "swerl-checkpoint-1", "base_model": self.base_model, "lora_rank": self.rank}
        write_folder(target, fill, about)

    @torch.no_grad()
    def load(self, folder: Path, with_optimizer: bool) -> None:
        """Read what ``save`` wrote, after checking all of it. Raises CheckpointError and changes nothing when
        it is damaged or of another shape. Gradients not yet applied are dropped."""
        manifest = read_manifest(folder)
        if manifest.get("lora_rank") != self.rank:
            raise CheckpointError(
                f"{folder.name}: lora_rank is {manifest.get('lora_rank')}, the model's is {self.rank}"
            )
        weights = load_tensors(folder / "model.safetensors", self._trained)
        state: dict[str, torch.Tensor] = {}
        if with_optimizer:
            from safetensors.torch import load_file

            state = load_file(folder / "optimizer.safetensors")
        for name, parameter in self._trained.items():
            parameter.copy_(weights[name])
        self._optimizer.zero_grad()
        self._optimizer.state.clear()
        for key, value in state.items():
            kind, name = key.split(":", 1)
            parameter = self._trained[name]
            self._optimizer.state[parameter][kind] = value if kind == "step" else value.to(parameter.device)


def _with_lora(model: PreTrainedModel, rank: int) -> torch.nn.Module:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=rank, lora_alpha=LORA_ALPHA, target_modules="all-linear", lora_dropout=0.0)
    return get_peft_model(model, config)

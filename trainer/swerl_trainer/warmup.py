"""``swerl_trainer warmup``: train a small model from scratch on demonstrations, within a budget of minutes.

Objective: next-token cross-entropy over every token, targets that are observations weighted down. Muon
(https://kellerjordan.github.io/posts/muon/) moves the hidden matrices, AdamW the embeddings, norms and
biases. Masters stay fp32; the forward and backward passes run under bf16 autocast.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

from . import __version__
from .checkpoint import sha256_of
from .demos import Batch, Demos, bucket, load_demos, make_batch, shuffled_batches
from .models import copy_tokenizer


def build_model(config_path: Path, tokenizer_dir: Path, init_from: Path | None) -> Qwen2ForCausalLM:
    """A Qwen2 from the JSON of its config (or the weights of ``init_from``), in fp32. The vocabulary and
    the eos and pad ids come from the tokenizer unless the config names them."""
    if init_from is not None:
        return Qwen2ForCausalLM.from_pretrained(init_from, dtype=torch.float32, attn_implementation="sdpa")
    fields = json.loads(config_path.read_text())
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_dir, local_files_only=True)
    fields.setdefault("vocab_size", len(tokenizer))
    fields.setdefault("eos_token_id", tokenizer.eos_token_id)
    fields.setdefault("bos_token_id", tokenizer.bos_token_id)
    fields.setdefault(
        "pad_token_id", tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    )
    model = Qwen2ForCausalLM(Qwen2Config(**fields, attn_implementation="sdpa"))
    return model.to(torch.float32)


def build_optimizers(model: Qwen2ForCausalLM, args: argparse.Namespace) -> list[torch.optim.Optimizer]:
    """[Muon, AdamW], or [AdamW] alone with ``--optimizer adamw``. Each group keeps its peak rate under
    ``peak_lr``. Muon's update is rescaled to AdamW's RMS, so both rates have the same meaning."""
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and ".layers." in n]
    rest = [p for n, p in model.named_parameters() if not (p.ndim == 2 and ".layers." in n)]
    adamw = {"betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": args.weight_decay}
    if args.optimizer == "adamw":
        optimizers = [torch.optim.AdamW(hidden + rest, lr=args.lr, **adamw)]
    else:
        muon = torch.optim.Muon(
            hidden, lr=args.muon_lr, weight_decay=args.weight_decay, adjust_lr_fn="match_rms_adamw"
        )
        optimizers = [muon, torch.optim.AdamW(rest, lr=args.lr, **adamw)]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["peak_lr"] = group["lr"]
    return optimizers


def rate_factor(progress: float, warmup_fraction: float, decay: str) -> float:
    """Learning-rate multiplier at ``progress`` in [0, 1]: linear up over ``warmup_fraction``, then linear
    or cosine down to 0."""
    if progress < warmup_fraction:
        return (progress + 1e-3) / (warmup_fraction + 1e-3)
    rest = min(1.0, (progress - warmup_fraction) / (1 - warmup_fraction))
    return 1 - rest if decay == "linear" else 0.5 * (1 + math.cos(math.pi * rest))


def batch_losses(model: Qwen2ForCausalLM, batch: Batch, bf16: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """(weighted mean loss over the batch, per-token loss ``[rows * time]`` detached). Rows are
    padded on the right, so the causal mask alone keeps padding out and no attention mask is built."""
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        logits = model(input_ids=torch.from_numpy(batch.inputs), use_cache=False).logits
    targets = torch.from_numpy(batch.targets).view(-1)
    losses = functional.cross_entropy(logits.view(-1, logits.shape[-1]).float(), targets, reduction="none")
    weights = torch.from_numpy(batch.weights).view(-1)
    return (losses * weights).sum() / weights.sum(), losses.detach()


@torch.no_grad()
def held_out_loss(
    model: Qwen2ForCausalLM, demos: Demos, documents: np.ndarray, batch_tokens: int, bf16: bool
) -> float:
    """Mean loss in nats over the sampled tokens of the held-out documents."""
    total = count = 0.0
    for group in bucket(demos, documents, batch_tokens):
        batch = make_batch(demos, group, 1.0)
        sampled = torch.from_numpy(batch.sampled).view(-1)
        total += float((batch_losses(model, batch, bf16)[1] * sampled).sum())
        count += float(sampled.sum())
    return total / max(count, 1.0)


def save_model(model: Qwen2ForCausalLM, args: argparse.Namespace, recipe: dict) -> None:
    """Write the HF folder (bf16 weights, tokenizer files, ``recipe.json``) beside ``--out``, then put it in
    its place, so that a killed run leaves the previous folder whole."""
    staging = args.out.with_name(args.out.name + ".saving")
    shutil.rmtree(staging, ignore_errors=True)
    half = Qwen2ForCausalLM(model.config).to(torch.bfloat16)
    half.load_state_dict(model.state_dict())
    half.tie_weights()
    half.config.dtype = torch.bfloat16
    half.save_pretrained(staging)
    copy_tokenizer(args.tokenizer, staging)
    files = {path.name: sha256_of(path) for path in sorted(staging.iterdir())}
    (staging / "recipe.json").write_text(json.dumps({**recipe, "files": files}, indent=2) + "\n")
    previous = args.out.with_name(args.out.name + ".previous")
    shutil.rmtree(previous, ignore_errors=True)
    if args.out.exists():
        args.out.rename(previous)
    staging.rename(args.out)
    shutil.rmtree(previous, ignore_errors=True)


def train(args: argparse.Namespace) -> dict:
    """Run to the end of the budget (or to the first SIGINT or SIGTERM), saving on the way. Returns the last
    progress record."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    bf16 = args.dtype == "bfloat16"
    model = build_model(args.config, args.tokenizer, args.init)
    demos = load_demos(args.demos, args.max_tokens, model.config.vocab_size)
    documents = np.random.default_rng(args.seed).permutation(len(demos.lengths))
    held_out = documents[: max(1, len(documents) // 100)] if len(documents) > 1 else documents
    training = documents[len(held_out) :] if len(documents) > 1 else documents
    optimizers = build_optimizers(model, args)
    stopping: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _frame: stopping.append(number))

    recipe = {
        "program": f"swerl_trainer {__version__} warmup",
        "arguments": {
            key: str(value) if isinstance(value, Path) else value for key, value in vars(args).items()
        },
        "parameters": sum(p.numel() for p in model.parameters()),
        "demonstrations": {
            "sha256": sha256_of(args.demos),
            "documents": len(documents),
            "tokens": len(demos.ids),
        },
        "torch": torch.__version__,
    }
    started = printed = saved = time.monotonic()
    tokens = updates = 0
    sampled_loss = sampled_count = 0.0
    progress: dict = {}
    for batch in shuffled_batches(demos, training, args.batch_tokens, args.observation_weight, args.seed):
        elapsed = time.monotonic() - started
        done = tokens / args.tokens if args.tokens else elapsed / (args.minutes * 60)
        if done >= 1 or stopping:
            break
        factor = rate_factor(done, args.warmup_fraction, args.decay)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak_lr"] * factor
        loss, losses = batch_losses(model, batch, bf16)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), args.grad_clip_norm)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        updates += 1
        tokens += int((batch.weights > 0).sum())
        sampled = torch.from_numpy(batch.sampled).view(-1)
        sampled_loss += float((losses * sampled).sum())
        sampled_count += float(sampled.sum())
        now = time.monotonic()
        if now - printed >= args.print_every:
            printed = now
            progress = report(
                "progress", tokens, updates, now - started, sampled_loss / max(sampled_count, 1), done, factor
            )
            sampled_loss = sampled_count = 0.0
        if now - saved >= args.save_every_minutes * 60:
            saved = now
            save_model(model, args, {**recipe, "progress": progress})
    progress = report(
        "done", tokens, updates, time.monotonic() - started, sampled_loss / max(sampled_count, 1), 1.0, 0.0
    )
    progress["held_out_loss"] = held_out_loss(model, demos, held_out, args.batch_tokens, bf16)
    print(
        json.dumps({"event": "held-out", "loss": progress["held_out_loss"], "documents": len(held_out)}),
        flush=True,
    )
    save_model(model, args, {**recipe, "progress": progress})
    return progress


def report(
    event: str, tokens: int, updates: int, elapsed: float, loss: float, done: float, factor: float
) -> dict:
    """Print one JSON line and return it. ``sampled_loss`` is in nats, over the sampled tokens since the
    line before."""
    record = {
        "event": event,
        "tokens": tokens,
        "optimizer_steps": updates,
        "elapsed_s": round(elapsed, 1),
        "tokens_per_s": round(tokens / max(elapsed, 1e-9)),
        "sampled_loss": round(loss, 4),
        "lr_factor": round(factor, 3),
        "eta_s": round(elapsed * (1 - done) / max(done, 1e-9), 1),
    }
    print(json.dumps(record), flush=True)
    return record


def main(args: argparse.Namespace) -> int:
    try:
        train(args)
    except (ValueError, FileNotFoundError) as error:
        print(f"swerl_trainer warmup: {error}", file=sys.stderr)
        return 1
    return 0

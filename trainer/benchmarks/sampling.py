"""Sampled tokens per second of multi-turn trajectories: this server over HTTP against ``model.generate``.

    python benchmarks/sampling.py --base-model DIR [--dtype bfloat16] [--trajectories 128] [--turns 5]

A trajectory is a prompt of 110 tokens shared by groups of eight, then turns of 5 to 40 sampled tokens, each
followed by an observation of 20 to 60 tokens. The baseline generates turn by turn in one padded batch.
Prefill counts as time in both. Observations are random, and the model's end token never ends a turn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

GROUP_SIZE = 8


def plan(args: argparse.Namespace, vocab_size: int, eos_id: int) -> list[dict]:
    """The prompts, turn lengths and observations of every trajectory."""
    rng = random.Random(0)
    ids = [token for token in range(vocab_size) if token != eos_id]
    prompts = [rng.choices(ids, k=110) for _ in range(-(-args.trajectories // GROUP_SIZE))]
    return [
        {
            "prompt": prompts[index // GROUP_SIZE],
            "lengths": [rng.randint(5, 40) for _ in range(args.turns)],
            "observations": [rng.choices(ids, k=rng.randint(20, 60)) for _ in range(args.turns)],
        }
        for index in range(args.trajectories)
    ]


async def run_server(url: str, trajectories: list[dict]) -> tuple[int, float]:
    import httpx

    limits = httpx.Limits(max_connections=len(trajectories))

    async def run(client: httpx.AsyncClient, trajectory: dict) -> int:
        ids, count = trajectory["prompt"], 0
        for length, observation in zip(trajectory["lengths"], trajectory["observations"], strict=True):
            body = {"prompt": ids, "max_tokens": length, "return_token_ids": True, "logprobs": 0}
            answer = (await client.post("/v1/completions", json=body)).json()["choices"][0]
            count += len(answer["token_ids"])
            ids = ids + answer["token_ids"] + observation
        return count

    async with httpx.AsyncClient(base_url=url, timeout=600, limits=limits) as client:
        started = time.monotonic()
        counts = await asyncio.gather(*(run(client, trajectory) for trajectory in trajectories))
        return sum(counts), time.monotonic() - started


def run_generate(args: argparse.Namespace, trajectories: list[dict]) -> tuple[int, float]:
    """Left-padded batches through transformers' own loop; a row's surplus tokens are not counted."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(args.threads)
    model = AutoModelForCausalLM.from_pretrained(args.base_model, dtype=getattr(torch, args.dtype))
    rows, count = [trajectory["prompt"] for trajectory in trajectories], 0
    started = time.monotonic()
    for turn in range(args.turns):
        width = max(len(row) for row in rows)
        inputs = torch.tensor([[0] * (width - len(row)) + row for row in rows])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
        longest = max(trajectory["lengths"][turn] for trajectory in trajectories)
        output = model.generate(
            inputs, attention_mask=mask, do_sample=True, top_k=0, max_new_tokens=longest, eos_token_id=None
        )
        for index, trajectory in enumerate(trajectories):
            length = trajectory["lengths"][turn]
            count += length
            sampled = output[index, width : width + length].tolist()
            rows[index] = rows[index] + sampled + trajectory["observations"][turn]
    return count, time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-model", required=True)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--trajectories", type=int, default=128)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--skip-baseline", action="store_true")
    args = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the server does
    config = json.loads(Path(args.base_model, "config.json").read_text())
    trajectories = plan(args, config["vocab_size"], config["eos_token_id"])
    command = [sys.executable, "-m", "swerl_trainer", "serve", "--base-model", args.base_model]
    command += ["--state-dir", "/tmp/swerl-bench-state", "--dtype", args.dtype, "--exit-with-parent"]
    command += ["--threads", str(args.threads)]
    server = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    url = json.loads(server.stdout.readline())["url"]
    asyncio.run(run_server(url, trajectories[:GROUP_SIZE]))
    count, seconds = asyncio.run(run_server(url, trajectories))
    server.stdin.close()
    server.wait()
    ours = count / seconds
    print(f"server: {count} tokens in {seconds:.2f} s: {ours:.0f} tokens/s")
    if not args.skip_baseline:
        count, seconds = run_generate(args, trajectories)
        print(f"model.generate: {count} tokens in {seconds:.2f} s: {count / seconds:.0f} tokens/s")
        print(f"ratio: {ours / (count / seconds):.2f}")


if __name__ == "__main__":
    main()

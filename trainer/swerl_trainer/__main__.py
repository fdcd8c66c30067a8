"""Command line: ``python -m swerl_trainer serve | warmup | untie``. Importing this module must not import
torch."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="swerl_trainer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show_defaults = argparse.ArgumentDefaultsHelpFormatter

    warmup = commands.add_parser(
        "warmup", help="train a small model from scratch on demonstrations", formatter_class=show_defaults
    )
    warmup.add_argument("--demos", type=Path, required=True, help="JSON lines: token_ids, loss_mask")
    warmup.add_argument("--out", type=Path, required=True, help="folder of the trained model")
    warmup.add_argument("--config", type=Path, required=True, help="JSON of a Qwen2 config")
    warmup.add_argument("--tokenizer", type=Path, required=True, help="folder with tokenizer.json")
    warmup.add_argument(
        "--init", type=Path, help="start from the weights of this folder instead of at random"
    )
    warmup.add_argument("--minutes", type=float, default=40.0, help="budget of wall time")
    warmup.add_argument("--tokens", type=int, help="budget of tokens, instead of minutes")
    warmup.add_argument("--batch-tokens", type=int, default=8192, help="padded tokens of one optimizer step")
    warmup.add_argument("--max-tokens", type=int, default=2048, help="longer demonstrations are cut")
    warmup.add_argument("--observation-weight", type=float, default=0.2, help="weight of tokens not sampled")
    warmup.add_argument(
        "--optimizer", choices=["muon", "adamw"], default="muon", help="for the hidden matrices"
    )
    warmup.add_argument("--lr", type=float, default=3e-3, help="peak rate of AdamW")
    warmup.add_argument("--muon-lr", type=float, default=6e-3, help="peak rate of Muon")
    warmup.add_argument("--weight-decay", type=float, default=0.01)
    warmup.add_argument("--grad-clip-norm", type=float, default=1.0)
    warmup.add_argument("--warmup-fraction", type=float, default=0.02, help="share of the budget")
    warmup.add_argument("--decay", choices=["linear", "cosine"], default="linear")
    warmup.add_argument(
        "--dtype", choices=["float32", "bfloat16"], default="bfloat16", help="of the autocast"
    )
    warmup.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    warmup.add_argument("--seed", type=int, default=0)
    warmup.add_argument("--print-every", type=float, default=10.0, help="seconds between progress lines")
    warmup.add_argument("--save-every-minutes", type=float, default=5.0)
    add_serve(commands, show_defaults)
    untie = commands.add_parser(
        "untie", help="copy a model so that its output head is a tensor of its own, as updates of a vLLM need"
    )
    untie.add_argument("source", type=Path, help="folder of a Hugging Face model")
    untie.add_argument("target", type=Path, help="folder to make")
    return parser


def add_serve(commands: argparse._SubParsersAction, formatter: type[argparse.HelpFormatter]) -> None:
    serve = commands.add_parser(
        "serve", help="serve one model to train and to sample", formatter_class=formatter
    )
    serve.add_argument("--base-model", required=True, help="folder of a Hugging Face model; also its name")
    serve.add_argument("--state-dir", type=Path, required=True, help="where checkpoints go")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="0 takes a free one; the ready line tells it")
    serve.add_argument(
        "--dtype",
        choices=["float32", "bfloat16"],
        default="float32",
        help="bfloat16: train under autocast with float32 masters, sample in bfloat16",
    )
    serve.add_argument("--device", default="cpu", help="cpu or cuda")
    serve.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    serve.add_argument("--max-context", type=int, help="tokens; default: the model's own window")
    serve.add_argument("--micro-batch-tokens", type=int, default=16384, help="padded tokens of one pass")
    serve.add_argument("--max-rows", type=int, default=256, help="completions decoded at once")
    serve.add_argument("--kv-cache-gib", type=float, default=2.0, help="bound of the sampler's cache")
    serve.add_argument("--max-models", type=int, default=4, help="models that can be loaded at once")
    serve.add_argument("--future-timeout-s", type=float, default=300.0, help="of one retrieve_future")
    serve.add_argument("--gradient-checkpointing", action="store_true")
    serve.add_argument("--exit-with-parent", action="store_true", help="stop when stdin ends")


def main(argv: list[str] | None = None) -> int:
    parser = build_parser()
    args = parser.parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve whatever shares the cores
    if args.command == "warmup":
        from . import warmup

        return warmup.main(args)
    if args.command == "untie":
        from . import models

        models.write_untied_copy(args.source, args.target)
        return 0
    import torch

    if args.device.startswith("cuda") and not torch.cuda.is_available():
        parser.error(f"argument --device: {args.device}, but torch {torch.__version__} finds no GPU here")
    from . import server
    from .settings import Settings

    fields = {key: value for key, value in vars(args).items() if key != "command"}
    return server.serve(Settings(**fields))


if __name__ == "__main__":
    sys.exit(main())

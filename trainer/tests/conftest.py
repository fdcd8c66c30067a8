"""A tiny random model on disk and a real server process over it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Two threads on a busy machine wait for each other longer than these tiny tensors take to compute.
os.environ["OMP_NUM_THREADS"] = "1"

ROOT = Path(__file__).parents[1]
VOCAB_SIZE = 96
EOS_ID = 90
MAX_CONTEXT = 128


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 of two layers, larger initial weights than usual so that its distributions are not flat."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import Qwen2Config, Qwen2ForCausalLM

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=VOCAB_SIZE,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=96,
        max_position_embeddings=MAX_CONTEXT,
        tie_word_embeddings=True,
        initializer_range=0.15,
        eos_token_id=EOS_ID,
        pad_token_id=91,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    words = {f"w{index}": index for index in range(VOCAB_SIZE)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer_config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "w90", "pad_token": "w91"}
    tokenizer_config["unk_token"] = "w0"
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))
    return folder


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def server_url(tiny_model: Path, state_dir: Path) -> Iterator[str]:
    """The program itself; it ends when its stdin does."""
    command = [sys.executable, "-m", "swerl_trainer", "serve", "--base-model", str(tiny_model)]
    command += ["--state-dir", str(state_dir), "--exit-with-parent", "--threads", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ready = json.loads(process.stdout.readline())
    assert ready["event"] == "ready"
    assert ready["model"] == str(tiny_model)
    yield ready["url"]
    process.stdin.close()
    assert process.wait(timeout=15) == 0

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.mark.parametrize(
    "command", [["--help"], ["serve", "--help"], ["warmup", "--help"], ["untie", "--help"]]
)
def test_help_does_not_import_torch(command: list[str]) -> None:
    code = (
        "import sys\n"
        "from swerl_trainer.__main__ import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as done:\n    assert done.code == 0\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "usage: swerl_trainer" in done.stdout


def test_a_device_that_is_not_there_is_named(tiny_model: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "swerl_trainer", "serve", "--base-model", str(tiny_model)]
    command += ["--state-dir", str(tmp_path), "--device", "cuda:0"]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "argument --device: cuda:0, but torch" in done.stderr
    assert "Traceback" not in done.stderr


def test_warmup_learns_and_leaves_a_servable_folder(tiny_model: Path, tmp_path: Path) -> None:
    line = json.dumps({"token_ids": [1, 2, 3, 4, 5, 90], "loss_mask": [0, 0, 1, 1, 1, 1]})
    (tmp_path / "demos.jsonl").write_text(f"{line}\n" * 64)
    fields = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1}
    config = {**fields, "intermediate_size": 48, "tie_word_embeddings": True, "max_position_embeddings": 64}
    (tmp_path / "tiny.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "swerl_trainer", "warmup", "--demos", str(tmp_path / "demos.jsonl")]
    command += ["--out", str(tmp_path / "out"), "--config", str(tmp_path / "tiny.json")]
    command += ["--tokenizer", str(tiny_model), "--tokens", "3000", "--batch-tokens", "60", "--lr", "0.02"]
    command += ["--threads", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    records = [json.loads(record) for record in done.stdout.splitlines()]
    assert records[-1]["event"] == "held-out"
    assert records[-1]["loss"] < 0.5
    saved = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (saved["eos_token_id"], saved["pad_token_id"], saved["vocab_size"]) == (90, 91, 96)
    recipe = json.loads((tmp_path / "out" / "recipe.json").read_text())
    assert set(recipe["files"]) >= {"model.safetensors", "config.json", "tokenizer.json"}


def test_warmup_names_the_line_that_is_wrong(tiny_model: Path, tmp_path: Path) -> None:
    from swerl_trainer.demos import load_demos

    (tmp_path / "demos.jsonl").write_text('{"token_ids": [1, 2], "loss_mask": [1]}\n')
    with pytest.raises(ValueError, match="demos.jsonl:1: 2 token_ids but 1 loss_mask values"):
        load_demos(tmp_path / "demos.jsonl", 10, 96)
    (tmp_path / "demos.jsonl").write_text('{"token_ids": [1, 96], "loss_mask": [1, 1]}\n')
    with pytest.raises(ValueError, match="token id 96"):
        load_demos(tmp_path / "demos.jsonl", 10, 96)


def test_untie_copies_a_model_with_a_head_of_its_own(tiny_model: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    command = [sys.executable, "-m", "swerl_trainer", "untie", str(tiny_model), str(tmp_path / "copy")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "copy" / "config.json").read_text())["tie_word_embeddings"] is False
    tied, untied = (AutoModelForCausalLM.from_pretrained(path) for path in (tiny_model, tmp_path / "copy"))
    ids = torch.tensor([[1, 2, 3, 4]])
    assert torch.equal(tied(ids).logits, untied(ids).logits)
    assert untied.get_output_embeddings().weight.data_ptr() != untied.get_input_embeddings().weight.data_ptr()
    assert (tmp_path / "copy" / "tokenizer.json").exists()

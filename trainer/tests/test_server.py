"""The real process over HTTP: training, publishing, sampling, and everything that must be refused."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from conftest import MAX_CONTEXT, ROOT
from tinker import Tinker, datum

SEQUENCE = [3, 1, 4, 15, 9, 26, 5]
ADAM = {"learning_rate": 1e-2, "eps": 1e-8}


@pytest.fixture(scope="module")
def tinker(server_url: str, tiny_model: Path) -> Tinker:
    return Tinker(server_url, str(tiny_model))


def complete(url: str, **body: object) -> httpx.Response:
    body = {"prompt": [1, 2, 3], "max_tokens": 5, "return_token_ids": True, "logprobs": 0, **body}
    return httpx.post(f"{url}/v1/completions", json=body, timeout=60)


def test_train_publish_sample_and_agree(tinker: Tinker, server_url: str) -> None:
    first = tinker.loss("forward_backward", [datum(SEQUENCE), datum(SEQUENCE[:3])])
    assert [len(o["logprobs"]["data"]) for o in first["loss_fn_outputs"]] == [6, 2]
    assert first["loss_fn_outputs"][0]["elementwise_loss"]["shape"] == [6]
    metrics = tinker.result("optim_step", adam_params=ADAM)["metrics"]
    assert metrics["grad_norm"] > 0
    assert metrics["learning_rate"] == 1e-2
    second = tinker.loss("forward", [datum(SEQUENCE), datum(SEQUENCE[:3])])
    assert second["metrics"]["loss:sum"] < first["metrics"]["loss:sum"]

    stale = complete(server_url, seed=1).json()
    published = tinker.result("save_weights_for_sampler", path="s1")
    assert published["path"] == f"tinker://{tinker.model_id}/s1"
    fresh = complete(server_url, seed=1, max_tokens=30).json()
    assert fresh["weight_version"] == published["weight_version"] == stale["weight_version"] + 1
    choice = fresh["choices"][0]
    assert choice["prompt_token_ids"] == [1, 2, 3]
    trained = tinker.logprobs([1, 2, 3, *choice["token_ids"]])[2:]
    assert choice["logprobs"]["token_logprobs"] == pytest.approx(trained, abs=1e-4)


def test_the_exported_folder_is_the_model(tinker: Tinker, state_dir: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tinker.result("save_weights_for_sampler", path="export")
    folder = state_dir / tinker.model_id / "sampler_weights" / "export"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    assert AutoTokenizer.from_pretrained(folder).eos_token_id == 90
    with torch.no_grad():
        logprobs = model(torch.tensor([SEQUENCE])).logits.log_softmax(-1)[0, :-1]
    expected = logprobs.gather(-1, torch.tensor(SEQUENCE[1:])[:, None])[:, 0].tolist()
    assert tinker.logprobs(SEQUENCE) == pytest.approx(expected, abs=1e-4)


def test_tinker_sampling(tinker: Tinker) -> None:
    session = tinker.result("save_weights_for_sampler", sampling_session_seq_id=0)["sampling_session_id"]
    body = {
        "sampling_session_id": session,
        "seq_id": 1,
        "num_samples": 2,
        "prompt": {"chunks": [{"type": "encoded_text", "tokens": SEQUENCE}]},
        "sampling_params": {"max_tokens": 4, "seed": 3},
        "prompt_logprobs": True,
    }
    answer = tinker.retrieve(tinker.post("asample", body).json()).json()
    assert len(answer["sequences"]) == 2
    assert answer["sequences"][0]["tokens"] != answer["sequences"][1]["tokens"]
    assert answer["prompt_logprobs"] == pytest.approx(tinker.logprobs(SEQUENCE), abs=1e-4)
    tinker.result("save_weights_for_sampler")
    assert tinker.post("asample", {**body, "seq_id": 2}).status_code == 400


def test_checkpoint_round_trip_into_another_model(tinker: Tinker, server_url: str, tiny_model: Path) -> None:
    expected = tinker.logprobs(SEQUENCE)
    path = tinker.result("save_weights", path="ck1")["path"]
    assert tinker.submit("save_weights", path="ck1").status_code == 409
    info = tinker.post("weights_info", {"tinker_path": path}).json()
    assert info == {"base_model": str(tiny_model), "is_lora": False, "lora_rank": 0}
    other = Tinker(server_url, str(tiny_model))
    assert other.logprobs(SEQUENCE) != expected
    other.result("load_weights", path=path, optimizer=True)
    assert other.logprobs(SEQUENCE) == expected
    assert other.result("unload_model")["model_id"] == other.model_id
    assert other.submit("get_info").status_code == 404
    missing = tinker.submit("load_weights", path=path + "x").json()
    answer = tinker.retrieve(missing)
    assert (answer.status_code, answer.json()["detail"]) == (400, "ck1x: no such checkpoint")


def test_seq_id_is_an_idempotency_key(tinker: Tinker) -> None:
    body = {"seq_id": 77, "forward_input": {"data": [datum(SEQUENCE)], "loss_fn": "cross_entropy"}}
    first, again = tinker.submit("forward", **body).json(), tinker.submit("forward", **body).json()
    assert first["request_id"] == again["request_id"]
    body["forward_input"]["data"] = [datum(SEQUENCE[:4])]
    assert tinker.submit("forward", **body).status_code == 409
    assert tinker.submit("optim_step", seq_id=77, adam_params={}).status_code == 409
    assert tinker.retrieve(first).status_code == tinker.retrieve(first).status_code == 200
    assert tinker.retrieve({"request_id": "nope"}).status_code == 404


def test_session_routes(tinker: Tinker, tiny_model: Path) -> None:
    assert tinker.http.get("/api/v1/healthz").json() == {"status": "ok"}
    assert tinker.post("client/config", {}).json() == {"pjwt_auth_enabled": False}
    capabilities = tinker.http.get("/api/v1/get_server_capabilities").json()
    assert capabilities["supported_models"][0]["model_name"] == str(tiny_model)
    session = tinker.post("create_session", {"tags": [], "sdk_version": "0"}).json()["session_id"]
    assert tinker.post("session_heartbeat", {"session_id": session}).status_code == 200
    assert tinker.post("session_heartbeat", {"session_id": "no"}).status_code == 404
    assert tinker.submit("get_info").json()["model_data"]["lora_config"]["rank"] == 0


RL = {"logprobs": [-1.0] * 6, "advantages": [1.0] * 6}


@pytest.mark.parametrize(
    ("one", "loss_fn", "config", "message"),
    [
        (datum([]), "cross_entropy", None, "data[0].model_input: no tokens"),
        (datum([1, 96]), "cross_entropy", None, "target_tokens[0]: token id 96 is out of a vocabulary of 96"),
        (datum([1] * (MAX_CONTEXT + 2)), "cross_entropy", None, "129 tokens, the context window holds 128"),
        (datum(SEQUENCE, weights=[1.0]), "cross_entropy", None, "weights: 1 values for 6 tokens"),
        (datum(SEQUENCE, **RL, returns=[0.0] * 6), "ppo", None, "loss_fn_inputs.returns"),
        (datum(SEQUENCE, logprobs=RL["logprobs"]), "ppo", None, "ppo needs advantages"),
        (datum(SEQUENCE, **RL), "gspo", None, "loss_fn: 'gspo' is none of"),
        (datum(SEQUENCE, **RL), "ppo", {"value_clip": 1.0}, "loss_fn_config.value_clip"),
        (datum(SEQUENCE), "cross_entropy", {"x": 1.0}, "loss_fn_config.x: cross_entropy takes no keys"),
    ],
)
def test_malformed_training_input_is_named(
    tinker: Tinker, one: dict, loss_fn: str, config: dict | None, message: str
) -> None:
    loss_input = {"data": [one], "loss_fn": loss_fn, "loss_fn_config": config}
    answer = tinker.submit("forward_backward", forward_backward_input=loss_input)
    assert answer.status_code == 400
    assert message in answer.json()["detail"]


def test_nan_and_wrong_types_are_named(tinker: Tinker) -> None:
    loss_input = {"data": [datum(SEQUENCE, weights=[float("nan")] * 6)], "loss_fn": "cross_entropy"}
    content = json.dumps({"model_id": tinker.model_id, "forward_input": loss_input})
    headers = {"Content-Type": "application/json"}
    answer = tinker.http.post("/api/v1/forward", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert "weights" in answer.json()["detail"]
    answer = tinker.submit("optim_step", adam_params={"learning_rate": -1})
    assert answer.status_code == 422
    assert "adam_params.learning_rate" in answer.json()["detail"]
    assert "-1" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"prompt": []}, 400, "at least one prompt"),
        ({"prompt": [96]}, 400, "Token id 96 is out of vocabulary"),
        ({"prompt": "text"}, 400, "prompt: Input should be a valid list"),
        (
            {"prompt": [1] * 129},
            400,
            "maximum context length is 128 tokens. However, your prompt contains 129",
        ),
        ({"prompt": [1] * 128}, 400, "max_tokens must be at least 1, got 0."),
        ({"max_tokens": 0}, 400, "max_tokens must be at least 1, got 0."),
        ({"max_tokens": 129}, 400, "cannot be greater than max_model_len=128"),
        ({"model": "nope"}, 404, "The model `nope` does not exist"),
        ({"n": 2}, 400, "n=2 is not supported"),
        ({"stream": True}, 400, "stream=True is not supported"),
        ({"frequency_penalty": 0.5}, 400, "frequency_penalty=0.5 is not supported"),
        ({"repetition_penalty": 1.1}, 400, "repetition_penalty"),
        ({"logprobs": 5}, 400, "logprobs=5"),
        ({"temprature": 1}, 400, "temprature is not a known parameter"),
        ({"top_k": -5}, 400, "top_k"),
    ],
)
def test_completions_refuse_what_they_do_not_do(
    server_url: str, body: dict, status: int, message: str
) -> None:
    answer = complete(server_url, **body)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == status
    assert message in answer.json()["error"]["message"]


def test_completions_in_the_form_of_vllm(server_url: str, tiny_model: Path) -> None:
    neutral = {"temperature": 1.0, "top_p": 1.0, "top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0, "n": 1}
    one = complete(server_url, model=str(tiny_model), seed=7, **neutral).json()
    again = complete(server_url, seed=7, logprobs=1, frequency_penalty=0, presence_penalty=0).json()
    choice = one["choices"][0]
    assert choice["token_ids"] == again["choices"][0]["token_ids"]
    count = len(choice["token_ids"])
    assert len(choice["logprobs"]["token_logprobs"]) == len(choice["logprobs"]["tokens"]) == count
    assert one["usage"] == {"prompt_tokens": 3, "completion_tokens": count, "total_tokens": 3 + count}
    assert (choice["finish_reason"], choice["stop_reason"]) in {("length", None), ("stop", None)}
    clamped = complete(server_url, prompt=[1] * 120, max_tokens=50).json()["choices"][0]
    assert len(clamped["token_ids"]) <= 8
    assert httpx.get(f"{server_url}/health").status_code == 200
    assert httpx.get(f"{server_url}/v1/models").json()["data"][0]["max_model_len"] == MAX_CONTEXT
    assert "version" in httpx.get(f"{server_url}/version").json()


def test_many_at_once_and_a_client_that_hangs_up(server_url: str) -> None:
    async def run() -> list[dict]:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(base_url=server_url, timeout=60, limits=limits) as client:
            body = {"max_tokens": 8, "return_token_ids": True}
            impatient = httpx.Timeout(60, read=0.001)
            with pytest.raises(httpx.ReadTimeout):
                long = {**body, "prompt": [1], "max_tokens": 120}
                await client.post("/v1/completions", json=long, timeout=impatient)
            posts = (
                client.post("/v1/completions", json={**body, "prompt": [i % 90 + 1]}) for i in range(100)
            )
            return [answer.json() for answer in await asyncio.gather(*posts)]

    answers = asyncio.run(run())
    assert all(1 <= len(a["choices"][0]["token_ids"]) <= 8 for a in answers)


def test_slow_results_time_out_and_the_process_leaves_with_its_parent(
    tiny_model: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "swerl_trainer", "serve", "--base-model", str(tiny_model)]
    command += ["--state-dir", str(tmp_path), "--exit-with-parent", "--threads", "1"]
    command += ["--future-timeout-s", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    url = json.loads(process.stdout.readline())["url"]
    http = httpx.Client(base_url=url, timeout=30)
    body = {"session_id": "s", "base_model": str(tiny_model), "lora_config": {"rank": 0}}
    created = http.post("/api/v1/create_model", json=body).json()
    statuses = set()
    while 200 not in statuses:
        answer = http.post("/api/v1/retrieve_future", json={"request_id": created["request_id"]})
        statuses.add(answer.status_code)
        time.sleep(0.01)
    assert statuses == {408, 200}
    http.close()
    process.stdin.close()
    assert process.wait(timeout=15) == 0

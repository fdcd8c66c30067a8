"""Folders that are either whole or absent, with a manifest that proves it.

A folder is written beside its name, every file and the directory are synced, then it is renamed into place.
``manifest.json`` holds the size and SHA-256 of each file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

MANIFEST = "manifest.json"


class CheckpointError(ValueError):
    """A checkpoint that is missing, damaged or made for another model. The message is for the client."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_folder(target: Path, fill: Callable[[Path], None], about: dict) -> None:
    """Create ``target`` with what ``fill`` puts there and a manifest of ``about`` plus all files. Raises
    CheckpointError when ``target`` exists; leaves nothing behind when ``fill`` fails."""
    if target.exists():
        raise CheckpointError(f"{target.name}: a checkpoint of this name exists already")
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
    staging.mkdir()
    try:
        fill(staging)
        files = {
            path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in sorted(staging.iterdir())
        }
        (staging / MANIFEST).write_text(json.dumps({**about, "files": files}, indent=2) + "\n")
        for path in staging.iterdir():
            _sync(path)
        _sync(staging)
        staging.rename(target)
        _sync(target.parent)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def read_manifest(folder: Path) -> dict:
    """The manifest, every file checked against it. Raises CheckpointError naming the file that differs."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        files = manifest["files"]
    except FileNotFoundError:
        raise CheckpointError(f"{folder.name}: no such checkpoint") from None
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder.name}/{MANIFEST} is damaged: {error}") from error
    for name, expected in files.items():
        path = folder / name
        if not path.exists():
            raise CheckpointError(f"{folder.name}/{name} is missing")
        if path.stat().st_size != expected["bytes"]:
            raise CheckpointError(
                f"{folder.name}/{name} has {path.stat().st_size} bytes, the manifest says {expected['bytes']}"
            )
        if sha256_of(path) != expected["sha256"]:
            raise CheckpointError(f"{folder.name}/{name} does not match the SHA-256 of the manifest")
    return manifest


def save_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, path)


def load_tensors(path: Path, expected: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors of a file. Raises CheckpointError unless names and shapes are those of ``expected``."""
    found = load_file(path)
    if found.keys() != expected.keys():
        odd = sorted(found.keys() ^ expected.keys())
        raise CheckpointError(f"{path.name}: tensors differ from the model's: {', '.join(odd[:4])}")
    for name, tensor in found.items():
        if tensor.shape != expected[name].shape:
            raise CheckpointError(
                f"{path.name}: {name} is {list(tensor.shape)}, the model's is {list(expected[name].shape)}"
            )
    return found

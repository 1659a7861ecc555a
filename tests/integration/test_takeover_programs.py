# SPDX-License-Identifier: Apache-2.0
"""A real program in the middle of its work when the middlebox dies: a download over TLS, whose every byte is checked."""

from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench._takeoverbed import CASES, PORT, Bed
from tests.integration.deploylab import no_minion

MISSING = [program for program in ("openssl", "curl") if not shutil.which(program)]
pytestmark = [
    pytest.mark.root,
    pytest.mark.redis,
    pytest.mark.skipif(bool(no_minion()), reason=no_minion()),
    pytest.mark.skipif(bool(MISSING), reason=f"no {' and no '.join(MISSING)}"),
]

MEGABYTE = 1 << 20
SIZE, RATE, BEFORE = 12 * MEGABYTE, 4 * MEGABYTE, 2 * MEGABYTE
"""Bytes of the file, bytes a second, and bytes that are there when the primary's links go down."""
DEADLINE_S = 60.0


def wait_for_bytes(process: subprocess.Popen[bytes], file: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not file.exists() or file.stat().st_size < BEFORE:
        assert process.poll() is None, "the download ended before the primary did"
        assert time.monotonic() < deadline, "the download does not get on"
        time.sleep(0.01)


def serve(bed: Bed, directory: Path, stack: ExitStack) -> None:
    """openssl's own file server, with a certificate made for this test."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=takeover"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    command = ["openssl", "s_server", "-quiet", "-accept", str(PORT), "-cert", str(certificate), "-key", str(key), "-WWW"]
    process = subprocess.Popen(bed.command("srv", *command), cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    stack.callback(process.communicate)
    stack.callback(process.kill)
    deadline = time.monotonic() + DEADLINE_S
    while f":{PORT} " not in bed.inside("srv", "ss", "-Hltn"):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("name", CASES)
def test_a_download_over_tls_survives_the_primary(name: str, tmp_path: Path) -> None:
    data = random.Random(7).randbytes(SIZE)
    (tmp_path / "served").write_bytes(data)
    got = tmp_path / "got"
    with Bed(CASES[name], with_mimi=True) as bed, ExitStack() as stack:
        serve(bed, tmp_path, stack)
        url = f"https://{CASES[name].target}:{PORT}/served"
        command = ["curl", "-sSk", "--limit-rate", str(RATE), "--max-time", "60", "-o", str(got), url]
        download = subprocess.Popen(bed.command("cli", *command), stderr=subprocess.PIPE)
        stack.callback(download.communicate)
        stack.callback(download.kill)
        wait_for_bytes(download, got)
        bed.wait_for_flows(1)
        bed.take_over()
        there = got.stat().st_size
        _, errors = download.communicate(timeout=DEADLINE_S)
        assert (download.returncode, errors) == (0, b"")
    assert there < SIZE
    assert hashlib.sha256(got.read_bytes()).digest() == hashlib.sha256(data).digest()

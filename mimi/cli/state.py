# SPDX-License-Identifier: Apache-2.0
"""``mimi state list|export|import``: look at flow records, save them, put them back."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mimi.cli.completion import deployed
from mimi.cli.output import JsonFlag
from mimi.click.control import ControlSocket
from mimi.errors import DeployError, MimiError, Problem, StoreError
from mimi.flow import FlowRecord, Put
from mimi.pairing import Pairing, load_pairing
from mimi.pairing.ownership import complaint, ownership
from mimi.run_directory import run_directory
from mimi.store import Store, open_store
from mimi.store.codec import decode_record, encode_record
from mimi.sync.lines import records_of_export

PROBLEMS_MAX = 20

state = typer.Typer(help="List, save and restore flow records.", no_args_is_help=True)

Target = Annotated[
    str,
    typer.Argument(metavar="NAME|FILE", help="A deployed pairing's name, or a pairing file.", show_default=False, autocompletion=deployed),
]


class Origin(StrEnum):
    """Where records are read."""

    store = "store"
    minion = "minion"


@state.command("list")
def list_state(
    target: Target,
    origin: Annotated[Origin, typer.Option("--from", help="The store, or the minion's own table.")] = Origin.store,
    as_json: JsonFlag = False,
) -> None:
    """Show the flow records of a pairing."""
    pairing = pairing_of(target)
    records = sorted(_records(pairing, origin), key=lambda record: record.orig.key)
    if as_json:
        print(json.dumps([json.loads(encode_record(record)) for record in records], indent=2))
        return
    now_s = int(time.time())
    for record in records:
        print(f"{record.orig.key} -> {_became(record)}  {record.state or '-'}  {record.expires - now_s} s")
    print(f"{len(records)} flow records in the {origin.value}", file=sys.stderr)


def _became(record: FlowRecord) -> str:
    """What the middlebox made of the flow: only the ends that it changed, or the target when it changed none."""
    orig, xlat = record.orig, record.xlat
    source, target = xlat.source, xlat.target
    if (orig.saddr, orig.sport) == (xlat.saddr, xlat.sport):
        return target
    return f"from {source}" if (orig.daddr, orig.dport) == (xlat.daddr, xlat.dport) else f"from {source} to {target}"


@state.command("export")
def export_state(
    target: Target,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; standard output otherwise.")] = None,
    origin: Annotated[Origin, typer.Option("--from", help="The store, or the minion's own table.")] = Origin.store,
) -> None:
    """Write flow records as JSON lines, as `mimi state import` reads them."""
    records = _records(pairing_of(target), origin)
    lines = (encode_record(record) + "\n" for record in records)
    if output is None:
        sys.stdout.writelines(lines)
        return
    try:
        with output.open("w", encoding="utf-8") as stream:
            stream.writelines(lines)
    except OSError as error:
        raise MimiError(Problem("cannot write", place=str(output), found=error.strerror or str(error))) from error


@state.command("import")
def import_state(
    target: Target,
    file: Annotated[Path, typer.Argument(help="JSON lines; `-` is standard input.", show_default=False)],
    as_json: JsonFlag = False,
) -> None:
    """Put flow records into the store; sync carries them to the minion. All lines are checked before any is applied.

    A record that is older than the one the store has of the same flow changes nothing.
    """
    pairing = pairing_of(target)
    records = list(_checked(file, pairing))
    now_s = int(time.time())
    alive = [record for record in records if record.expires > now_s]
    store = _connected(pairing)
    changed = store.merge([Put(record) for record in alive])
    result = {"read": len(records), "applied": changed, "older": len(alive) - changed, "expired": len(records) - len(alive)}
    if as_json:
        print(json.dumps(result))
    else:
        print(f"{result['applied']} applied, {result['older']} not newer than the store's, {result['expired']} expired")


def register(app: typer.Typer) -> None:
    """Add ``mimi state``."""
    app.add_typer(state, name="state")


def pairing_of(target: str) -> Pairing:
    """The pairing in a file, or the deployed one of that name.

    Raises:
        DeployError: neither is there.
        PairingError: the file is wrong.
    """
    if "/" in target or target.endswith((".yaml", ".yml")) or Path(target).is_file():
        return load_pairing(target)
    deployed = run_directory(target).pairing_file
    if not deployed.is_file():
        raise DeployError(
            Problem(
                f"{target} is not deployed",
                place=str(deployed),
                expected="a deployed pairing's name, or a pairing file",
                hint="`mimi status` lists what is deployed",
            )
        )
    return load_pairing(deployed)


def _records(pairing: Pairing, origin: Origin) -> Iterable[FlowRecord]:
    if origin is Origin.minion:
        return _records_of_minion(pairing)
    return _records_of_store(_connected(pairing))


def _records_of_minion(pairing: Pairing) -> list[FlowRecord]:
    with ControlSocket(str(run_directory(pairing.name).control_socket)) as control:
        text = control.read_text(f"{pairing.middlebox.element}.export")
    try:
        return list(records_of_export(text, int(time.time())))
    except ValueError as error:
        raise MimiError(Problem("the minion's export cannot be read", place=control.address, found=str(error))) from error


def _records_of_store(store: Store) -> Iterator[FlowRecord]:
    """Every record that has not expired; the scan may show one twice, we do not."""
    seen: set[str] = set()
    malformed = 0
    now_s = int(time.time())
    for page in store.snapshot():
        for key, text in page:
            if key in seen:
                continue
            seen.add(key)
            try:
                record = decode_record(text)
            except ValueError:
                malformed += 1
                continue
            if record.expires > now_s:
                yield record
    if malformed:
        print(f"{malformed} malformed records left out", file=sys.stderr)


def _connected(pairing: Pairing) -> Store:
    store = open_store(pairing, run_directory(pairing.name).store_socket)
    store.connect()
    return store


def _checked(file: Path, pairing: Pairing) -> Iterator[FlowRecord]:
    """The records of a file.

    Raises:
        StoreError: with every problem found (up to :data:`PROBLEMS_MAX`), each with its line.
    """
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(Problem("cannot read", place=str(file), found=str(error))) from error
    judge = ownership(pairing)
    problems: list[Problem] = []
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = decode_record(line)
            if fault := complaint(judge, record):
                raise ValueError(fault)
        except ValueError as error:
            problems.append(Problem("not a flow record of this pairing", place=f"{file}:{number}", found=str(error)))
            if len(problems) == PROBLEMS_MAX:
                problems.append(Problem("and perhaps more", place=f"{file}:{number + 1}"))
                break
        else:
            records.append(record)
    if problems:
        raise StoreError(*problems)
    yield from records

# SPDX-License-Identifier: Apache-2.0
"""A pairing to the Click text of its minion: ``templates/TYPE.click.j2`` filled in, byte-stable.

The template gets facts, not decisions: what needs thought (which addresses a side answers for, which routes there are)
is computed here.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from mimi.errors import Problem, RenderError
from mimi.pairing.model import Interface, Pairing
from mimi.pairing.packages import package_names

_NO_ROUTE = 2
"""The port of ``route`` that counts and drops; 0 and 1 are the sides."""


@dataclass(frozen=True, slots=True)
class Side:
    """One interface of the minion, as the template sees it.

    ``answers`` are the addresses it answers ARP requests for.
    """

    name: str
    device: str
    mac: str
    addresses: tuple[str, ...]
    answers: tuple[str, ...]


def render(pairing: Pairing, templates: Path | None = None) -> str:
    """Return the Click configuration of the pairing's minion.

    The same pairing always gives the same bytes. ``templates`` is another folder to take the template from.
    Raises RenderError with the template's place for anything that is missing or wrong in it.
    """
    folder = templates or _template_folder()
    file = f"{pairing.type}.click.j2"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the output is Click text, and the model admits no character that Click quotes
    )
    try:
        return environment.get_template(file).render(_facts(pairing))
    except jinja2.TemplateNotFound as error:
        hint = "templates/TYPE.click.j2 defines what a pairing type renders to"
        raise RenderError(Problem("no such template", str(folder / str(error.name)), "type", pairing.type, hint=hint)) from error
    except jinja2.TemplateSyntaxError as error:
        raise RenderError(Problem(error.message or "syntax error", f"{folder / file}:{error.lineno}")) from error
    except jinja2.UndefinedError as error:
        place = f"{folder / file}:{_line_of(error, file)}"
        raise RenderError(Problem(error.message or "undefined", place, hint=_hint())) from error


def _template_folder() -> Path:
    """Where templates are: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def _line_of(error: jinja2.UndefinedError, file: str) -> int:
    """The template line that was being rendered; jinja2 keeps it in the traceback only."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == file]
    return (lines[-1] if lines else 0) or 0


def _hint() -> str:
    return f"a template may use: {', '.join(sorted(_NAMES))}"


_NAMES = ("minion", "own_addresses", "packages", "pairing", "routes", "sides", "vip_addresses", "vips")


def _facts(pairing: Pairing) -> dict[str, Any]:
    """Everything a template may use, by name."""
    interfaces = pairing.minion.interfaces
    own = [str(address.ip) for side in (interfaces.client, interfaces.server) for address in side.addresses]
    vips = _unique(str(vip.address) for vip in pairing.vips)
    facts: dict[str, Any] = {
        "minion": pairing.minion,
        "own_addresses": _hosts(_unique(own)),
        "packages": package_names(pairing.minion),
        "pairing": pairing,
        "routes": _routes(pairing),
        "sides": _sides(pairing),
        "vip_addresses": _hosts(vips),
        "vips": pairing.vips,
    }
    return facts


def _sides(pairing: Pairing) -> tuple[Side, Side]:
    client, server = pairing.minion.interfaces.client, pairing.minion.interfaces.server
    # Clients reach a VIP through the client side whether or not it lies in that network (proxy ARP does no harm);
    # servers only ask for it when it lies in theirs.
    on_server = [vip.address for vip in pairing.vips if any(vip.address in a.network for a in server.addresses)]
    return (
        _side("client", client, (str(vip.address) for vip in pairing.vips)),
        _side("server", server, (str(address) for address in on_server)),
    )


def _side(name: str, interface: Interface, vips: Iterable[str]) -> Side:
    own = tuple(str(address.ip) for address in interface.addresses)
    return Side(name, interface.device, interface.mac.lower(), own, _unique((*own, *vips)))


def _routes(pairing: Pairing) -> tuple[str, ...]:
    """StaticIPLookup's arguments: connected networks, the pairing's routes, and an end for everything else.

    A route goes out on the side that its next hop is connected to. Raises RenderError if there is none.
    """
    interfaces = pairing.minion.interfaces
    networks = [(a.network, port) for port, side in enumerate((interfaces.client, interfaces.server)) for a in side.addresses]
    lines = [f"{network} {port}" for network, port in networks]
    problems = []
    for index, route in enumerate(pairing.minion.routes):
        ports = [port for network, port in networks if route.via in network]
        if ports:
            lines.append(f"{route.prefix} {route.via} {ports[0]}")
        else:
            path = f"minion.routes[{index}].via"
            expected = f"an address in {', '.join(str(network) for network, _ in networks)}"
            problems.append(Problem("next hop is on no connected network", "", path, str(route.via), expected))
    if problems:
        raise RenderError(*problems)
    if not any(route.prefix.prefixlen == 0 for route in pairing.minion.routes):
        lines.append(f"0.0.0.0/0 {_NO_ROUTE}")
    return tuple(_unique(lines))


def _hosts(addresses: Iterable[str]) -> str:
    return " or ".join(f"dst host {address}" for address in addresses)


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))

# SPDX-License-Identifier: Apache-2.0
"""Rules as OpenFlow 1.3 messages, and what a switch reports as rules. What we would never write differs from everything wanted."""

from __future__ import annotations

from typing import Any

from os_ken.ofproto import ofproto_v1_3 as _ofp  # type: ignore[import-untyped]
from os_ken.ofproto import ofproto_v1_3_parser as _parser

from mimi.fabric.resolve import Changes
from mimi.fabric.rules import COPY_MAC, Bucket, Flow, Group, Match

ETH_TYPE_ARP, ETH_TYPE_IPV6 = 0x0806, 0x86DD
IP_PROTO_ICMPV6 = 58

_PREREQUISITES: dict[str, dict[str, int]] = {
    "arp_op": {"eth_type": ETH_TYPE_ARP},
    "icmpv6_type": {"eth_type": ETH_TYPE_IPV6, "ip_proto": IP_PROTO_ICMPV6},
}
"""What a match must say before it may name the field (OpenFlow 1.3.5, table 12)."""


def messages_of(datapath: Any, changes: Changes, cookie: int) -> list[Any]:
    """What turns the switch into the wanted one, in order."""
    messages = []
    if changes.add_group is not None:
        messages.append(_group_message(datapath, _ofp.OFPGC_ADD, changes.add_group))
    if changes.modify_group is not None:
        messages.append(_group_message(datapath, _ofp.OFPGC_MODIFY, changes.modify_group))
    messages += [_flow_message(datapath, _ofp.OFPFC_ADD, flow, cookie) for flow in changes.add]
    messages += [_flow_message(datapath, _ofp.OFPFC_DELETE_STRICT, flow, cookie) for flow in changes.remove]
    return messages


def _group_message(datapath: Any, command: int, group: Group) -> Any:
    buckets = [
        _parser.OFPBucket(watch_port=bucket.port, watch_group=_ofp.OFPG_ANY, actions=[_output(bucket.port)]) for bucket in group.buckets
    ]
    return _parser.OFPGroupMod(datapath, command, _ofp.OFPGT_FF, group.id, buckets)


def _flow_message(datapath: Any, command: int, flow: Flow, cookie: int) -> Any:
    actions = [_output(port) for port in flow.outputs]
    if flow.group is not None:
        actions.append(_parser.OFPActionGroup(flow.group))
    if flow.copy_to != "":
        actions += [_parser.OFPActionSetField(eth_dst=COPY_MAC), _output(flow.copy_to)]
    instructions = [_parser.OFPInstructionActions(_ofp.OFPIT_APPLY_ACTIONS, actions)] if actions else []
    if flow.goto is not None:
        instructions.append(_parser.OFPInstructionGotoTable(flow.goto))
    return _parser.OFPFlowMod(
        datapath,
        cookie=cookie,
        cookie_mask=0xFFFF_FFFF_FFFF_FFFF if command == _ofp.OFPFC_DELETE_STRICT else 0,
        table_id=flow.table,
        command=command,
        priority=flow.priority,
        out_port=_ofp.OFPP_ANY,
        out_group=_ofp.OFPG_ANY,
        match=_match(flow.match),
        instructions=instructions,
    )


def _output(port: str | int) -> Any:
    return _parser.OFPActionOutput(port, _ofp.OFPCML_NO_BUFFER)


def _match(match: Match) -> Any:
    fields: dict[str, Any] = {}
    if match.in_port != "":
        fields["in_port"] = match.in_port
    if match.eth_dst:
        fields["eth_dst"] = (match.eth_dst, match.eth_dst_mask) if match.eth_dst_mask else match.eth_dst
    for name, value in (("arp_op", match.arp_op), ("icmpv6_type", match.icmp6_type)):
        if value:
            fields |= {**_PREREQUISITES[name], name: value}
    return _parser.OFPMatch(**fields)


def flow_from(entry: Any) -> Flow:
    """A flow as the switch reports it. What we would never write makes it differ from everything wanted."""
    match = _match_from(dict(entry.match.items()))
    outputs: list[str | int] = []
    copies: list[str | int] = []
    group = goto = None
    copied = False
    for instruction in entry.instructions:
        if isinstance(instruction, _parser.OFPInstructionGotoTable):
            goto = instruction.table_id
        for action in getattr(instruction, "actions", ()):
            if isinstance(action, _parser.OFPActionOutput):
                (copies if copied else outputs).append(action.port)
            elif isinstance(action, _parser.OFPActionSetField) and (action.key, action.value) == ("eth_dst", COPY_MAC):
                copied = True
            elif isinstance(action, _parser.OFPActionGroup):
                group = action.group_id
            else:
                outputs.append(f"unexpected {type(action).__name__}")
    copy_to = copies[0] if len(copies) == 1 else ""
    return Flow(entry.table_id, entry.priority, match, tuple(outputs), group, goto, copy_to)


def _match_from(fields: dict[str, Any]) -> Match:
    destination = fields.pop("eth_dst", "")
    eth_dst, mask = (destination[0], destination[1]) if isinstance(destination, tuple) else (destination, "")
    in_port, arp_op, icmp6_type = fields.pop("in_port", ""), fields.pop("arp_op", 0), fields.pop("icmpv6_type", 0)
    implied = (_PREREQUISITES["arp_op"] if arp_op else {}) | (_PREREQUISITES["icmpv6_type"] if icmp6_type else {})
    if fields != implied:
        mask = f"unexpected {', '.join(sorted(fields))}"
    return Match(in_port, eth_dst.lower(), mask, arp_op, icmp6_type)


def group_from(entry: Any) -> Group:
    """A group as the switch reports it."""
    buckets = []
    for bucket in entry.buckets:
        outputs = [action.port for action in bucket.actions if isinstance(action, _parser.OFPActionOutput)]
        plain = len(outputs) == len(bucket.actions) == 1 and outputs[0] == bucket.watch_port
        buckets.append(Bucket(outputs[0] if plain and entry.type == _ofp.OFPGT_FF else "unexpected"))
    return Group(entry.group_id, tuple(buckets))


def port_name(port: Any) -> str:
    """A port's name as text."""
    return port.name.decode(errors="replace").rstrip("\0") if isinstance(port.name, bytes) else str(port.name)


def is_down(port: Any) -> bool:
    """Whether a port has no link, or was switched off."""
    return bool(port.state & _ofp.OFPPS_LINK_DOWN or port.config & _ofp.OFPPC_PORT_DOWN)

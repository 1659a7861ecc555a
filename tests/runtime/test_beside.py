# SPDX-License-Identifier: Apache-2.0
"""Handlers that run beside the router: long calls of those that are flagged nonexclusive and expensive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickprogram import Client, Program, wait_for

from mimi.build import build_package

# `wait` returns when `open` has been written, and says on which thread it ran.
GATE_HEADER = """// A test element: a gate that calls wait at.
#ifndef GATE_HH
#define GATE_HH
#include <click/element.hh>
#include <condition_variable>
#include <mutex>
#include <thread>
class Gate : public Element {
  public:
    const char *class_name() const override { return "Gate"; }
    const char *port_count() const override { return PORTS_0_0; }
    void add_handlers() override;
    std::thread::id home = std::this_thread::get_id();
    std::mutex lock;
    std::condition_variable opened;
    int arrived = 0;
    bool open = false;
    String pass();
};
#endif
"""
GATE_SOURCE = """#include <click/config.h>
#include "gate.hh"
#include <click/error.hh>
static String read_wait(Element *e, void *) { return static_cast<Gate *>(e)->pass(); }
static int write_wait(const String &text, Element *e, void *, ErrorHandler *errh)
{
    errh->warning("%s, %d bytes", static_cast<Gate *>(e)->pass().c_str(), text.length());
    return 0;
}
static int write_open(const String &, Element *e, void *, ErrorHandler *)
{
    Gate *gate = static_cast<Gate *>(e);
    std::lock_guard<std::mutex> guard(gate->lock);
    gate->open = true;
    gate->opened.notify_all();
    return 0;
}
static String read_arrived(Element *e, void *)
{
    Gate *gate = static_cast<Gate *>(e);
    std::lock_guard<std::mutex> guard(gate->lock);
    return String(gate->arrived);
}
String Gate::pass()
{
    std::unique_lock<std::mutex> guard(lock);
    ++arrived;
    opened.wait(guard, [this] { return open; });
    return std::this_thread::get_id() == home ? "at home" : "beside";
}
void Gate::add_handlers()
{
    const uint32_t beside = Handler::f_nonexclusive | Handler::f_expensive;
    add_read_handler("wait", read_wait, 0, beside);
    add_write_handler("wait", write_wait, 0, beside);
    add_write_handler("open", write_open, 0);
    add_read_handler("arrived", read_arrived, 0);
}
EXPORT_ELEMENT(Gate)
"""
CONFIG = "require(package gate); gate :: Gate; c :: Counter; InfiniteSource -> c -> Discard;"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("gate")
    (source / "gate.hh").write_text(GATE_HEADER)
    (source / "gate.cc").write_text(GATE_SOURCE)
    build_package(source, "gate", source / "out")
    return source / "out"


@pytest.fixture
def program(packages: Path, tmp_path: Path) -> Iterator[Program]:
    with Program(CONFIG, tmp_path, "-C", str(packages)) as running:
        yield running


def count(client: Client) -> int:
    client.send(b"READ c.count\r\n")
    assert client.read_line() == b"200 Read handler 'c.count' OK\r\n"
    return int(client.read(int(client.read_line().split()[1])))


def wait_until_arrived(client: Client) -> None:
    def arrived() -> bool:
        client.send(b"READ gate.arrived\r\n")
        client.read_line()
        return client.read(int(client.read_line().split()[1])) == b"1"

    wait_for(arrived, "the call to begin")


def test_packets_and_other_connections_go_on_during_a_call(program: Program) -> None:
    caller, other = program.client(), program.client()
    caller.send(b"READ gate.wait\r\nREAD c.class\r\n")
    wait_until_arrived(other)
    before = count(other)
    wait_for(lambda: count(other) > before, "packets during the call")
    other.ask(b"WRITE gate.open\r\n", b"200 Write handler 'gate.open' OK\r\n")
    caller.ask(b"", b"200 Read handler 'gate.wait' OK\r\nDATA 6\r\nbeside200 Read handler 'c.class' OK\r\nDATA 7\r\nCounter")


def test_a_short_write_stays_in_the_routers_thread(program: Program) -> None:
    client = program.client()
    client.send(b"WRITE gate.open\r\n" + b"WRITE gate.wait x\r\n" + b"WRITEDATA gate.wait 4096\r\n" + b"x" * 4096 + b"QUIT\r\n")
    assert client.rest() == (
        b"200 Write handler 'gate.open' OK\r\n"
        b"220-Write handler 'gate.wait' OK with warnings:\r\n220 warning: at home, 1 bytes\r\n"
        b"220-Write handler 'gate.wait' OK with warnings:\r\n220 warning: beside, 4096 bytes\r\n"
        b"200 Goodbye!\r\n"
    )


def test_a_caller_that_goes_away_does_not_take_the_call_with_it(program: Program) -> None:
    caller, other = program.client(), program.client()
    caller.send(b"READ gate.wait\r\n")
    wait_until_arrived(other)
    caller.close()
    newcomer = program.client()
    other.ask(b"WRITE gate.open\r\n", b"200 Write handler 'gate.open' OK\r\n")
    newcomer.ask(b"READ gate.wait\r\n", b"200 Read handler 'gate.wait' OK\r\nDATA 6\r\nbeside")


BALANCER = "lb :: MinionLB(VIP udp 10.0.0.1:53 random 10.0.0.2:53); Idle -> lb; Idle -> [1] lb; lb[0] -> Discard; lb[1] -> Discard;"
LINE = "put {0} udp 10.1.{1}.{2}:{3} 10.0.0.1:53 10.1.{1}.{2}:{3} 10.0.0.2:53 300\n"


def import_command(count: int) -> bytes:
    text = "".join(LINE.format(i + 1, i >> 16, i >> 8 & 255, 1000 + (i & 255)) for i in range(count)).encode()
    return b"WRITEDATA lb.import %d\r\n" % len(text) + text


def test_a_swap_waits_for_the_call_and_its_answer_arrives(tmp_path: Path) -> None:
    with Program(BALANCER, tmp_path, "-R") as program:
        caller, other = program.client(), program.client()
        caller.send(import_command(50000))
        other.ask(b"WRITEDATA hotconfig %d\r\n%s" % (len(BALANCER), BALANCER.encode()), b"200 Write handler 'hotconfig' OK\r\n")
        caller.ask(b"", b"200 Write handler 'lb.import' OK\r\n")
        caller.ask(b"READ lb.count\r\n", b"200 Read handler 'lb.count' OK\r\nDATA 5\r\n50000")


def test_the_end_waits_for_the_call(tmp_path: Path) -> None:
    with Program(BALANCER, tmp_path) as program:
        caller, other = program.client(), program.client()
        caller.send(import_command(50000))
        other.ask(b"WRITE stop\r\n", b"200 Write handler 'stop' OK\r\n")
        assert program.process.wait(timeout=20) == 0

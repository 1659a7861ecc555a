// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpfaker.hh"
#include <click/args.hh>
#include <click/error.hh>
#include "arpframe.hh"

int ARPFaker::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read_mp("DST_IP", _destination_ip)
        .read_mp("DST_ETHER", _destination_ether)
        .read_mp("SRC_IP", _source_ip)
        .read_mp("SRC_ETHER", _source_ether)
        .complete();
}

int ARPFaker::initialize(ErrorHandler *)
{
    _timer.initialize(this);
    _timer.schedule_now();
    return 0;
}

void ARPFaker::run_timer(Timer *)
{
    ArpMessage message;
    message.operation = ArpMessage::reply;
    message.sender_ether = _source_ether;
    message.sender_ip = _source_ip;
    message.target_ether = _destination_ether;
    message.target_ip = _destination_ip;
    if (WritablePacket *frame = message.make_frame(_destination_ether))
        output(0).push(frame);
    _timer.reschedule_after_sec(interval_s);
}

EXPORT_ELEMENT(ARPFaker)

// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "arpprint.hh"
#include <click/args.hh>
#include <click/error.hh>
#include <click/straccum.hh>
#include "arpframe.hh"

int ARPPrint::configure(Vector<String> &conf, ErrorHandler *errh)
{
    return Args(conf, this, errh)
        .read_p("LABEL", _label)
        .read("TIMESTAMP", _timestamp)
        .read("ETHER", _ether)
        .read("ACTIVE", _active)
        .complete();
}

Packet *ARPPrint::simple_action(Packet *packet)
{
    if (!_active)
        return packet;
    StringAccum sa;
    if (_label)
        sa << _label << ": ";
    if (_timestamp)
        sa << packet->timestamp_anno().unparse() << ": ";
    ArpMessage message;
    if (!ArpMessage::read(packet, message)) {
        sa << "not an ARP message, length " << packet->length();
    } else {
        if (_ether)
            sa << EtherAddress(packet->data() + 6).unparse() << " > " << EtherAddress(packet->data()).unparse() << ": ";
        if (message.operation == ArpMessage::request)
            sa << "arp who-has " << message.target_ip.unparse() << " tell " << message.sender_ip.unparse();
        else if (message.operation == ArpMessage::reply)
            sa << "arp reply " << message.sender_ip.unparse() << " is-at " << message.sender_ether.unparse();
        else
            sa << "arp operation " << message.operation;
    }
    click_chatter("%s", sa.c_str());
    return packet;
}

void ARPPrint::add_handlers()
{
    add_data_handlers("active", Handler::OP_READ | Handler::OP_WRITE | Handler::CHECKBOX, &_active);
}

EXPORT_ELEMENT(ARPPrint)

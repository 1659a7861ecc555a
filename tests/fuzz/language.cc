// SPDX-License-Identifier: Apache-2.0
// The configuration language: any text gives a router or errors. What is accepted, and names harmless elements only, is
// initialized, each handler is read, and the flat text is a configuration again.
#include "tests/fuzz/harness.hh"
#include <click/element.hh>
#include <click/handler.hh>
#include "runtime/elements/control/messagelines.hh"
#include <algorithm>

namespace {

// Elements that touch nothing outside the router and take no memory to speak of.
constexpr std::string_view harmless[] = {
    "AddressInfo", "Align", "ARPFaker", "ARPPrint", "ARPQuerier", "ARPResponder", "BandwidthRatedUnqueue", "CheckARPHeader", "CheckICMPHeader",
    "CheckIPHeader", "CheckIPHeader2", "CheckPaint", "CheckTCPHeader", "CheckUDPHeader", "Classifier", "Counter", "DecIPTTL", "Discard",
    "DropBroadcasts", "Error", "EtherEncap", "EtherMirror", "EtherRewrite", "EtherSwitch", "FixIPSrc", "GetIPAddress", "HashSwitch",
    "HostEtherFilter", "Hub", "ICMPError", "ICMPPingResponder", "IPClassifier", "IPEncap", "IPFilter", "IPFragmenter", "IPGWOptions", "IPMirror",
    "IPPrint", "Idle", "LinearIPLookup", "MarkIPHeader", "MinionLB", "Null", "Paint", "PaintSwitch", "PaintTee", "PortInfo", "Print", "PrioSched",
    "PullNull", "PullSwitch", "PullTee", "PushNull", "RadixIPLookup", "RandomSwitch", "RangeIPLookup", "RatedUnqueue", "RoundRobinSched",
    "RoundRobinSwitch", "ScheduleInfo", "SetIPAddress", "SetIPChecksum", "SetTCPChecksum", "SetTimestamp", "SetUDPChecksum", "StaticIPLookup",
    "StoreIPAddress", "Strip", "StripIPHeader", "Suppressor", "Switch", "Tee", "Truncate", "UDPIPEncap", "Unqueue", "Unstrip", "VLANDecap", "VLANEncap",
};

bool is_harmless(const Router &router)
{
    return router.nelements() < 200 && std::all_of(router.elements().begin(), router.elements().end(), [](const Element *e) {
        return std::find(std::begin(harmless), std::end(harmless), e->class_name()) != std::end(harmless);
    });
}

void read_everything(const Router &router)
{
    MessageLines messages;
    for (Element *element : router.elements())
        for (const Handler *handler : router.handlers(element))
            if (handler->read_visible() && !handler->read_param())
                handler->call_read(element, &messages);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    std::string_view text(reinterpret_cast<const char *>(data), size);
    // Those read files.
    if (size > 20000 || text.find("package") != text.npos || text.find("library") != text.npos)
        return -1;
    fuzz::Bench bench(text);
    if (!bench.router())
        return 0;
    std::string flat = fuzz::to_std(bench.router()->flat_configuration_string());
    fuzz::Bench again(flat);
    if (!again.router())
        fuzz::fail("the flat configuration is refused: %s\n%s", again.messages().c_str(), flat.c_str());
    if (fuzz::to_std(again.router()->flat_configuration_string()) != flat)
        fuzz::fail("the flat configuration is another router:\n%s", flat.c_str());
    if (is_harmless(*bench.router()) && bench.start())
        read_everything(*bench.router());
    return 0;
}

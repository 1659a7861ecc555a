// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_KERNELTAP_HH
#define CLICK_KERNELTAP_HH
#include "kerneltun.hh"

// =Element KernelTap(ADDR/MASK [, GATEWAY, KEYWORDS])
// =Summary a device of this host whose Ethernet frames come to the router, and to which the router sends
// =Ports 0-1 / 1-2, push or pull input, push outputs. Output 0 has what the host sends through the device; what comes in the host receives
// =Arguments as KernelTun's; ETHER is the address that frames for the host must have
// =Handlers as KernelTun's
// =Source the kernel's Documentation/networking/tuntap.rst. The host asks by ARP before it sends: answer with an ARPResponder
class KernelTap : public KernelTun {
  public:
    KernelTap() { _tap = true; }

    const char *class_name() const override { return "KernelTap"; }
};

#endif

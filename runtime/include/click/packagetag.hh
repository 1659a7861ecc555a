// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PACKAGETAG_HH
#define CLICK_PACKAGETAG_HH
#include <click/element.hh>
#include <click/master.hh>
#include <click/notifier.hh>
#include <click/packet.hh>
#include <click/router.hh>
#include <click/routerthread.hh>
#include <click/task.hh>
#include <click/timer.hh>
#include <cstddef>
#include <cstdint>

// What a package says about itself, read from its file before it is loaded: code that was compiled against other headers
// must not run, not even its constructors. Every source that includes <click/package.hh> has it; the file of a package that
// `mimi build` generates fills in the headers' digest and the names of its C++ classes as well.
//
//   marker      finds the tag in the file
//   layout      sizes of the classes that elements derive from, hold and are handed
//   headers     digest of the engine's headers (mimi/build/headers.py); empty: only the layout is compared
//   classes     C++ names of the exported classes, each followed by a blank

#ifndef CLICK_PACKAGE_HEADERS
# define CLICK_PACKAGE_HEADERS ""
#endif
#ifndef CLICK_PACKAGE_CLASSES
# define CLICK_PACKAGE_CLASSES ""
#endif
#define CLICK_PACKAGE_MARKER "mimi:package:tag"

constexpr uint32_t click_layout()
{
    constexpr size_t sizes[] = {sizeof(Element), sizeof(Element::Port), sizeof(Packet), sizeof(Router), sizeof(Master),
                                sizeof(RouterThread), sizeof(Task), sizeof(Timer), sizeof(ActiveNotifier), sizeof(String),
                                sizeof(Handler), sizeof(ErrorHandler), alignof(Element), sizeof(std::string)};
    uint32_t hash = 2166136261u;
    for (size_t size : sizes)
        hash = (hash ^ static_cast<uint32_t>(size)) * 16777619u;
    return hash;
}

struct ClickPackageTag {
    char marker[16];
    uint32_t layout;
    char headers[20];
    char classes[sizeof(CLICK_PACKAGE_CLASSES)];
};

extern "C" __attribute__((weak, used, visibility("default"))) const ClickPackageTag click_package_tag = {
    {'m', 'i', 'm', 'i', ':', 'p', 'a', 'c', 'k', 'a', 'g', 'e', ':', 't', 'a', 'g'},
    click_layout(), CLICK_PACKAGE_HEADERS, CLICK_PACKAGE_CLASSES};

#endif

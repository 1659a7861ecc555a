// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "flowbinding.hh"
#include <cstring>

namespace mimi {

namespace {

char *write_text(char *out, const char *text)
{
    size_t n = strlen(text);
    memcpy(out, text, n);
    return out + n;
}

char *write_signed(char *out, int32_t value)
{
    if (value < 0)
        *out++ = '-';
    return write_decimal(out, value < 0 ? uint64_t(-int64_t(value)) : uint64_t(value));
}

template <class A> char *write_tuple(char *out, const FlowTupleOf<A> &t)
{
    out = write_endpoint(out, t.saddr, t.sport);
    *out++ = ' ';
    return write_endpoint(out, t.daddr, t.dport);
}

const char *protocol_word(uint8_t proto)
{
    switch (proto) {
    case proto_udp: return "udp ";
    case proto_icmp: return "icmp ";
    case proto_icmp6: return "icmp6 ";
    default: return "tcp ";
    }
}

}  // namespace

const char *flow_state_word(FlowState state)
{
    switch (state) {
    case FlowState::fresh: return "new";
    case FlowState::established: return "established";
    case FlowState::closing: return "closing";
    case FlowState::closed: return "closed";
    case FlowState::unknown: break;
    }
    return "";
}

template <class A> char *write_key(char *out, const FlowKeyOf<A> &key)
{
    return write_tuple(write_text(out, protocol_word(key.proto)), key.tuple);
}

template <class A> char *write_identity(char *out, const FlowBindingOf<A> &b)
{
    out = write_key(out, b.key());
    *out++ = ' ';
    return write_tuple(out, b.xlat);
}

template <class A> char *write_put(char *out, const FlowBindingOf<A> &b)
{
    out = write_text(out, "put ");
    out = write_decimal(out, b.seq);
    *out++ = ' ';
    out = write_identity(out, b);
    *out++ = ' ';
    out = write_decimal(out, b.lifetime_s);
    if (b.state != FlowState::unknown) {
        out = write_text(out, " state=");
        out = write_text(out, flow_state_word(b.state));
    }
    if (b.delta_fwd || b.delta_rev) {
        out = write_text(out, " delta=");
        out = write_signed(out, b.delta_fwd);
        *out++ = ',';
        out = write_signed(out, b.delta_rev);
    }
    return out;
}

template <class A> char *write_del(char *out, uint64_t seq, const FlowKeyOf<A> &key)
{
    out = write_text(out, "del ");
    out = write_decimal(out, seq);
    *out++ = ' ';
    return write_key(out, key);
}

template <class A> uint64_t identity_hash(const FlowBindingOf<A> &b)
{
    char text[flow_text_max];
    const char *end = write_identity(text, b);
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *p = text; p != end; ++p)
        h = (h ^ uint8_t(*p)) * 0x100000001b3u;
    return h;
}

template char *write_key(char *, const FlowKey &);
template char *write_key(char *, const FlowKey6 &);
template char *write_identity(char *, const FlowBinding &);
template char *write_identity(char *, const FlowBinding6 &);
template char *write_put(char *, const FlowBinding &);
template char *write_put(char *, const FlowBinding6 &);
template char *write_del(char *, uint64_t, const FlowKey &);
template char *write_del(char *, uint64_t, const FlowKey6 &);
template uint64_t identity_hash(const FlowBinding &);
template uint64_t identity_hash(const FlowBinding6 &);

}  // namespace mimi

ELEMENT_PROVIDES(FlowBinding)
ELEMENT_REQUIRES(AddressText)

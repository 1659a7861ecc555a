// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_ETHERADDRESS_HH
#define CLICK_ETHERADDRESS_HH
#include <click/hashcode.hh>
#include <click/string.hh>
#include <cstring>

class ArgContext;
class StringAccum;
extern const ArgContext blank_args;
template <typename T> struct DefaultArg;

// A 48-bit Ethernet address; the object is exactly its six bytes.
class EtherAddress {
  public:
    typedef struct uninitialized {
    } uninitialized_t;
    typedef bool (EtherAddress::*unspecified_bool_type)() const;

    EtherAddress() : _data{0, 0, 0} {}
    explicit EtherAddress(const unsigned char *data) { memcpy(_data, data, 6); }
    EtherAddress(const uninitialized_t &) {}
    static EtherAddress make_broadcast() { return EtherAddress(0xFFFF); }

    operator unspecified_bool_type() const { return empty() ? nullptr : &EtherAddress::is_group; }
    bool empty() const { return !(_data[0] | _data[1] | _data[2]); }
    bool is_group() const { return data()[0] & 1; }
    bool is_local() const { return data()[0] & 2; }
    bool is_broadcast() const { return (_data[0] & _data[1] & _data[2]) == 0xFFFF; }

    unsigned char *data() { return reinterpret_cast<unsigned char *>(_data); }
    const unsigned char *data() const { return reinterpret_cast<const unsigned char *>(_data); }
    const uint16_t *sdata() const { return _data; }
    hashcode_t hashcode() const
    {
        return (_data[2] | (hashcode_t{_data[1]} << 16)) ^ (hashcode_t{_data[0]} << 9);
    }

    // "00-15-58-2D-FB-8A"
    String unparse_dash() const;
    String unparse_colon() const;
    String unparse() const { return unparse_dash(); }
    String s() const { return unparse(); }
    operator String() const { return unparse(); }

    friend bool operator==(const EtherAddress &a, const EtherAddress &b) { return memcmp(a._data, b._data, 6) == 0; }
    friend bool operator!=(const EtherAddress &a, const EtherAddress &b) { return !(a == b); }
    friend bool operator<(const EtherAddress &a, const EtherAddress &b) { return memcmp(a._data, b._data, 6) < 0; }

  private:
    uint16_t _data[3];
    explicit EtherAddress(uint16_t fill) : _data{fill, fill, fill} {}
};

StringAccum &operator<<(StringAccum &sa, const EtherAddress &address);

// Six pairs of hex digits between colons or dashes, or a name.
class EtherAddressArg {
  public:
    typedef void enable_direct_parse;
    explicit EtherAddressArg(int = 0) {}
    static bool parse(const String &text, EtherAddress &result, const ArgContext &args = blank_args);
    static bool parse(const String &text, unsigned char *result, const ArgContext &args = blank_args);
};

template <> struct DefaultArg<EtherAddress> : public EtherAddressArg {};

#endif

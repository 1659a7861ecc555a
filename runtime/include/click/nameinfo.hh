// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_NAMEINFO_HH
#define CLICK_NAMEINFO_HH
#include <click/args.hh>
#include <click/hashtable.hh>
#include <click/string.hh>
#include <click/vector.hh>
#include <cstdint>
#include <memory>
#include <vector>

class Element;
class ErrorHandler;
class NameDB;

// Names for values: ports, protocols, addresses. A name belongs to a type, and is seen from the compound element in which
// it was defined and from those inside it; global names are seen everywhere. Inner definitions win.
class NameInfo {
  public:
    NameInfo();
    ~NameInfo();
    NameInfo(const NameInfo &) = delete;
    NameInfo &operator=(const NameInfo &) = delete;

    enum : uint32_t {
        T_NONE = 0,
        T_SCRIPT_INSN = 0x00000001,
        T_SIGNO = 0x00000002,
        T_SPINLOCK = 0x00000003,
        T_ANNOTATION = 0x00000004,
        T_SCHEDULEINFO = 0x00000005,
        T_ETHERNET_ADDR = 0x01000001,
        T_IP_ADDR = 0x04000001,
        T_IP_PREFIX = 0x04000002,
        T_IP_PROTO = 0x04000003,
        T_IPFILTER_TYPE = 0x04000004,
        T_TCP_OPT = 0x04000005,
        T_IPREWRITER_PATTERN = 0x04000006,
        T_IP_FIELDNAME = 0x04000100,  // plus the protocol number
        T_ICMP_FIELDNAME = T_IP_FIELDNAME + 1,
        T_TCP_FIELDNAME = T_IP_FIELDNAME + 6,
        T_UDP_FIELDNAME = T_IP_FIELDNAME + 17,
        T_IP_PORT = 0x04010000,  // plus the protocol number
        T_TCP_PORT = T_IP_PORT + 6,
        T_UDP_PORT = T_IP_PORT + 17,
        T_ICMP_TYPE = 0x04020000,
        T_ICMP_CODE = 0x04020100,  // plus the ICMP type
        T_IP6_ADDR = 0x06000001,
        T_IP6_PREFIX = 0x06000002,
        T_ICMP6_TYPE = 0x06000003
    };

    static void static_initialize();
    static void static_cleanup();

    // The value of a name as `context` sees it (null: global names). False if there is none of this size.
    static bool query(uint32_t type, const Element *context, const String &name, void *value, size_t size);
    // The same for integers; plain numbers are taken too.
    static bool query_int(uint32_t type, const Element *context, const String &name, int32_t *value);
    static bool query_int(uint32_t type, const Element *context, const String &name, uint32_t *value);
    // A name for a value; empty if there is none.
    static String revquery(uint32_t type, const Element *context, const void *value, size_t size);
    static String revquery_int(uint32_t type, const Element *context, int32_t value);

    // Defines a name in the context's compound element. False if it has another value there already.
    static bool define(uint32_t type, const Element *context, const String &name, const void *value, size_t size);
    static bool define_int(uint32_t type, const Element *context, const String &name, int32_t value);

    // The database that define() would use, made if `create`. Null if there is none.
    static NameDB *getdb(uint32_t type, const Element *context, size_t size, bool create);
    // Adds a database of the caller's, which must outlive its use.
    static void installdb(NameDB *db, const Element *context);
    static void uninstalldb(NameDB *db);

    // Adds a database to these names themselves.
    void add_database(std::unique_ptr<NameDB> db);

  private:
    std::vector<NameDB *> _installed;
    std::vector<std::unique_ptr<NameDB>> _owned;

    static NameInfo *of(const Element *context, bool create, String &prefix);
    bool query_here(uint32_t type, const String &prefix, const String &name, void *value, size_t size) const;
    String revquery_here(uint32_t type, const String &prefix, const void *value, size_t size) const;
};

// Names of one type and one scope.
class NameDB {
  public:
    // `prefix` is the compound element's name and a slash; empty for the top level.
    NameDB(uint32_t type, const String &prefix, size_t size) : _type(type), _prefix(prefix), _size(size) {}
    virtual ~NameDB() = default;

    uint32_t type() const { return _type; }
    const String &prefix() const { return _prefix; }
    const String &context() const { return _prefix; }
    size_t value_size() const { return _size; }

    virtual bool query(const String &name, void *value, size_t size) = 0;
    virtual String revquery(const void *value, size_t size);
    virtual bool define(const String &name, const void *value, size_t size);
    bool define_int(const String &name, int32_t value) { return define(name, &value, sizeof value); }

  private:
    uint32_t _type;
    String _prefix;
    size_t _size;
};

// A fixed table of integers, in any order.
class StaticNameDB : public NameDB {
  public:
    struct Entry {
        const char *name;
        uint32_t value;
    };
    StaticNameDB(uint32_t type, const String &prefix, const Entry *entries, size_t count)
        : NameDB(type, prefix, sizeof(uint32_t)), _entries(entries), _count(count)
    {
    }
    bool query(const String &name, void *value, size_t size) override;
    String revquery(const void *value, size_t size) override;

  private:
    const Entry *_entries;
    size_t _count;
};

// Names defined while running.
class DynamicNameDB : public NameDB {
  public:
    DynamicNameDB(uint32_t type, const String &prefix, size_t size) : NameDB(type, prefix, size) {}
    bool query(const String &name, void *value, size_t size) override;
    String revquery(const void *value, size_t size) override;
    bool define(const String &name, const void *value, size_t size) override;

  private:
    HashTable<String, String> _values;  // the value's bytes
};

#endif

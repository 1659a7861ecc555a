// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/args.hh>
#include <click/nameinfo.hh>
#include "runtime/base/context.hh"
#include "runtime/base/wellknown.hh"
#include <algorithm>
#include <cstring>
#include <mutex>

// ---- databases

String NameDB::revquery(const void *, size_t)
{
    return String();
}

bool NameDB::define(const String &, const void *, size_t)
{
    return false;
}

bool StaticNameDB::query(const String &name, void *value, size_t size)
{
    if (size != value_size())
        return false;
    for (const Entry *e = _entries; e < _entries + _count; ++e)
        if (name == e->name) {
            memcpy(value, &e->value, sizeof e->value);
            return true;
        }
    return false;
}

String StaticNameDB::revquery(const void *value, size_t size)
{
    if (size == value_size())
        for (const Entry *e = _entries; e < _entries + _count; ++e)
            if (memcmp(&e->value, value, size) == 0)
                return String(e->name);
    return String();
}

bool DynamicNameDB::query(const String &name, void *value, size_t size)
{
    const String *found = _values.get_pointer(name);
    if (!found || size != value_size())
        return false;
    memcpy(value, found->data(), size);
    return true;
}

String DynamicNameDB::revquery(const void *value, size_t size)
{
    for (const auto &entry : _values)
        if (entry.second.equals(static_cast<const char *>(value), static_cast<int>(size)))
            return entry.first;
    return String();
}

bool DynamicNameDB::define(const String &name, const void *value, size_t size)
{
    if (size != value_size())
        return false;
    String bytes(static_cast<const char *>(value), static_cast<int>(size));
    return _values.find_insert(name, bytes).value() == bytes;
}

// ---- scopes

namespace {

// Guards the global names only: a router's names change while it is configured, by one thread.
std::recursive_mutex global_lock;

NameInfo &global_names()
{
    static NameInfo *names = [] {
        auto *made = new NameInfo;
        base::add_well_known_names(*made);
        return made;
    }();
    return *names;
}

// "a/b/" of "a/b/c".
String scope_of(const String &name)
{
    return name.substring(0, name.find_right('/') + 1);
}

// "a/" of "a/b/".
String outer_scope(const String &scope)
{
    return scope_of(scope.substring(0, scope.length() - 1));
}

}  // namespace

NameInfo::NameInfo() = default;
NameInfo::~NameInfo() = default;

void NameInfo::static_initialize()
{
    global_names();
}

void NameInfo::static_cleanup() {}

NameInfo *NameInfo::of(const Element *context, bool create, String &prefix)
{
    if (!context)
        return &global_names();
    prefix = scope_of(base::name_of(context));
    return base::names_of(context, create);
}

bool NameInfo::query_here(uint32_t type, const String &prefix, const String &name, void *value, size_t size) const
{
    for (auto it = _installed.rbegin(); it != _installed.rend(); ++it)
        if ((*it)->type() == type && (*it)->prefix() == prefix && (*it)->query(name, value, size))
            return true;
    return false;
}

String NameInfo::revquery_here(uint32_t type, const String &prefix, const void *value, size_t size) const
{
    for (auto it = _installed.rbegin(); it != _installed.rend(); ++it)
        if ((*it)->type() == type && (*it)->prefix() == prefix)
            if (String name = (*it)->revquery(value, size))
                return name;
    return String();
}

bool NameInfo::query(uint32_t type, const Element *context, const String &name, void *value, size_t size)
{
    String prefix;
    if (NameInfo *names = context ? of(context, false, prefix) : nullptr) {
        for (;; prefix = outer_scope(prefix)) {
            if (names->query_here(type, prefix, name, value, size))
                return true;
            if (!prefix)
                break;
        }
    }
    std::lock_guard guard(global_lock);
    return global_names().query_here(type, String(), name, value, size);
}

String NameInfo::revquery(uint32_t type, const Element *context, const void *value, size_t size)
{
    String prefix;
    if (NameInfo *names = context ? of(context, false, prefix) : nullptr) {
        for (;; prefix = outer_scope(prefix)) {
            if (String name = names->revquery_here(type, prefix, value, size))
                return name;
            if (!prefix)
                break;
        }
    }
    std::lock_guard guard(global_lock);
    return global_names().revquery_here(type, String(), value, size);
}

bool NameInfo::query_int(uint32_t type, const Element *context, const String &name, int32_t *value)
{
    return query(type, context, name, value, sizeof *value) || IntArg().parse(name, *value);
}

bool NameInfo::query_int(uint32_t type, const Element *context, const String &name, uint32_t *value)
{
    return query(type, context, name, value, sizeof *value) || IntArg().parse(name, *value);
}

String NameInfo::revquery_int(uint32_t type, const Element *context, int32_t value)
{
    return revquery(type, context, &value, sizeof value);
}

NameDB *NameInfo::getdb(uint32_t type, const Element *context, size_t size, bool create)
{
    String prefix;
    NameInfo *names = of(context, create, prefix);
    if (!names)
        return nullptr;
    std::lock_guard guard(global_lock);
    for (const auto &db : names->_owned)
        if (db->type() == type && db->prefix() == prefix)
            return db->value_size() == size ? db.get() : nullptr;
    if (!create)
        return nullptr;
    names->add_database(std::make_unique<DynamicNameDB>(type, prefix, size));
    return names->_owned.back().get();
}

bool NameInfo::define(uint32_t type, const Element *context, const String &name, const void *value, size_t size)
{
    NameDB *db = getdb(type, context, size, true);
    std::lock_guard guard(global_lock);
    return db && db->define(name, value, size);
}

bool NameInfo::define_int(uint32_t type, const Element *context, const String &name, int32_t value)
{
    return define(type, context, name, &value, sizeof value);
}

void NameInfo::add_database(std::unique_ptr<NameDB> db)
{
    _installed.push_back(db.get());
    _owned.push_back(std::move(db));
}

void NameInfo::installdb(NameDB *db, const Element *context)
{
    String prefix;
    if (NameInfo *names = of(context, true, prefix)) {
        std::lock_guard guard(global_lock);
        names->_installed.push_back(db);
    }
}

void NameInfo::uninstalldb(NameDB *db)
{
    std::lock_guard guard(global_lock);
    std::erase(global_names()._installed, db);
}

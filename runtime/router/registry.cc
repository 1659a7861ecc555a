// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "runtime/router/registry.hh"
#include <click/element.hh>
#include <click/standard/alignmentinfo.hh>
#include <click/standard/scheduleinfo.hh>
#include <click/vector.hh>
#include <algorithm>

// The two classes that the core itself asks about are there whatever libraries are linked in.
Registry::Registry()
{
    add("ScheduleInfo", [](uintptr_t) -> Element * { return new ScheduleInfo; }, 0);
    add("AlignmentInfo", [](uintptr_t) -> Element * { return new AlignmentInfo; }, 0);
    provide("userlevel");
}

Registry &Registry::the()
{
    static Registry registry;
    return registry;
}

int Registry::add(const String &name, ElementFactory factory, uintptr_t thunk)
{
    std::lock_guard guard(_lock);
    int type = static_cast<int>(_types.size());
    _types.push_back({name, factory, thunk});
    _by_name[name].push_back(type);
    return type;
}

void Registry::remove(int type)
{
    std::lock_guard guard(_lock);
    if (type < 0 || type >= static_cast<int>(_types.size()) || !_types[type].factory)
        return;
    auto found = _by_name.find(_types[type].name);
    std::erase(found->second, type);
    if (found->second.empty())
        _by_name.erase(found);
    _types[type] = Type();
}

bool Registry::has(const String &name) const
{
    std::lock_guard guard(_lock);
    return _by_name.count(name);
}

Vector<String> Registry::names() const
{
    std::lock_guard guard(_lock);
    Vector<String> names;
    for (const auto &entry : _by_name)
        names.push_back(entry.first);
    return names;
}

std::unique_ptr<Element> Registry::make(const String &name) const
{
    Type type;
    {
        std::lock_guard guard(_lock);
        auto found = _by_name.find(name);
        if (found == _by_name.end())
            return nullptr;
        type = _types[found->second.back()];
    }
    return std::unique_ptr<Element>(type.factory(type.thunk));
}

void Registry::provide(const String &feature)
{
    std::lock_guard guard(_lock);
    ++_provisions[feature];
}

void Registry::unprovide(const String &feature)
{
    std::lock_guard guard(_lock);
    auto found = _provisions.find(feature);
    if (found != _provisions.end() && --found->second == 0)
        _provisions.erase(found);
}

bool Registry::provides(const String &feature) const
{
    std::lock_guard guard(_lock);
    return _provisions.count(feature);
}

Vector<String> Registry::provisions() const
{
    std::lock_guard guard(_lock);
    Vector<String> features;
    for (const auto &entry : _provisions)
        features.push_back(entry.first);
    return features;
}

int click_add_element_type(const char *class_name, ElementFactory factory, uintptr_t thunk)
{
    return Registry::the().add(class_name, factory, thunk);
}

int click_add_element_type_stable(const char *class_name, ElementFactory factory, uintptr_t thunk)
{
    return click_add_element_type(class_name, factory, thunk);
}

void click_remove_element_type(int type)
{
    Registry::the().remove(type);
}

bool click_has_element_type(const String &class_name)
{
    return Registry::the().has(class_name);
}

Vector<String> click_element_types()
{
    return Registry::the().names();
}

std::unique_ptr<Element> click_make_element(const String &class_name)
{
    return Registry::the().make(class_name);
}

void click_provide(const char *feature)
{
    Registry::the().provide(feature);
}

void click_unprovide(const char *feature)
{
    Registry::the().unprovide(feature);
}

bool click_has_provision(const String &feature)
{
    return Registry::the().provides(feature);
}

Vector<String> click_packages()
{
    return Registry::the().provisions();
}

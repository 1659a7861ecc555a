// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ROUTER_REGISTRY_HH
#define MIMI_ROUTER_REGISTRY_HH
#include <click/package.hh>
#include <click/string.hh>
#include <map>
#include <mutex>
#include <set>
#include <vector>

// Element classes and packages known to the process. The elements that are
// linked in are registered when a class is first asked for.
class Registry {
  public:
    static Registry &the();
    // With all linked elements in it.
    static const Registry &filled();

    int add(const String &name, ElementFactory factory, uintptr_t thunk);
    void remove(int type);
    bool has(const String &name) const;
    Vector<String> names() const;
    std::unique_ptr<Element> make(const String &name) const;

    void provide(const String &feature);
    void unprovide(const String &feature);
    bool provides(const String &feature) const;
    Vector<String> provisions() const;

  private:
    struct Type {
        String name;
        ElementFactory factory = nullptr;
        uintptr_t thunk = 0;
    };

    Registry();

    mutable std::recursive_mutex _lock;
    std::vector<Type> _types;                       // by type number; removed ones have no factory
    std::map<String, std::vector<int>> _by_name;    // the last number hides the others
    std::map<String, int> _provisions;              // how often provided
};

#endif

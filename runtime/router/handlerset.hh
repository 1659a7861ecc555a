// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_ROUTER_HANDLERSET_HH
#define MIMI_ROUTER_HANDLERSET_HH
#include <click/handler.hh>
#include <click/vector.hh>
#include <memory>
#include <vector>

// The handlers of one element, in the order of their registration. A Handler keeps its address while its set lives.
class HandlerSet {
  public:
    void add_read(const String &name, ReadHandlerCallback callback, void *user_data, uint32_t flags);
    void add_write(const String &name, WriteHandlerCallback callback, void *user_data, uint32_t flags);
    void set(const String &name, uint32_t flags, HandlerCallback callback, void *read_user_data,
             void *write_user_data);
    bool change_flags(const String &name, uint32_t set_flags, uint32_t clear_flags);

    const Handler *find(const String &name) const;
    // Appends them, latest first.
    void list(Vector<const Handler *> &handlers) const;
    void clear() { _handlers.clear(); }

  private:
    std::vector<std::unique_ptr<Handler>> _handlers;

    Handler *force(const String &name);
};

#endif

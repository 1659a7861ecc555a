// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_PATTERNMAPPER_HH
#define CLICK_PATTERNMAPPER_HH
#include <click/element.hh>
#include <mutex>
#include <vector>
#include "iprewriterbase.hh"

// A mapper that chooses one of several patterns, its members. They can be replaced while packets flow: flows that exist stay
// as they are.
class PatternMapper : public Element, public IPMapper {
  public:
    int configure_phase() const override { return IPRewriterBase::CONFIGURE_PHASE_MAPPER; }
    bool can_live_reconfigure() const override { return true; }
    int configure(Vector<String> &conf, ErrorHandler *errh) override;
    int live_reconfigure(Vector<String> &conf, ErrorHandler *errh) override;
    void add_handlers() override;
    void *cast(const char *name) override;
    void notify_rewriter(IPRewriterBase *rewriter, int input, ErrorHandler *errh) override;

  protected:
    struct Member {
        RoutedPattern to;
        int id = 0;             // the owner's
        uint64_t chosen = 0;    // flows
    };
    std::vector<Member> _members;
    mutable std::mutex _lock;   // rewriters with different stores may ask at the same time

    // Reads what is not a member from the front of the arguments; negative after an error message.
    virtual int read_options(Vector<String> &conf, ErrorHandler *errh) = 0;
    // Reads one member; negative after an error message.
    virtual int read_member(const String &text, Member &member, ErrorHandler *errh) const;
    virtual String unparse(const Member &member) const { return member.to.unparse(); }
    // The members are others than before. With the lock.
    virtual void members_changed() = 0;

  private:
    struct User {
        IPRewriterBase *rewriter;
        int input;
    };
    std::vector<User> _users;

    enum Handle { h_patterns, h_chosen };
    int read_members(const Vector<String> &conf, std::vector<Member> &members, ErrorHandler *errh) const;
    int check(const std::vector<Member> &members, const User &user, ErrorHandler *errh) const;
    int replace(std::vector<Member> &members, ErrorHandler *errh);
    static String read_handler(Element *e, void *user_data);
    static int write_handler(const String &text, Element *e, void *user_data, ErrorHandler *errh);
};

#endif

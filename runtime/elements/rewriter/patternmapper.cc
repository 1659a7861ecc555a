// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "patternmapper.hh"
#include <click/confparse.hh>
#include <click/error.hh>
#include <algorithm>

void *PatternMapper::cast(const char *name)
{
    return strcmp(name, "IPMapper") == 0 ? static_cast<IPMapper *>(this) : Element::cast(name);
}

int PatternMapper::read_member(const String &text, Member &member, ErrorHandler *errh) const
{
    return member.to.parse(text, this, errh) ? 0 : -1;
}

int PatternMapper::read_members(const Vector<String> &conf, std::vector<Member> &members, ErrorHandler *errh) const
{
    if (!conf.size())
        return errh->error("no patterns given");
    if (conf.size() == 1)
        errh->warning("only one pattern given");
    bool good = true;
    for (int i = 0; i < conf.size(); ++i) {
        members.emplace_back();
        good &= read_member(conf[i], members.back(), errh) >= 0;
    }
    return good ? 0 : -1;
}

int PatternMapper::check(const std::vector<Member> &members, const User &user, ErrorHandler *errh) const
{
    bool good = true;
    for (size_t i = 0; i < members.size(); ++i) {
        const RoutedPattern &to = members[i].to;
        if (to.foutput >= 0 && to.foutput < user.rewriter->noutputs() && to.routput >= 0
            && to.routput < user.rewriter->noutputs())
            continue;
        errh->error("output port out of range in %s pattern %d", declaration().c_str(), static_cast<int>(i));
        good = false;
    }
    return good ? 0 : -1;
}

int PatternMapper::replace(std::vector<Member> &members, ErrorHandler *errh)
{
    for (const User &user : _users)
        if (check(members, user, errh) < 0)
            return -1;
    std::lock_guard<std::mutex> guard(_lock);
    _members.swap(members);
    members_changed();
    return 0;
}

int PatternMapper::configure(Vector<String> &conf, ErrorHandler *errh)
{
    std::vector<Member> members;
    if (read_options(conf, errh) < 0 || read_members(conf, members, errh) < 0)
        return -1;
    return replace(members, errh);
}

int PatternMapper::live_reconfigure(Vector<String> &conf, ErrorHandler *errh)
{
    return configure(conf, errh);
}

void PatternMapper::notify_rewriter(IPRewriterBase *rewriter, int input, ErrorHandler *errh)
{
    const User user = {rewriter, input};
    if (check(_members, user, errh) >= 0)
        _users.push_back(user);
}

String PatternMapper::read_handler(Element *e, void *user_data)
{
    PatternMapper *m = static_cast<PatternMapper *>(e);
    StringAccum sa;
    std::lock_guard<std::mutex> guard(m->_lock);
    for (const Member &member : m->_members) {
        sa << m->unparse(member);
        if (reinterpret_cast<intptr_t>(user_data) == h_chosen)
            sa << ' ' << member.chosen;
        sa << '\n';
    }
    return sa.take_string();
}

// One pattern a line.
int PatternMapper::write_handler(const String &text, Element *e, void *, ErrorHandler *errh)
{
    PatternMapper *m = static_cast<PatternMapper *>(e);
    Vector<String> lines;
    for (const char *p = text.begin(); p < text.end();) {
        const char *stop = std::find(p, text.end(), '\n');
        const String line = cp_uncomment(text.substring(p, stop));
        if (line)
            lines.push_back(line);
        p = stop + (stop != text.end());
    }
    std::vector<Member> members;
    return m->read_members(lines, members, errh) < 0 ? -1 : m->replace(members, errh);
}

void PatternMapper::add_handlers()
{
    add_read_handler("patterns", read_handler, h_patterns);
    add_write_handler("patterns", write_handler, h_patterns);
    add_read_handler("chosen", read_handler, h_chosen);
}

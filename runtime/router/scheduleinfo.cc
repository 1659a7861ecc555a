// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/standard/scheduleinfo.hh>
#include <click/args.hh>
#include <click/confparse.hh>
#include <click/error.hh>
#include <click/router.hh>
#include <click/task.hh>
#include <algorithm>

int ScheduleInfo::configure(Vector<String> &conf, ErrorHandler *errh)
{
    int errors_before = errh->nerrors();
    String own = name();
    int slash = own.find_right('/');
    String prefix = slash < 0 ? String() : own.substring(0, slash + 1);
    for (int i = 0; i < conf.size(); ++i) {
        Vector<String> words;
        cp_spacevec(conf[i], words);
        int share;
        if (words.size() != 2)
            errh->error("expected %<ELEMENT PARAM%>");
        else if (!FixedPointArg(FRACTION_BITS).parse(words[1], share) || share <= 0)
            errh->error("%s: bad scheduling parameter", words[0].c_str());
        else
            _shares[prefix + words[0]] = share;
    }
    return errh->nerrors() > errors_before ? -1 : 0;
}

// The product of what is said about the element and about the compounds around it.
int ScheduleInfo::query(const Element *element, ErrorHandler *errh)
{
    int64_t share = DEFAULT;
    String name = element->name();
    for (;;) {
        for (Element *other : element->router()->elements()) {
            auto *info = static_cast<ScheduleInfo *>(other->cast("ScheduleInfo"));
            if (!info)
                continue;
            auto found = info->_shares.find(name);
            if (found != info->_shares.end())
                share = std::max<int64_t>(share * found->second >> FRACTION_BITS, 1);
        }
        int slash = name.find_right('/');
        if (slash < 0)
            break;
        name = name.substring(0, slash);
    }
    if (share > Task::MAX_TICKETS && errh)
        errh->warning("too many tickets for %<%s%>, reduced to %d", element->name().c_str(),
                      static_cast<int>(Task::MAX_TICKETS));
    return static_cast<int>(std::min<int64_t>(share, Task::MAX_TICKETS));
}

void ScheduleInfo::initialize_task(Element *element, Task *task, bool schedule, ErrorHandler *errh)
{
    task->initialize(element, false);
    task->set_tickets(query(element, errh));
    if (schedule)
        task->reschedule();
}

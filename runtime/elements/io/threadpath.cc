// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include "threadpath.hh"
#include <click/element.hh>
#include <click/router.hh>
#include <click/routervisitor.hh>
#include <cstring>

namespace {

class UnsafeSearch : public RouterVisitor {
  public:
    const Element *found = nullptr;

    bool visit(Element *element, bool, int port, Element *, int, int) override
    {
        if (found || element->input_is_pull(port))
            return false;
        if (!strchr(element->flags(), 'T'))
            found = element;
        return !found;
    }
};

}  // namespace

const Element *first_unsafe_element(Element *from)
{
    UnsafeSearch search;
    from->router()->visit_downstream(from, -1, &search);
    return search.found;
}

// SPDX-License-Identifier: Apache-2.0
// Port lists `[0-2, 5,]`, and who is connected to whom by `->` and `=>`.
#include <click/config.h>
#include "runtime/language/parser.hh"
#include <click/error.hh>
#include <cctype>

namespace lang {

// The ports on one side of an arrow.
class Parser::Side {
  public:
    Side(const List &items, bool isoutput) : _items(items), _isoutput(isoutput)
    {
        for (const Item &item : items) {
            const Ports &ports = of(item);
            _count += size(ports);
            _nexpandable += ports.expandable;
        }
        // A single element without ports may stand for as many of its ports as the other side has.
        _flexible = items.size() == 1 && !of(items[0]).given && of(items[0]).numbers.empty();
    }

    int count() const { return _count; }
    int nexpandable() const { return _nexpandable; }
    bool flexible() const { return _flexible; }

    bool expand_to(int count)
    {
        if (count < _count)
            return false;
        _extra = count - _count;
        return true;
    }

    std::vector<End> ends() const
    {
        std::vector<End> result;
        for (const Item &item : _items) {
            const Ports &ports = of(item);
            int next = 0;
            for (int number : ports.numbers) {
                result.push_back({item.element, number});
                next = number + 1;
            }
            if (ports.numbers.empty() && !ports.expandable)
                result.push_back({item.element, next++});
            if (ports.expandable || _flexible)
                for (int i = 0; i < _extra; ++i)
                    result.push_back({item.element, next++});
        }
        return result;
    }

    String text() const
    {
        String result = String(_count) + (_nexpandable ? " or more " : " ") + (_isoutput ? "output" : "input");
        return _count == 1 && !_nexpandable ? result : result + "s";
    }

  private:
    const List &_items;
    bool _isoutput;
    bool _flexible;
    int _count = 0;
    int _nexpandable = 0;
    int _extra = 0;

    const Ports &of(const Item &item) const { return _isoutput ? item.out : item.in; }
    static int size(const Ports &ports)
    {
        return ports.numbers.empty() && !ports.expandable ? 1 : static_cast<int>(ports.numbers.size());
    }
};

bool Parser::port_number(int &number)
{
    const Token &token = peek();
    number = 0;
    if (!token.is(Kind::name))
        return false;
    for (const char *s = token.text.begin(); s != token.text.end(); ++s) {
        if (!isdigit(static_cast<unsigned char>(*s)) || number > max_port)
            return false;
        number = number * 10 + (*s - '0');
    }
    if (number > max_port)
        return false;
    next();
    return true;
}

// `N` or `N-M`
bool Parser::port_item(Ports &ports)
{
    int first, last;
    if (!port_number(first))
        return false;
    last = first;
    if (peek().is('-')) {
        next();
        if (!port_number(last) || last < first)
            return false;
    }
    for (int port = first; port <= last; ++port)
        ports.numbers.push_back(port);
    return true;
}

void Parser::ports(Ports &ports)
{
    next();
    ports.given = true;
    ports.expandable = peek().is(']');
    bool valid = true;
    while (valid && !peek().is(']')) {
        valid = port_item(ports);
        if (valid && peek().is(',')) {
            next();
            ports.expandable = peek().is(']');
        } else if (!peek().is(']')) {
            valid = false;
        }
    }
    if (!valid) {
        _errh->lerror(peek().at.text(), "syntax error: expected port number");
        skip_ports();
    }
    if (peek().is(']'))
        next();
}

// To the closing bracket, or to where the statement seems to go on or end.
void Parser::skip_ports()
{
    auto goes_on = [this] {
        return peek().is(']') || peek().is(Kind::arrow) || peek().is(Kind::double_arrow) ||
               (at_chain_end() && !peek().is(Kind::name));
    };
    while (!goes_on())
        next();
}

bool Parser::expand_sides(Side &from, Side &to, bool pairwise, const Landmark &at)
{
    if (from.nexpandable() + to.nexpandable() > 1) {
        _errh->lerror(at.text(), "at most one expandable port allowed per connection");
        return false;
    }
    bool fits = from.count() == to.count();
    if (from.nexpandable())
        fits = from.expand_to(to.count());
    else if (to.nexpandable())
        fits = to.expand_to(from.count());
    else if (!pairwise)
        fits = true;
    else if (!fits && from.flexible())
        fits = from.expand_to(to.count());
    else if (!fits && to.flexible())
        fits = to.expand_to(from.count());
    if (!fits)
        _errh->lerror(at.text(), "connection mismatch: %s connected to %s", from.text().c_str(), to.text().c_str());
    return fits;
}

void Parser::connect(const List &left, const List &right, bool pairwise, const Landmark &at)
{
    Side from(left, true), to(right, false);
    if (!expand_sides(from, to, pairwise, at))
        return;
    std::vector<End> sources = from.ends(), targets = to.ends();
    if (sources.size() > 1 && targets.size() > 1 && !pairwise && !from.nexpandable() && !to.nexpandable()) {
        _errh->lerror(at.text(), "syntax error: many-to-many connections require %<=>%>");
        return;
    }
    size_t n = sources.empty() || targets.empty() ? 0 : std::max(sources.size(), targets.size());
    for (size_t i = 0; i < n; ++i) {
        const End &source = sources[sources.size() == 1 ? 0 : i];
        const End &target = targets[targets.size() == 1 ? 0 : i];
        if (source.element >= 0 && target.element >= 0)
            _scope->connect(source.element, source.port, target.element, target.port);
    }
}

}  // namespace lang

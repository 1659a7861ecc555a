// SPDX-License-Identifier: Apache-2.0
// The binding table against a second, stupid implementation: random operations on few keys, so that everything collides,
// and a clock that jumps. Usage: bindingtable_check SEED OPERATIONS FAMILY (4 or 6). Prints the first difference and ends with 1.
#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>
#include "elements/bindingtable.hh"
#include "tests/elements/spread.hh"

using namespace mimi;
using Outcome = AnyBindingStore::Outcome;

// No index, no wheel: a list that is searched from end to end, and cleaned before every operation.
template <class A> class Model {
  public:
    struct Row {
        FlowBindingOf<A> b;
        uint32_t deadline;
    };
    std::vector<Row> rows;
    size_t capacity;
    uint64_t collisions = 0;

    explicit Model(size_t n) : capacity(n) {}

    void tick(uint32_t now)
    {
        for (size_t i = rows.size(); i-- > 0;)
            if (rows[i].deadline < now)
                rows.erase(rows.begin() + long(i));
    }
    int find(const FlowKeyOf<A> &key, Direction d) const
    {
        for (size_t i = 0; i < rows.size(); ++i)
            if ((d == Direction::forward ? rows[i].b.key() : rows[i].b.reply_key()) == key)
                return int(i);
        return -1;
    }
    Outcome put(const FlowBindingOf<A> &b, uint32_t now)
    {
        int old = find(b.key(), Direction::forward);
        if (old >= 0 && rows[size_t(old)].b.seq == b.seq)
            return Outcome::unchanged;
        if (old >= 0 && rows[size_t(old)].b.seq > b.seq)
            return Outcome::stale;
        int rival = find(b.reply_key(), Direction::reverse);
        bool loses = false;
        if (rival >= 0 && rival != old) {
            ++collisions;
            loses = rows[size_t(rival)].b.seq >= b.seq;
        }
        std::set<int> gone;
        if (old >= 0)
            gone.insert(old);
        if (rival >= 0 && !loses)
            gone.insert(rival);
        for (auto i = gone.rbegin(); i != gone.rend(); ++i)
            rows.erase(rows.begin() + *i);
        if (loses)
            return Outcome::stale;
        if (rows.size() >= capacity)
            return Outcome::refused;
        rows.push_back(Row{b, now + b.lifetime_s});
        return Outcome::applied;
    }
    Outcome remove(const FlowKeyOf<A> &key, uint64_t seq)
    {
        int i = find(key, Direction::forward);
        if (i < 0)
            return Outcome::unchanged;
        if (rows[size_t(i)].b.seq > seq)
            return Outcome::stale;
        rows.erase(rows.begin() + i);
        return Outcome::removed;
    }
    std::multiset<std::string> text(uint32_t now) const
    {
        std::multiset<std::string> all;
        for (const Row &r : rows)
            all.insert(line(r.b, r.deadline - now));
        return all;
    }
    static std::string line(FlowBindingOf<A> b, uint32_t left)
    {
        char out[flow_text_max];
        b.lifetime_s = left;
        return std::string(out, write_put(out, b));
    }
};

// Knows the records from what it is told.
template <class A> class Watch final : public FlowWatchOf<A> {
  public:
    std::set<const BindingRecordOf<A> *> there;
    bool right = true;

    void flow_entered(BindingRecordOf<A> &r) override { right = there.insert(&r).second && right; }
    void flow_left(const BindingRecordOf<A> &r) override { right = there.erase(&r) == 1 && right; }
};

template <class Table> bool watched(Table &t, const Watch<typename Table::Address> &watch)
{
    std::set<const BindingRecordOf<typename Table::Address> *> there;
    t.for_each(0, [&](typename Table::Record &r) { there.insert(&r); });
    return watch.right && there == watch.there;
}

// A key that may be a flow's from either side.
template <class Table> bool finds_either(Table &t, const Model<typename Table::Address> &model, const typename Table::Key &key, uint32_t now)
{
    typename Table::Probe probe = t.probe(key);
    t.peek(probe);
    Direction d;
    const typename Table::Record *r = t.find_either(probe, key, d, now);
    const int forward = model.find(key, Direction::forward);
    const int i = forward >= 0 ? forward : model.find(key, Direction::reverse);
    if (!r || i < 0)
        return !r && i < 0;
    const FlowBindingOf<typename Table::Address> &b = model.rows[size_t(i)].b;
    return (d == Direction::forward) == (forward >= 0) && r->key() == b.key() && r->reply_key() == b.reply_key();
}

template <class Table> std::multiset<std::string> text(Table &t, uint32_t now)
{
    std::multiset<std::string> all;
    t.for_each(now, [&](typename Table::Record &r) { all.insert(Model<typename Table::Address>::line(r.binding(), r.deadline.load() - now)); });
    return all;
}

static int failed(long step, const char *what)
{
    printf("step %ld: %s\n", step, what);
    return 1;
}

template <class A> int run(uint32_t seed, long steps)
{
    typedef RecordTable<BindingRecordOf<A>> Table;
    std::mt19937 random(seed);
    auto below = [&](uint32_t n) { return uint32_t(random() % n); };
    // Sometimes crowded, sometimes far from full, sometimes many flows and several segments.
    const uint32_t clients = 1 + below(300), capacity = 1 + below(below(2) ? 60000 : 200), ports = 1 + below(40);
    uint32_t now = below(3) * 1000000;
    Table table(capacity);
    Model<A> model(capacity);
    Watch<A> watch;
    table.set_watch(&watch);
    auto key = [&] {
        FlowKeyOf<A> k;
        k.proto = below(2) ? proto_tcp : proto_udp;
        k.tuple = FlowTupleOf<A>{spread<A>(0x0a010001 + below(clients)), spread<A>(0x0a010064 + below(2)),
                                 htons(uint16_t(1 + below(ports))), htons(80)};
        // Some flows begin with the tuple that is another's reply.
        if (below(8) == 0)
            k.tuple = FlowTupleOf<A>{spread<A>(0x0a020001 + below(3)), k.tuple.saddr, htons(80), k.tuple.sport};
        return k;
    };
    for (long step = 0; step < steps; ++step) {
        if (below(20) == 0)
            now += below(50) ? below(4) : below(20000);
        model.tick(now);
        if (below(3) == 0)
            table.expire(now, below(50));
        const FlowKeyOf<A> k = key();
        const uint32_t what = below(100);
        if (what < 50) {
            FlowBindingOf<A> b;
            memset(&b, 0, sizeof(b));
            b.seq = below(2000) + uint64_t(step / 100);
            b.proto = k.proto;
            b.orig = k.tuple;
            b.xlat = FlowTupleOf<A>{k.tuple.saddr, spread<A>(0x0a020001 + below(3)), k.tuple.sport, htons(80)};
            b.lifetime_s = below(10) ? below(300) : below(9000);
            const typename Table::Put put = table.put(b, uint16_t(below(9)), now);
            if (put.outcome != model.put(b, now))
                return failed(step, "put");
            if ((put.outcome == Outcome::applied) != (put.record && put.record->seq.load() == b.seq)
                && put.outcome != Outcome::unchanged)
                return failed(step, "record of put");
        } else if (what < 60) {
            const uint64_t seq = below(2000) + uint64_t(step / 100);
            if (table.remove(k, seq, now) != model.remove(k, seq))
                return failed(step, "remove");
        } else if (what < 95) {
            const Direction d = below(2) ? Direction::forward : Direction::reverse;
            FlowKeyOf<A> wanted = k;
            if (d == Direction::reverse)
                wanted.tuple = FlowTupleOf<A>{spread<A>(0x0a020001 + below(3)), k.tuple.saddr, htons(80), k.tuple.sport};
            if (!finds_either(table, model, wanted, now))
                return failed(step, "find from either side");
            typename Table::Probe probe = table.probe(wanted, d);
            table.peek(probe);
            typename Table::Record *r = table.find(probe, wanted, d, now);
            const int i = model.find(wanted, d);
            if (!r != (i < 0))
                return failed(step, "find");
            if (r && Model<A>::line(r->binding(), r->deadline.load()) != Model<A>::line(model.rows[size_t(i)].b, model.rows[size_t(i)].deadline))
                return failed(step, "what was found");
            if (r && below(2)) {
                const uint32_t lifetime = below(10) ? below(400) : below(9000);
                table.refresh(r, lifetime, now);
                model.rows[size_t(i)].deadline = now + lifetime;
            } else if (r && below(10) == 0) {
                table.erase(r);
                model.rows.erase(model.rows.begin() + i);
            }
        } else if (what < 96 && below(50) == 0) {
            table.clear();
            model.rows.clear();
        }
        if (below(500) == 0 || step == steps - 1) {
            if (text(table, now) != model.text(now))
                return failed(step, "contents");
            if (!watched(table, watch))
                return failed(step, "what the watch was told");
            table.expire(now, size_t(-1));
            uint64_t digest = 0;
            for (const typename Model<A>::Row &row : model.rows)
                digest += identity_hash(row.b);
            uint32_t place = 0;
            while (table.update_digest(place, 100)) {
            }
            if (table.size() != model.rows.size() || table.digest().count != table.size() || table.digest().sum != digest || table.collisions() != model.collisions)
                return failed(step, "size, digest or collisions");
        }
    }
    printf("%ld steps, %u bindings at the end\n", steps, table.size());
    return 0;
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? uint32_t(atol(argv[1])) : 1;
    const long steps = argc > 2 ? atol(argv[2]) : 100000;
    return argc > 3 && *argv[3] == '6' ? run<Address6>(seed, steps) : run<uint32_t>(seed, steps);
}

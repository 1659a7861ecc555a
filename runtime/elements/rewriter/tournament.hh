// SPDX-License-Identifier: Apache-2.0
#ifndef MIMI_TOURNAMENT_HH
#define MIMI_TOURNAMENT_HH
#include <cstddef>
#include <cstdint>
#include <vector>

// The smallest of many numbered keys, at any time: a tournament tree.
//
// Players 0 … n-1 have keys. Every inner node knows the winner, the player with the smaller key, of the two below it, so the
// root knows the winner of all; changing a key replays the matches on one path. Worked example with keys 5 3 9 4: the
// matches are 5-3 and 9-4, won by players 1 and 3; the final 3-4 is won by player 1. Setting player 1's key to 8 replays
// 5-8 (player 0) and 5-4 (player 3).

namespace mimi {

class Tournament {
  public:
    static constexpr int64_t never = INT64_MAX;

    size_t size() const { return _keys.size(); }
    int64_t key(uint32_t player) const { return _keys[player]; }
    // Of no players: 0, with the key `never`.
    uint32_t top() const { return _keys.empty() ? 0 : _winners[1]; }
    int64_t top_key() const { return _keys.empty() ? never : _keys[_winners[1]]; }

    // Another player, with the key `never`. The tree doubles when it is full, in one pass.
    void add()
    {
        if (_keys.size() == _leaves)
            rebuild(_leaves ? _leaves * 2 : 16);
        _keys.push_back(never);
        replay(static_cast<uint32_t>(_keys.size() - 1));
    }
    void set(uint32_t player, int64_t key)
    {
        _keys[player] = key;
        replay(player);
    }
    void lower(uint32_t player, int64_t key)
    {
        if (key < _keys[player])
            set(player, key);
    }
    void clear()
    {
        _keys.clear();
        _winners.clear();
        _leaves = 0;
    }
    size_t bytes() const { return _keys.capacity() * sizeof _keys[0] + _winners.capacity() * sizeof _winners[0]; }

  private:
    std::vector<int64_t> _keys;
    std::vector<uint32_t> _winners;  // node n's children are 2n and 2n + 1; the leaves are not stored
    size_t _leaves = 0;

    // Who comes out of a node; a leaf is its player. Players that are not there lose against everyone.
    uint32_t winner(size_t node) const { return node >= _leaves ? static_cast<uint32_t>(node - _leaves) : _winners[node]; }
    int64_t key_or_never(uint32_t player) const { return player < _keys.size() ? _keys[player] : never; }
    void play(size_t node)
    {
        const uint32_t a = winner(2 * node), b = winner(2 * node + 1);
        _winners[node] = key_or_never(b) < key_or_never(a) ? b : a;
    }
    void replay(uint32_t player)
    {
        for (size_t node = (_leaves + player) / 2; node; node /= 2)
            play(node);
    }
    void rebuild(size_t leaves)
    {
        _leaves = leaves;
        _keys.reserve(leaves);
        _winners.assign(leaves, 0);
        for (size_t node = leaves - 1; node; --node)
            play(node);
    }
};

}  // namespace mimi
#endif

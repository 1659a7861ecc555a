// SPDX-License-Identifier: Apache-2.0
#include <click/config.h>
#include <click/bitvector.hh>
#include <algorithm>
#include <bit>

// Bits past the end are 0: every change of a whole word ends here.
void Bitvector::clear_tail()
{
    if (_size == 0)
        _words.assign(1, 0);
    else if (_size & wmask)
        _words.back() &= (word_type{1} << (_size & wmask)) - 1;
}

bool Bitvector::zero() const
{
    return std::all_of(_words.begin(), _words.end(), [](word_type w) { return w == 0; });
}

void Bitvector::resize(int n)
{
    _size = n;
    _words.resize(words_for(n), 0);
    clear_tail();
}

void Bitvector::assign(int n, bool bit)
{
    _size = n;
    _words.assign(words_for(n), bit ? ~word_type{0} : 0);
    clear_tail();
}

void Bitvector::negate()
{
    for (word_type &w : _words)
        w = ~w;
    clear_tail();
}

void Bitvector::set_range(int start, int length, bool value)
{
    for (int i = start; i < start + length; ++i)
        (*this)[i] = value;
}

int Bitvector::weight() const
{
    int n = 0;
    for (word_type w : _words)
        n += std::popcount(w);
    return n;
}

int Bitvector::first() const
{
    for (size_t i = 0; i < _words.size(); ++i)
        if (_words[i])
            return static_cast<int>(i) * wbits + std::countr_zero(_words[i]);
    return -1;
}

int Bitvector::last() const
{
    for (size_t i = _words.size(); i > 0; --i)
        if (_words[i - 1])
            return static_cast<int>(i) * wbits - 1 - std::countl_zero(_words[i - 1]);
    return -1;
}

Bitvector &Bitvector::operator&=(const Bitvector &other)
{
    for (size_t i = 0; i < _words.size(); ++i)
        _words[i] &= i < other._words.size() ? other._words[i] : 0;
    return *this;
}

Bitvector &Bitvector::operator|=(const Bitvector &other)
{
    if (other._size > _size)
        resize(other._size);
    for (size_t i = 0; i < other._words.size(); ++i)
        _words[i] |= other._words[i];
    return *this;
}

Bitvector &Bitvector::operator^=(const Bitvector &other)
{
    if (other._size > _size)
        resize(other._size);
    for (size_t i = 0; i < other._words.size(); ++i)
        _words[i] ^= other._words[i];
    return *this;
}

Bitvector &Bitvector::operator-=(const Bitvector &other)
{
    for (size_t i = 0; i < _words.size() && i < other._words.size(); ++i)
        _words[i] &= ~other._words[i];
    return *this;
}

bool Bitvector::nonzero_intersection(const Bitvector &other) const
{
    for (size_t i = 0; i < _words.size() && i < other._words.size(); ++i)
        if (_words[i] & other._words[i])
            return true;
    return false;
}

void Bitvector::or_with_difference(const Bitvector &other, Bitvector &difference)
{
    difference = other - *this;
    *this |= other;
}

void Bitvector::offset_or(const Bitvector &other, int offset)
{
    if (offset + other._size > _size)
        resize(offset + other._size);
    for (int i = 0; i < other._size; ++i)
        if (other[i])
            (*this)[offset + i] = true;
}

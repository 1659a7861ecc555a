// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BITVECTOR_HH
#define CLICK_BITVECTOR_HH
#include <click/config.h>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

// A growing array of bits, and a set of small numbers. Bits past the end are kept 0.
class Bitvector {
  public:
    typedef uint64_t word_type;
    enum { wbits = 64, wmask = 63, wshift = 6 };

    // Stands for one bit.
    class Bit {
      public:
        Bit(word_type &word, int bit) : _word(word), _mask(word_type{1} << bit) {}
        operator bool() const { return _word & _mask; }
        Bit &operator=(bool x)
        {
            _word = x ? _word | _mask : _word & ~_mask;
            return *this;
        }
        Bit &operator=(const Bit &other) { return *this = static_cast<bool>(other); }
        Bit &operator&=(bool x) { return *this = *this & x; }
        Bit &operator|=(bool x) { return *this = *this | x; }
        Bit &operator^=(bool x) { return *this = static_cast<bool>(*this) != x; }
        void flip() { _word ^= _mask; }

      private:
        word_type &_word;
        word_type _mask;
    };

    Bitvector() = default;
    explicit Bitvector(int n) { resize(n); }
    explicit Bitvector(bool bit) { assign(1, bit); }
    Bitvector(int n, bool bit) { assign(n, bit); }

    int size() const { return _size; }
    bool empty() const { return _size == 0; }
    // All bits are 0.
    bool zero() const;
    typedef bool (Bitvector::*unspecified_bool_type)() const;
    operator unspecified_bool_type() const { return zero() ? nullptr : &Bitvector::zero; }

    Bit operator[](int i)
    {
        assert(i >= 0 && i < _size);
        return Bit(_words[i >> wshift], i & wmask);
    }
    bool operator[](int i) const
    {
        assert(i >= 0 && i < _size);
        return (_words[i >> wshift] >> (i & wmask)) & 1;
    }
    // Grows the vector as needed.
    Bit force_bit(int i)
    {
        if (i >= _size)
            resize(i + 1);
        return (*this)[i];
    }

    void resize(int n);
    void assign(int n, bool bit);
    Bitvector &assign(const Bitvector &other) { return *this = other; }
    void clear() { _words.assign(_words.size(), 0); }
    void negate();
    Bitvector &flip()
    {
        negate();
        return *this;
    }
    void set_range(int start, int length, bool value);
    // Number of ones, and the position of the first or last one (-1: none).
    int weight() const;
    int first() const;
    int last() const;

    Bitvector operator~() const
    {
        Bitvector result(*this);
        result.negate();
        return result;
    }
    // The operands have the same size, or the shorter one is taken to end in zeros.
    Bitvector &operator&=(const Bitvector &other);
    Bitvector &operator|=(const Bitvector &other);
    Bitvector &operator^=(const Bitvector &other);
    Bitvector &operator-=(const Bitvector &other);
    friend Bitvector operator&(Bitvector a, const Bitvector &b) { return a &= b; }
    friend Bitvector operator|(Bitvector a, const Bitvector &b) { return a |= b; }
    friend Bitvector operator^(Bitvector a, const Bitvector &b) { return a ^= b; }
    friend Bitvector operator-(Bitvector a, const Bitvector &b) { return a -= b; }
    friend bool operator==(const Bitvector &a, const Bitvector &b) { return a._size == b._size && a._words == b._words; }
    friend bool operator!=(const Bitvector &a, const Bitvector &b) { return !(a == b); }

    bool nonzero_intersection(const Bitvector &other) const;
    // *this |= other; `difference` becomes the bits that this added.
    void or_with_difference(const Bitvector &other, Bitvector &difference);
    // *this |= other << offset.
    void offset_or(const Bitvector &other, int offset);
    void swap(Bitvector &other) noexcept
    {
        _words.swap(other._words);
        std::swap(_size, other._size);
    }

    int max_word() const { return ((_size + wmask) >> wshift) - 1; }
    word_type *words() { return _words.data(); }
    const word_type *words() const { return _words.data(); }

  private:
    std::vector<word_type> _words = std::vector<word_type>(1, 0);  // one at least, so that there always is a first word
    int _size = 0;

    static size_t words_for(int n) { return n > 0 ? (static_cast<size_t>(n) + wmask) >> wshift : 1; }

    void clear_tail();
};

#endif

// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_BIGINT_HH
#define CLICK_BIGINT_HH
#include <click/config.h>
#include <click/integers.hh>
#include <click/string.hh>
#include <algorithm>
#include <string>

// Arithmetic on numbers of several limbs, lowest limb first. Limb is unsigned, Wide has twice its bits.
template <typename Limb, typename Wide>
class Bigint {
  public:
    typedef Limb limb_type;
    static constexpr int limb_bits = static_cast<int>(sizeof(Limb) * 8);

    // (x1, x0) = a * b
    static void multiply(limb_type &x1, limb_type &x0, limb_type a, limb_type b) { split(x1, x0, Wide{a} * b); }

    // (x1, x0) = (a1, a0) + (b1, b0)
    static void add(limb_type &x1, limb_type &x0, limb_type a1, limb_type a0, limb_type b1, limb_type b0)
    {
        split(x1, x0, join(a1, a0) + join(b1, b0));
    }

    // x = a * b; returns the limb that does not fit into n. x may be a.
    static limb_type multiply(limb_type *x, const limb_type *a, int n, limb_type b)
    {
        limb_type carry = 0;
        for (int i = 0; i < n; ++i)
            split(carry, x[i], Wide{a[i]} * b + carry);
        return carry;
    }
    // x += a * b; returns the limb that does not fit.
    static limb_type multiply_add(limb_type *x, const limb_type *a, int n, limb_type b)
    {
        limb_type carry = 0;
        for (int i = 0; i < n; ++i)
            split(carry, x[i], Wide{a[i]} * b + x[i] + carry);
        return carry;
    }
    // x = a + b; returns the carry.
    static limb_type add(limb_type *x, const limb_type *a, int n, limb_type b)
    {
        limb_type carry = b;
        for (int i = 0; i < n; ++i)
            split(carry, x[i], Wide{a[i]} + carry);
        return carry;
    }

    // quotient = a / b; returns the rest. quotient may be a.
    static limb_type divide(limb_type *quotient, const limb_type *a, int n, limb_type b)
    {
        limb_type rest = 0;
        for (int i = n - 1; i >= 0; --i) {
            const Wide part = join(rest, a[i]);
            quotient[i] = static_cast<limb_type>(part / b);
            rest = static_cast<limb_type>(part % b);
        }
        return rest;
    }

    // floor((B * (B - a) - 1) / a) with B = 2^limb_bits; a has its highest bit set.
    static limb_type inverse(limb_type a)
    {
        return static_cast<limb_type>((join(static_cast<limb_type>(0 - a), 0) - 1) / a);
    }

    // In decimal. Leaves 0 in x.
    static String unparse_clear(limb_type *x, int n)
    {
        std::string digits;
        while (n > 0 && !x[n - 1])
            --n;
        while (n > 0) {
            digits += static_cast<char>('0' + divide(x, x, n, 10));
            while (n > 0 && !x[n - 1])
                --n;
        }
        if (digits.empty())
            return String("0");
        std::reverse(digits.begin(), digits.end());
        return String(digits.data(), static_cast<int>(digits.size()));
    }

  private:
    static Wide join(limb_type high, limb_type low) { return Wide{high} << limb_bits | low; }
    static void split(limb_type &high, limb_type &low, Wide x)
    {
        low = static_cast<limb_type>(x);
        high = static_cast<limb_type>(x >> limb_bits);
    }
};

typedef Bigint<uint32_t, uint64_t> bigint;

#endif

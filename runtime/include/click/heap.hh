// SPDX-License-Identifier: Apache-2.0
#ifndef CLICK_HEAP_HH
#define CLICK_HEAP_HH
#include <click/config.h>
#include <cstddef>
#include <iterator>
#include <utility>

// Heaps over random-access ranges: the element that compares least is first. `place(begin, it)`, if given, is called for
// every element that got a new position, so that elements can know where they are. N is how many children a node has.

struct no_heap_place {
    template <typename I>
    void operator()(I, I) const
    {
    }
};

template <size_t N, typename I, typename C, typename P>
void heap_sift_up(I begin, I element, C compare, P place)
{
    while (element != begin) {
        I parent = begin + (element - begin - 1) / static_cast<std::ptrdiff_t>(N);
        if (!compare(*element, *parent))
            break;
        std::swap(*element, *parent);
        place(begin, element);
        element = parent;
    }
    place(begin, element);
}

template <size_t N, typename I, typename C, typename P>
void heap_sift_down(I begin, I end, I element, C compare, P place)
{
    const std::ptrdiff_t size = end - begin;
    while (true) {
        std::ptrdiff_t child = (element - begin) * static_cast<std::ptrdiff_t>(N) + 1;
        if (child >= size)
            break;
        I best = begin + child;
        for (std::ptrdiff_t i = child + 1; i < size && i < child + static_cast<std::ptrdiff_t>(N); ++i)
            if (compare(begin[i], *best))
                best = begin + i;
        if (!compare(*best, *element))
            break;
        std::swap(*element, *best);
        place(begin, element);
        element = best;
    }
    place(begin, element);
}

// Moves an element whose value has changed to where it belongs.
template <size_t N, typename I, typename C, typename P>
void change_heap(I begin, I end, I element, C compare, P place)
{
    if (element != begin && compare(*element, begin[(element - begin - 1) / static_cast<std::ptrdiff_t>(N)]))
        heap_sift_up<N>(begin, element, compare, place);
    else
        heap_sift_down<N>(begin, end, element, compare, place);
}

// The last element of the range is new.
template <size_t N, typename I, typename C, typename P>
void push_heap(I begin, I end, C compare, P place)
{
    if (begin != end)
        heap_sift_up<N>(begin, end - 1, compare, place);
}

// Moves an element to the end, from where the caller removes it; the rest is a heap again.
template <size_t N, typename I, typename C, typename P>
void remove_heap(I begin, I end, I element, C compare, P place)
{
    I last = end - 1;
    if (element != last) {
        std::swap(*element, *last);
        change_heap<N>(begin, last, element, compare, place);
    }
}

template <size_t N, typename I, typename C, typename P>
void pop_heap(I begin, I end, C compare, P place)
{
    if (begin != end)
        remove_heap<N>(begin, end, begin, compare, place);
}

template <size_t N, typename I, typename C, typename P>
void make_heap(I begin, I end, C compare, P place)
{
    for (std::ptrdiff_t i = end - begin; i > 0; --i)
        heap_sift_down<N>(begin, end, begin + (i - 1), compare, place);
}

template <size_t N, typename I, typename C>
void push_heap(I begin, I end, C compare)
{
    push_heap<N>(begin, end, compare, no_heap_place());
}
template <size_t N, typename I, typename C>
void pop_heap(I begin, I end, C compare)
{
    pop_heap<N>(begin, end, compare, no_heap_place());
}
template <size_t N, typename I, typename C>
void remove_heap(I begin, I end, I element, C compare)
{
    remove_heap<N>(begin, end, element, compare, no_heap_place());
}
template <size_t N, typename I, typename C>
void change_heap(I begin, I end, I element, C compare)
{
    change_heap<N>(begin, end, element, compare, no_heap_place());
}
template <size_t N, typename I, typename C>
void make_heap(I begin, I end, C compare)
{
    make_heap<N>(begin, end, compare, no_heap_place());
}

// Binary heaps.
template <typename I, typename C, typename P>
void push_heap(I begin, I end, C compare, P place)
{
    push_heap<2>(begin, end, compare, place);
}
template <typename I, typename C, typename P>
void pop_heap(I begin, I end, C compare, P place)
{
    pop_heap<2>(begin, end, compare, place);
}
template <typename I, typename C, typename P>
void remove_heap(I begin, I end, I element, C compare, P place)
{
    remove_heap<2>(begin, end, element, compare, place);
}
template <typename I, typename C, typename P>
void change_heap(I begin, I end, I element, C compare, P place)
{
    change_heap<2>(begin, end, element, compare, place);
}
template <typename I, typename C, typename P>
void make_heap(I begin, I end, C compare, P place)
{
    make_heap<2>(begin, end, compare, place);
}
template <typename I, typename C>
void push_heap(I begin, I end, C compare)
{
    push_heap<2>(begin, end, compare, no_heap_place());
}
template <typename I, typename C>
void pop_heap(I begin, I end, C compare)
{
    pop_heap<2>(begin, end, compare, no_heap_place());
}
template <typename I, typename C>
void remove_heap(I begin, I end, I element, C compare)
{
    remove_heap<2>(begin, end, element, compare, no_heap_place());
}
template <typename I, typename C>
void change_heap(I begin, I end, I element, C compare)
{
    change_heap<2>(begin, end, element, compare, no_heap_place());
}

#endif

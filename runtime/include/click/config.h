/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLICK_CONFIG_H
#define CLICK_CONFIG_H

/* What this runtime is and has. Included first by every source file of an element, as on every Click. */

#ifndef CLICK_USERLEVEL
# define CLICK_USERLEVEL 1
#endif
#ifndef HAVE_CONFIG_H
# define HAVE_CONFIG_H 1
#endif

/* Says to elements that must compile on other Clicks too that the extensions of this one are there: packet offloads. */
#define MIMI_RUNTIME 1

#define HAVE_BATCH 1
#define HAVE_MULTITHREAD 1
#define HAVE_USER_MULTITHREAD 1
#define HAVE_INT64_TYPES 1
#define HAVE_LONG_LONG 1
#define HAVE_FLOAT_TYPES 1
#define HAVE_INDIFFERENT_ALIGNMENT 1
#define HAVE_NANOTIMESTAMP_ENABLED 1
#define TIMESTAMP_NANOSEC 1
#define HAVE_CLICK_PACKET_POOL 1
#define HAVE_PTHREAD_H 1
#define HAVE_ALLOW_POLL 1
#define HAVE_ADDRESSABLE_VA_LIST 1
#define HAVE_CXX_TEMPLATE_ALIAS 1
#define HAVE_CXX_RVALUE_REFERENCES 1
#define HAVE_CXX_STATIC_ASSERT 1
#define HAVE_CXX_CONSTEXPR 1

#define CLICK_PACKAGE_NAME "mimi"
#define CLICK_VERSION "0.1"

#ifdef __cplusplus
# define CLICK_DECLS
# define CLICK_ENDDECLS
# define CLICK_USING_DECLS
# define CLICK_CXX_PROTECT
# define CLICK_CXX_UNPROTECT
#endif

#define CLICK_LITTLE_ENDIAN 1234
#define CLICK_BIG_ENDIAN 4321
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
# define CLICK_BYTE_ORDER CLICK_BIG_ENDIAN
#else
# define CLICK_BYTE_ORDER CLICK_LITTLE_ENDIAN
#endif

#define SIZEOF_SHORT __SIZEOF_SHORT__
#define SIZEOF_INT __SIZEOF_INT__
#define SIZEOF_LONG __SIZEOF_LONG__
#define SIZEOF_LONG_LONG __SIZEOF_LONG_LONG__
#define SIZEOF_VOID_P __SIZEOF_POINTER__

#define CLICK_WARN_UNUSED_RESULT __attribute__((warn_unused_result))
#define CLICK_COLD __attribute__((cold))
#define CLICK_DEPRECATED __attribute__((deprecated))
#define CLICK_NORETURN __attribute__((noreturn))
#define CLICK_ALWAYS_INLINE inline __attribute__((always_inline))
#define CLICK_SIZE_PACKED_ATTRIBUTE __attribute__((packed))
#define CLICK_PACKED_STRUCTURE(open, close) open close __attribute__((packed))
#define CLICK_CACHE_LINE_SIZE 64
#define CLICK_CACHE_ALIGN __attribute__((aligned(64)))

/* Read by the source scanner, nothing to the compiler. */
#define EXPORT_ELEMENT(x)
#define ELEMENT_REQUIRES(x)
#define ELEMENT_PROVIDES(x)
#define ELEMENT_HEADER(x)
#define ELEMENT_LIBS(x)
#define ELEMENT_MT_SAFE(x)

#ifndef likely
# define likely(x) __builtin_expect(!!(x), 1)
# define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#endif

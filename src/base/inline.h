/* Hints to the compiler about what each packet takes. */
#ifndef ICMPSCOPE_BASE_INLINE_H
#define ICMPSCOPE_BASE_INLINE_H

/* In place of `static inline`: made part of all that call it, each with what it knows of its
 * arguments, where a compiler would find it too large for that. */
#if defined __GNUC__ || defined __clang__
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif

#endif

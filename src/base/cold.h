/* Hints to the compiler about what is hardly ever called. */
#ifndef ICMPSCOPE_BASE_COLD_H
#define ICMPSCOPE_BASE_COLD_H

/* Before a function: it is not made part of those that call it, whose registers it would take. */
#if defined __GNUC__ || defined __clang__
#define COLD __attribute__((cold, noinline))
#else
#define COLD
#endif

#endif

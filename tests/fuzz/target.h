/* What a fuzz target is to its driver, libFuzzer or replay.c. */
#ifndef ICMPSCOPE_FUZZ_TARGET_H
#define ICMPSCOPE_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Runs the target on one input. Returns 0; what is wrong aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

/* Where paths are while they are followed, and once they are over; for the tracker of path.c. */
#ifndef ICMPSCOPE_TRACK_PATH_STORE_H
#define ICMPSCOPE_TRACK_PATH_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "track/path.h"
#include "track/trace.h"

/* Of struct tracker. */
void paths_init(void *self, const struct track *track);
void paths_fini(void *self);
size_t paths_limit(void *self, double part);
void paths_tick(void *self, int64_t now_ns);
void paths_make_room(void *self, int64_t now_ns);
void paths_finish(void *self, int64_t now_ns);
uint64_t paths_lost(const void *self);

/* The trace that is under way, or NULL; one that is over is told first. It is good until another
 * is opened. */
struct trace *paths_get(struct paths *paths, const struct trace_key *key, int64_t now_ns);

/* The same; begun, with what its suspect knows, where there is none. NULL when memory runs out. */
struct trace *paths_open(struct paths *paths, const struct trace_key *key, int64_t now_ns);

/* A packet with a low TTL, of which there is no trace. Returns whether all of its key have one TTL
 * so far: then it is kept as a suspect. */
bool paths_suspect(struct paths *paths, const struct trace_key *key, const struct probe *probe);

/* An error to `to` that may be about a probe, but cannot be tied to one. */
void paths_unplaced(struct paths *paths, const struct addr *to, int64_t now_ns);

#endif

/* Where something was seen: how often, when, and in which frames, of which the first ones and the
 * last one are kept. */
#ifndef ICMPSCOPE_TRACK_SIGHTINGS_H
#define ICMPSCOPE_TRACK_SIGHTINGS_H

#include <stdint.h>

#include "decode/packet.h"

enum { SIGHTINGS_FRAMES = 16 };

struct sighting {
    uint64_t frame : 48; /* 1-based, within its capture */
    uint64_t capture : 16;
};

/* Zero at first. */
struct sightings {
    uint64_t count;
    int64_t first_ns, last_ns;
    uint64_t highest; /* of the numbers of all frames that came: what is above it is a new one */
    uint8_t frame_count;
    struct sighting frames[SIGHTINGS_FRAMES]; /* the last place is for the newest */
};

/* A frame that shows it, and that counts. */
void sightings_add(struct sightings *sightings, const struct packet *packet);

/* The same of a frame of which no more is known than where and when it was. */
void sightings_add_frame(struct sightings *sightings, struct sighting frame, int64_t time_ns);

/* A frame that goes with one that counts: it is kept, and counts not. */
void sightings_add_witness(struct sightings *sightings, struct sighting frame);

/* All of `more`, too. */
void sightings_merge(struct sightings *sightings, const struct sightings *more);

/* Puts the frames in order: what was seen in several flows comes when these end. */
void sightings_sort(struct sightings *sightings);

#endif

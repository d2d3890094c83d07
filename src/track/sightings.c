#include "track/sightings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static uint64_t frame_number(struct sighting frame)
{
    return (uint64_t)frame.capture << 48 | frame.frame;
}

/* Frames mostly come in order: what is known is searched for only where one does not. */
static bool is_known(const struct sightings *sightings, struct sighting frame)
{
    if (frame_number(frame) > sightings->highest)
        return false;
    for (size_t i = sightings->frame_count; i > 0; i--)
        if (frame_number(sightings->frames[i - 1]) == frame_number(frame))
            return true;
    return false;
}

/* Frames that are known are not kept twice. */
void sightings_add_witness(struct sightings *sightings, struct sighting frame)
{
    if (frame.frame == 0 || is_known(sightings, frame))
        return;
    if (frame_number(frame) > sightings->highest)
        sightings->highest = frame_number(frame);
    if (sightings->frame_count < SIGHTINGS_FRAMES)
        sightings->frame_count++;
    sightings->frames[sightings->frame_count - 1] = frame;
}

void sightings_add_frame(struct sightings *sightings, struct sighting frame, int64_t time_ns)
{
    if (sightings->count == 0 || time_ns < sightings->first_ns)
        sightings->first_ns = time_ns;
    if (sightings->count == 0 || time_ns > sightings->last_ns)
        sightings->last_ns = time_ns;
    sightings->count++;
    sightings_add_witness(sightings, frame);
}

void sightings_add(struct sightings *sightings, const struct packet *packet)
{
    const struct sighting frame = {packet->frame, packet->capture};
    sightings_add_frame(sightings, frame, packet->time_ns);
}

void sightings_merge(struct sightings *sightings, const struct sightings *more)
{
    if (more->count > 0 && (sightings->count == 0 || more->first_ns < sightings->first_ns))
        sightings->first_ns = more->first_ns;
    if (more->count > 0 && (sightings->count == 0 || more->last_ns > sightings->last_ns))
        sightings->last_ns = more->last_ns;
    sightings->count += more->count;
    for (size_t i = 0; i < more->frame_count; i++)
        sightings_add_witness(sightings, more->frames[i]);
}

static int frame_compare(const void *left, const void *right)
{
    const struct sighting *a = left, *b = right;
    if (a->capture != b->capture)
        return a->capture < b->capture ? -1 : 1;
    return (a->frame > b->frame) - (a->frame < b->frame);
}

void sightings_sort(struct sightings *sightings)
{
    qsort(sightings->frames, sightings->frame_count, sizeof *sightings->frames, frame_compare);
}

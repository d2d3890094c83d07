/* What the records of stories have in common. */
#ifndef ICMPSCOPE_TRACK_STORY_H
#define ICMPSCOPE_TRACK_STORY_H

#include <stdint.h>

#include "base/addr.h"

/* The first member of the struct of each of these records: the field table finds it there. */
struct story {
    uint32_t has;         /* which members of the struct that it begins apply */
    uint8_t family;       /* of all its addresses */
    struct addr src, dst; /* who asked, sent or did it; and who was asked, addressed or hit */
};

enum { STORY_HAS_SRC = 1u << 31, STORY_HAS_DST = 1u << 30 }; /* of story.has */

#endif

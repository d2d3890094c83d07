/* Rows that the records of stories share (track/story.h). */
#ifndef ICMPSCOPE_REPORT_FIELD_STORY_H
#define ICMPSCOPE_REPORT_FIELD_STORY_H

#include "report/field.h"
#include "track/story.h"

#define FIELD_STORY_SRC(text)                                                                      \
    {                                                                                              \
        FIELD_KEY("src_ip"), .part = PART_STORY, FIELD_MEMBER(struct story, src),                  \
                             .has = STORY_HAS_SRC, .doc = text                                     \
    }

#define FIELD_STORY_DST(text)                                                                      \
    {                                                                                              \
        FIELD_KEY("dest_ip"), .part = PART_STORY, FIELD_MEMBER(struct story, dst),                 \
                              .has = STORY_HAS_DST, .doc = text                                    \
    }

#endif

/* Room among redirects, in a run that goes on for months. */
#ifndef ICMPSCOPE_TRACK_REDIRECT_ROOM_H
#define ICMPSCOPE_TRACK_REDIRECT_ROOM_H

#include "track/redirect.h"

/* The half that was not seen for longest leaves; what its hosts were told last is forgotten. */
void redirects_leave(struct redirects *redirects);

#endif

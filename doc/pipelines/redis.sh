#!/bin/sh
# usage: icmpscope -J -l … | redis.sh [STREAM]      Redis: each record an entry of a stream
#
# Tried with Redis 7.0. The fields are the event's type and the record; the stream is kept to about a
# million entries. Readers use XREAD, or XREADGROUP where each record is for one of them.
stream=${1:-icmpscope}
jq --unbuffered -r --arg stream "$stream" '
    def quoted: tojson;
    "XADD \($stream | quoted) MAXLEN ~ 1000000 * event \(.event_type) record \(tojson | quoted)"' |
    redis-cli ${REDIS_URL:+-u "$REDIS_URL"}

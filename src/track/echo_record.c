/* The records of echoes. */
#include "track/echo_parts.h"

const char *const echo_status_names[ECHO_STATUSES] = {
    [ECHO_ANSWERED] = "answered",        [ECHO_LOST] = "lost",
    [ECHO_AT_END] = "unanswered_at_end", [ECHO_DUPLICATE] = "duplicate",
    [ECHO_UNSOLICITED] = "unsolicited",
};

static void echo_put_request(struct echo *echo, const struct echo_wait *wait)
{
    echo->story.has |= ECHO_HAS_REQUEST;
    echo->request_frame = wait->request.frame.frame;
    if (!wait->failed)
        return;
    echo->story.has |= ECHO_HAS_ERROR;
    echo->error = wait->error;
}

static void echo_put_reply(struct echo *echo, const struct echo_wait *wait,
                           const struct echo_arrival *arrival)
{
    const struct echo_message *reply = arrival->message;
    echo->story.has |= ECHO_HAS_REPLY;
    echo->reply_frame = reply->frame.frame;
    echo->reply_ttl = reply->ttl;
    if (wait == NULL)
        return;
    int64_t rtt_ns = time_between(wait->request.time_ns, reply->time_ns);
    enum echo_equal equal = echo_message_compare(&wait->request, reply);
    if (rtt_ns >= 0)
        echo->story.has |= ECHO_HAS_RTT;
    echo->rtt_ns = rtt_ns;
    if (equal != ECHO_EQUAL_UNKNOWN)
        echo->story.has |= ECHO_HAS_EQUAL;
    echo->payload_equal = equal == ECHO_EQUAL;
    if (!addr_equal(&arrival->key->asked, &wait->asked))
        echo->story.has |= ECHO_HAS_REPLIER;
    echo->replier = arrival->key->asked;
    if (wait->outcome != ECHO_OUTCOME_OPEN && wait->outcome != ECHO_OUTCOME_FORGOTTEN)
        echo->story.has |= ECHO_HAS_LATE;
    echo->late = true;
}

static void echo_put_payload(struct echo *echo, const struct echo_message *message)
{
    echo->payload_length = message->length;
    if (echo_program_names[message->program] != NULL)
        echo->story.has |= ECHO_HAS_PROGRAM;
    echo->program = message->program;
    if (!message->has_sent)
        return;
    echo->story.has |= ECHO_HAS_SENT_AT;
    echo->sent_ns = message->sent_ns;
    echo->payload_age_ns = time_between(message->sent_ns, message->time_ns);
}

/* `wait` is NULL where no request is known, `arrival` where there is no reply. */
void echoes_emit(const struct echoes *echoes, enum echo_status status, const struct echo_key *key,
                 const struct echo_wait *wait, const struct echo_arrival *arrival)
{
    const struct track *track = echoes->track;
    const struct echo_message *at = arrival != NULL ? arrival->message : &wait->request;
    struct echo echo = {.id = key->id, .seq = key->seq, .status = (uint8_t)status};
    echo.story = (struct story){.has = STORY_HAS_SRC | STORY_HAS_DST,
                                .family = (uint8_t)key->family,
                                .src = key->asker,
                                .dst = wait != NULL ? wait->asked : key->asked};
    if (wait != NULL)
        echo_put_request(&echo, wait);
    if (arrival != NULL)
        echo_put_reply(&echo, wait, arrival);
    echo_put_payload(&echo, wait != NULL ? &wait->request : arrival->message);
    track->emit(track->context, &(struct event){.type = EVENT_ECHO,
                                                .capture = (uint16_t)at->frame.capture,
                                                .frame = at->frame.frame,
                                                .time_ns = at->time_ns,
                                                .packet = arrival != NULL ? arrival->packet : NULL,
                                                .story = &echo.story});
}

#include "track/stall.h"

#include "decode/packet.h"

static bool is_later(uint32_t seq, uint32_t than)
{
    return (int32_t)(seq - than) > 0;
}

static void take_longest(uint32_t *longest, uint32_t length)
{
    if (length > *longest)
        *longest = length;
}

/* What a host hands to its network card may be cut up there. */
static uint32_t on_wire(const struct stall *stall, uint32_t length)
{
    return stall->limit != 0 && length > stall->limit ? stall->limit : length;
}

void stall_bound(struct stall *stall, uint32_t length)
{
    if (stall->limit == 0 || length < stall->limit)
        stall->limit = length;
}

/* ---- what was sent again --------------------------------------------------------------------- */

static void level_add(struct stall *stall, uint32_t length)
{
    for (size_t i = 0; i < stall->level_count; i++) {
        if (stall->levels[i].length != length)
            continue;
        stall->levels[i].tries++;
        return;
    }
    if (stall->level_count < STALL_LEVELS)
        stall->level_count++;
    stall->levels[stall->level_count - 1] = (struct stall_level){length, 1};
}

bool stall_try(struct stall *stall, const struct stall_segment *segment)
{
    if (stall->tries > 0 && time_between(stall->last_ns, segment->time_ns) < STALL_APART_NS)
        return false;
    if (stall->tries == 0)
        stall->first_ns = segment->time_ns;
    stall->tries++;
    stall->last_ns = segment->time_ns;
    stall->current = segment->length;
    level_add(stall, segment->length);
    sightings_add_frame(&stall->seen, segment->frame, segment->time_ns);
    return true;
}

/* The shortest length above `than` that was tried `least` times or more; 0: none. */
static uint32_t level_shortest(const struct stall *stall, uint32_t than, uint32_t least)
{
    uint32_t shortest = 0;
    for (size_t i = 0; i < stall->level_count; i++) {
        uint32_t length = on_wire(stall, stall->levels[i].length);
        if (length > than && stall->levels[i].tries >= least &&
            (shortest == 0 || length < shortest))
            shortest = length;
    }
    return shortest;
}

static uint32_t tries_above(const struct stall *stall, uint32_t length)
{
    uint32_t tries = 0;
    for (size_t i = 0; i < stall->level_count; i++)
        if (on_wire(stall, stall->levels[i].length) > length)
            tries += stall->levels[i].tries;
    return tries;
}

/* ---- what became of it ----------------------------------------------------------------------- */

static void stall_begin(struct stall *stall, uint32_t una)
{
    *stall = (struct stall){.una = una,
                            .limit = stall->limit,
                            .before = stall->before,
                            .window = stall->window,
                            .closed = stall->closed};
}

/* A sender that comes down and gets through has shown that it was for the size. */
static bool is_proof(const struct stall *stall)
{
    return tries_above(stall, on_wire(stall, stall->current)) >= STALL_PROBED;
}

/* Proven once, it may still turn out to have been something else: large ones pass again. */
static void proof_hold(struct stall *stall, uint32_t ack)
{
    if (!stall->big || is_later(stall->big_end, ack))
        return;
    stall->proven = false;
    stall_begin(stall, ack);
}

void stall_acked(struct stall *stall, uint32_t ack)
{
    if (!is_later(ack, stall->una))
        return;
    if (stall->proven) {
        stall->una = ack;
        proof_hold(stall, ack);
        return;
    }
    uint32_t current = on_wire(stall, stall->current);
    take_longest(&stall->before, current);
    if (!is_proof(stall)) {
        stall_begin(stall, ack);
        return;
    }
    stall->proven = true;
    stall->passed = current;
    stall->refused = level_shortest(stall, current, 1);
    stall->una = ack;
}

void stall_sacked(struct stall *stall, struct stall_block block, struct sighting frame)
{
    if (stall->proven)
        return;
    for (size_t i = 0; i < stall->block_count; i++) {
        struct stall_block *known = &stall->blocks[i];
        if (is_later(block.left, known->right) || is_later(known->left, block.right))
            continue;
        if (is_later(known->left, block.left))
            known->left = block.left;
        if (is_later(block.right, known->right))
            known->right = block.right;
        return;
    }
    if (stall->block_count == STALL_BLOCKS) {
        stall->blocks_lost = true;
        return;
    }
    stall->blocks[stall->block_count++] = block;
    sightings_add_witness(&stall->seen, frame);
}

/* How many bytes of a segment the peer has. */
static uint32_t bytes_received(const struct stall *stall, const struct stall_segment *segment)
{
    uint32_t received = 0;
    for (size_t i = 0; i < stall->block_count; i++) {
        uint32_t left = stall->blocks[i].left, right = stall->blocks[i].right;
        uint32_t from = is_later(left, segment->seq) ? left : segment->seq;
        uint32_t end = segment->seq + segment->payload;
        uint32_t to = is_later(end, right) ? right : end;
        if (is_later(to, from))
            received += to - from;
    }
    return received < segment->payload ? received : segment->payload;
}

/* Data behind the gap. */
static void behind_add(struct stall *stall, const struct stall_segment *segment)
{
    uint32_t received = bytes_received(stall, segment);
    uint32_t header = segment->length - segment->payload;
    if (received > 0)
        take_longest(&stall->passed, on_wire(stall, header + received));
    if (segment->length >= stall->current)
        return;
    stall->smalls++;
    stall->in_vain += received == 0;
    if (stall->small == 0 || segment->length < stall->small)
        stall->small = segment->length;
}

static bool is_bare(const struct stall_segment *segment)
{
    return segment->payload == 0 && (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
}

/* ---- before ---------------------------------------------------------------------------------- */

void stall_recall_sent(struct stall *stall, const struct stall_segment *segment)
{
    uint32_t end = segment->seq + segment->payload + ((segment->flags & TCP_SYN) != 0);
    if (!is_later(end, stall->una)) {
        take_longest(&stall->before, on_wire(stall, segment->length));
        return;
    }
    if (segment->payload == 0 || is_later(stall->una, segment->seq))
        return;
    if (segment->seq != stall->una)
        behind_add(stall, segment);
    else if (time_between(segment->time_ns, stall->first_ns) > 0) {
        stall->first_ns = segment->time_ns;
        sightings_add_witness(&stall->seen, segment->frame);
    }
}

void stall_recall_heard(struct stall *stall, const struct stall_segment *segment)
{
    if ((segment->flags & TCP_RST) != 0)
        return;
    if (stall->window == 0 && !stall->closed) { /* the newest */
        stall->window = segment->window;
        stall->closed = segment->window == 0;
    }
    if (segment->ack != stall->una)
        return;
    stall->dups += stall->first_is_dup;
    stall->first_is_dup = time_between(stall->first_ns, segment->time_ns) > 0 && is_bare(segment);
}

/* ---- meanwhile ------------------------------------------------------------------------------- */

static void proof_sent(struct stall *stall, const struct stall_segment *segment)
{
    if (segment->again && stall->big && is_later(stall->big_end, segment->seq))
        stall->big = false; /* it may be what passes in its place */
    else if (!segment->again && !stall->big && on_wire(stall, segment->length) >= stall->refused) {
        stall->big = true;
        stall->big_end = segment->seq + segment->payload;
    }
}

void stall_sent(struct stall *stall, const struct stall_segment *segment)
{
    if (stall->proven)
        proof_sent(stall, segment);
    else if (segment->payload > 0 && is_later(segment->seq, stall->una))
        behind_add(stall, segment);
    else if (is_bare(segment) && stall->heard_ns != 0)
        take_longest(&stall->heard_length, segment->length);
}

/* Data of the peer that go on, and are not sent again, have been acknowledged by what is small. */
static void data_heard(struct stall *stall, const struct stall_segment *segment)
{
    if (segment->again || stall->heard_ns == 0) {
        stall->heard_ns = segment->again ? 0 : segment->time_ns;
        stall->heard_length = 0;
        return;
    }
    if (time_between(stall->heard_ns, segment->time_ns) < STALL_LASTS_NS ||
        stall->heard_length == 0)
        return;
    take_longest(&stall->passed, stall->heard_length);
    sightings_add_witness(&stall->seen, segment->frame);
    stall->heard_ns = 0;
}

void stall_heard(struct stall *stall, const struct stall_segment *segment)
{
    if ((segment->flags & TCP_RST) != 0)
        return;
    stall_acked(stall, segment->ack);
    if (stall->proven)
        return;
    bool same = segment->window == stall->window;
    stall->window = segment->window;
    stall->closed = segment->window == 0;
    if (segment->payload > 0)
        data_heard(stall, segment);
    else if (is_bare(segment) && same && segment->ack == stall->una &&
             stall->smalls > stall->dups) {
        stall->dups++;
        sightings_add_witness(&stall->seen, segment->frame);
    }
}

/* ---- the verdict ----------------------------------------------------------------------------- */

/* What passed since the first try. Each ACK that says the same again answers a packet that came:
 * where there are no more of them than of small ones, it was those. */
static uint32_t passed_since(const struct stall *stall)
{
    bool answered = stall->block_count == 0 && stall->dups > 0 && stall->dups <= stall->smalls;
    if (stall->blocks_lost || (stall->block_count > 0 && stall->passed == 0))
        return UINT32_MAX;
    return answered && stall->small > stall->passed ? stall->small : stall->passed;
}

static bool is_stalled(const struct stall *stall)
{
    bool known = stall->limit != 0 || level_shortest(stall, STALL_USUAL, 1) == 0;
    return stall->tries >= STALL_TRIES && known && !stall->closed &&
           time_between(stall->first_ns, stall->last_ns) >= STALL_LASTS_NS;
}

bool stall_judge(const struct stall *stall, uint32_t least, uint32_t elsewhere,
                 struct stall_found *found)
{
    *found = (struct stall_found){stall->refused, stall->passed};
    if (stall->proven)
        return stall->refused >= least;
    if (!is_stalled(stall))
        return false;
    uint32_t shortest = level_shortest(stall, 0, 1);
    found->refused = level_shortest(stall, 0, 2);
    found->passed = passed_since(stall);
    if (found->passed == 0 && stall->in_vain == 0 && stall->before < found->refused)
        found->passed = elsewhere;
    if (found->refused < least || found->passed == 0 || found->passed >= shortest)
        return false;
    if (stall->before > found->passed && stall->before < shortest)
        found->passed = stall->before;
    return true;
}

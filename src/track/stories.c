#include "track/stories.h"

#include <stddef.h>

#include "base/rank.h"
#include "track/event.h"

/* In the order in which they are told. */
static const struct row {
    const struct tracker *tracker;
    size_t offset; /* of its struct in struct stories */
} rows[STORIES] = {
    {&tracker_echo, offsetof(struct stories, echoes)},
    {&tracker_clock, offsetof(struct stories, clocks)},
    {&tracker_query, offsetof(struct stories, queries)},
    {&tracker_pmtu, offsetof(struct stories, pmtus)},
    {&tracker_black_hole, offsetof(struct stories, black_holes)},
    {&tracker_kept_sending, offsetof(struct stories, kept_sendings)},
    {&tracker_path, offsetof(struct stories, paths)},
    {&tracker_redirect, offsetof(struct stories, redirects)},
    {&tracker_router, offsetof(struct stories, routers)},
    {&tracker_nd_fault, offsetof(struct stories, nd_faults)},
    {&tracker_address_conflict, offsetof(struct stories, address_conflicts)},
    {&tracker_rate, offsetof(struct stories, rates)},
    {&tracker_scan, offsetof(struct stories, scans)},
    {&tracker_spoof, offsetof(struct stories, spoofs)},
    {&tracker_fragment_fault, offsetof(struct stories, fragment_faults)},
    {&tracker_message_fault, offsetof(struct stories, message_faults)},
    {&tracker_hard_error, offsetof(struct stories, hard_errors)},
    {&tracker_checksum_fault, offsetof(struct stories, checksum_faults)},
};

static void *row_self(struct stories *stories, size_t i)
{
    return (char *)stories + rows[i].offset;
}

static void told_init(struct story_told *told, enum message_kind kind)
{
    told->count = 0;
    for (size_t i = 0; i < STORIES; i++)
        if ((rows[i].tracker->messages >> kind & 1) != 0)
            told->rows[told->count++] = (uint8_t)i;
}

void stories_init(struct stories *stories, const struct track *track)
{
    stories->track = *track;
    stories->track.findings = &stories->findings;
    stories->track.pmtus = &stories->pmtus;
    stories->track.outlook = &stories->outlook;
    findings_init(&stories->findings, track->seed);
    hash_secret_init(&stories->secret, track->seed);
    for (size_t i = 0; i < STORIES; i++)
        rows[i].tracker->init(row_self(stories, i), &stories->track);
    for (size_t i = 0; i < MESSAGE_KINDS; i++)
        told_init(&stories->told[i], (enum message_kind)i);
}

void stories_fini(struct stories *stories)
{
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->fini != NULL)
            rows[i].tracker->fini(row_self(stories, i));
    findings_fini(&stories->findings);
}

size_t stories_limit(struct stories *stories, double part)
{
    size_t bytes = findings_limit(&stories->findings, part);
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->limit != NULL)
            bytes += rows[i].tracker->limit(row_self(stories, i), part);
    return bytes;
}

void stories_message(struct stories *stories, const struct sight *sight)
{
    const struct story_told *told = &stories->told[sight_kind(sight)];
    struct sight once = *sight;
    once.content = copies_content(&stories->secret, sight->packet);
    for (size_t i = 0; i < told->count; i++)
        rows[told->rows[i]].tracker->message(row_self(stories, told->rows[i]), &once);
}

void stories_packet(struct stories *stories, const struct sight *sight)
{
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->packet != NULL)
            rows[i].tracker->packet(row_self(stories, i), sight);
}

void stories_arp(struct stories *stories, const struct sight *sight)
{
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->arp != NULL)
            rows[i].tracker->arp(row_self(stories, i), sight);
}

void stories_fragment(struct stories *stories, const struct sight *sight)
{
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->fragment != NULL)
            rows[i].tracker->fragment(row_self(stories, i), sight);
}

void stories_tick(struct stories *stories, int64_t now_ns)
{
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->tick != NULL)
            rows[i].tracker->tick(row_self(stories, i), now_ns);
}

static void outlook_add_tcp(struct outlook *outlook, const struct flow *flow, bool both)
{
    enum { A_FEW = 4 };
    uint64_t packets = flow_packets(flow, FLOW_FORWARD) + flow_packets(flow, FLOW_BACKWARD);
    outlook->tcp_both += both;
    outlook->tcp_one_way += !both && packets >= A_FEW;
    outlook->tcp_midway += ((flow->tcp_flags[0] | flow->tcp_flags[1]) & TCP_SYN) == 0;
}

/* Of protocols in which one side answers the other. */
static void outlook_add(struct outlook *outlook, const struct flow *flow)
{
    bool both = flow_packets(flow, FLOW_FORWARD) > 0 && flow_packets(flow, FLOW_BACKWARD) > 0;
    if (flow->key.proto != PROTO_TCP && flow->key.proto != PROTO_UDP &&
        flow->key.proto != PROTO_SCTP)
        return;
    outlook->both_ways += both;
    outlook->one_way += !both;
    if (flow->key.proto == PROTO_TCP)
        outlook_add_tcp(outlook, flow, both);
}

void stories_flow_closed(struct stories *stories, const struct flow *flow, const struct hit *hit)
{
    outlook_add(&stories->outlook, flow);
    spoofs_flow_closed(&stories->spoofs, flow);
    if (hit == NULL && !flow->watched)
        return;
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->flow_closed != NULL)
            rows[i].tracker->flow_closed(row_self(stories, i), flow, hit);
}

void stories_flow_alive(struct stories *stories, const struct flow *flow)
{
    outlook_add(&stories->walked, flow);
    spoofs_flow_alive(&stories->spoofs, flow);
}

void stories_walked(struct stories *stories)
{
    stories->alive = stories->walked;
    stories->walked = (struct outlook){0};
    spoofs_walked(&stories->spoofs);
}

void stories_make_room(struct stories *stories, int64_t now_ns)
{
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->make_room != NULL)
            rows[i].tracker->make_room(row_self(stories, i), now_ns);
}

static void finding_tell(const struct track *track, const struct finding *finding)
{
    const struct sighting *first = &finding->seen.frames[0];
    track->emit(track->context, &(struct event){.type = EVENT_FINDING,
                                                .capture = (uint16_t)first->capture,
                                                .time_ns = finding->seen.last_ns,
                                                .story = &finding->story});
}

/* Those of `so_far` that are not what was told before. */
static int stories_tell_findings(struct stories *stories, struct findings *so_far)
{
    struct ranking ranking;
    findings_settle(so_far);
    if (ranking_init(&ranking, &so_far->map, finding_weight) != 0)
        return -1;
    for (size_t i = 0; i < ranking.count; i++) {
        const uint32_t position = ranking.list[i].position;
        const struct finding *finding = map_value_at(&so_far->map, position);
        if (findings_is_news(&stories->findings, map_key_at(&so_far->map, position), finding))
            finding_tell(&stories->track, finding);
    }
    ranking_fini(&ranking);
    findings_told_all(&stories->findings);
    return 0;
}

static struct outlook outlook_sum(const struct outlook *a, const struct outlook *b)
{
    return (struct outlook){.both_ways = a->both_ways + b->both_ways,
                            .one_way = a->one_way + b->one_way,
                            .tcp_both = a->tcp_both + b->tcp_both,
                            .tcp_one_way = a->tcp_one_way + b->tcp_one_way,
                            .tcp_midway = a->tcp_midway + b->tcp_midway};
}

int stories_review(struct stories *stories, int64_t now_ns)
{
    const struct outlook outlook = outlook_sum(&stories->outlook, &stories->alive);
    struct track *track = &stories->track;
    struct findings so_far;
    if (findings_copy(&so_far, &stories->findings) != 0)
        return -1;
    track->findings = &so_far;
    track->outlook = &outlook;
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->review != NULL)
            rows[i].tracker->review(row_self(stories, i), now_ns);
    int result = stories_tell_findings(stories, &so_far);
    track->findings = &stories->findings;
    track->outlook = &stories->outlook;
    findings_reviewed(&stories->findings, &so_far);
    findings_fini(&so_far);
    findings_make_room(&stories->findings, now_ns);
    return result;
}

int stories_finish(struct stories *stories, int64_t now_ns)
{
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->finish != NULL)
            rows[i].tracker->finish(row_self(stories, i), now_ns);
    return stories_tell_findings(stories, &stories->findings);
}

uint64_t stories_lost(const struct stories *stories)
{
    uint64_t lost = findings_refused(&stories->findings);
    for (size_t i = 0; i < STORIES; i++)
        if (rows[i].tracker->lost != NULL)
            lost += rows[i].tracker->lost((const char *)stories + rows[i].offset);
    return lost;
}

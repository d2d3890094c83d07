/* Packets that come, are wanted and judged, as the engine hands them on, and the evidence capture
 * that is made of them. */
#ifndef ICMPSCOPE_TESTS_EVIDENCE_LAB_H
#define ICMPSCOPE_TESTS_EVIDENCE_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "flow/ring.h"
#include "flow/table.h"
#include "report/evidence.h"
#include "scene.h"

struct lab {
    struct scene *scene;
    struct ring ring;
    struct evidence *evidence;
    struct flow flow;
    uint64_t frame;
    uint16_t link_type;
    uint32_t size; /* of the packets that follow */
    char *out;
    size_t out_size;
    int failure; /* errno of writing */
    char complaint[ERROR_TEXT_SIZE];
};

/* Of "trace.pcap", with one flow of no packets. The caller drops it. */
struct lab *lab_make(enum icmpscope_evidence format, size_t memory);
struct evidence_config lab_config(struct lab *lab, enum icmpscope_evidence format, size_t memory);
void lab_drop(struct lab *lab);

/* A packet comes, of which `decoded` is known. Returns its position; its frame is lab->frame. */
uint32_t lab_add(struct lab *lab, const struct packet *decoded);

/* One that no error will be about. */
void lab_other(struct lab *lab);

/* One of the flow. Returns the ring's entry. */
struct ring_entry *lab_packet(struct lab *lab);

/* An error, of which `verdict` is said. Returns its frame. */
uint64_t lab_error(struct lab *lab, const struct verdict *verdict);

/* Verdicts: on the flow alone; on a packet of it, 3.1 ms before. */
struct verdict lab_about_flow(struct lab *lab);
struct verdict lab_about_packet(struct lab *lab, const struct ring_entry *entry);

/* The packet at `*at` of the pcap file, whole and as it was. Returns its frame. */
uint64_t lab_pcap_packet(const struct lab *lab, size_t *at);

/* Ends it, and holds the pcap file to these frames. */
void lab_holds(struct lab *lab, size_t count, const uint64_t *frames);

/* The same without looking. What evidence_finish() returns. */
int lab_finish(struct lab *lab);

/* Its counters, when it is ended. */
const struct health *lab_health(const struct lab *lab);

/* How often a text is in the file. */
size_t lab_count(const struct lab *lab, const char *text);

#endif

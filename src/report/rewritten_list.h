/* What was rewritten on the way of a packet, as records and documents write it. */
#ifndef ICMPSCOPE_REPORT_REWRITTEN_LIST_H
#define ICMPSCOPE_REPORT_REWRITTEN_LIST_H

#include "report/report.h"
#include "report/writer.h"

/* The array `key`, an object for each field that the event's verdict has as rewritten: field; sent
 * and quoted, of addresses sent_ip and quoted_ip, without what a side lacks; of checksums
 * consistent where it is known; first_hop and first_hop_ttl where they are. Nothing where nothing
 * is rewritten.
 */
void rewritten_list_put(struct writer *writer, const char *key, const struct event *event,
                        const struct report *report);

/* The same of one entry of report->rewritings, as members of the object that is open, with the
 * src_ip, dest_ip and proto that it is quoted with and the count of errors; varies where not all of
 * these have the values that are shown, which are those of the nearest hop. */
void rewritten_entry_put(struct writer *writer, const struct report *report,
                         const struct rewriting_key *key, const struct rewriting *rewriting);

#endif

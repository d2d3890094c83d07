/* DOUBTS: errors that no host should send, or that the traffic contradicts. */
#include <inttypes.h>

#include "report/line.h"
#include "report/text.h"

/* What one, and what several such errors did. */
static const struct doubt {
    const char *one, *many;
} doubts[ANOMALIES] = {
    [ANOMALY_OUTER_DEST_NOT_QUOTED_SOURCE] =
        {"error went to another address than its quoted packet came from: NAT, or forged",
         "errors went to other addresses than their quoted packets came from: NAT, or forged"},
    [ANOMALY_ERROR_ABOUT_ERROR] = {"error is about another error", "errors are about other errors"},
    [ANOMALY_ABOUT_MULTICAST] = {"error is about a multicast packet",
                                 "errors are about multicast packets"},
    [ANOMALY_ABOUT_LATER_FRAGMENT] = {"error is about a fragment other than the first",
                                      "errors are about fragments other than the first"},
    [ANOMALY_QUOTED_IP_LENGTH_SWAPPED] =
        {"error quotes a length with its bytes swapped, as old systems do",
         "errors quote a length with its bytes swapped, as old systems do"},
    [ANOMALY_BAD_CHECKSUM] = {"error has a bad checksum", "errors have a bad checksum"},
    [ANOMALY_SEQ_OUT_OF_WINDOW] =
        {"error quotes a TCP segment that was not in flight: forged, or much too late",
         "errors quote TCP segments that were not in flight: forged, or much too late"},
    [ANOMALY_QUOTED_TTL_ABOVE_SENT] = {"error quotes a higher TTL than the packet was sent with",
                                       "errors quote a higher TTL than the packets were sent with"},
    [ANOMALY_ERROR_AFTER_FLOW_CLOSED] = {"error came after its connection was closed",
                                         "errors came after their connections were closed"},
    [ANOMALY_FASTER_THAN_POSSIBLE] =
        {"error came faster than the host it claims to be from ever answered",
         "errors came faster than the hosts they claim to be from ever answered"},
    [ANOMALY_FLOW_EVICTED] =
        {"error is about a flow that was given up for newer ones (--max-flows)",
         "errors are about flows that were given up for newer ones (--max-flows)"},
    [ANOMALY_MTU_NOT_BELOW_LENGTH] = {"error tells an MTU that its packet would have fitted",
                                      "errors tell an MTU that their packets would have fitted"},
    [ANOMALY_MTU_BELOW_MINIMUM] = {"error tells an MTU that no link may have",
                                   "errors tell an MTU that no link may have"},
    [ANOMALY_ABOUT_PACKET_WITHOUT_DF] =
        {"error says \"fragmentation needed\" of a packet that may be fragmented",
         "errors say \"fragmentation needed\" of packets that may be fragmented"},
    [ANOMALY_QUOTED_SOURCE_NOT_HOST] = {"error is about a packet from what is no host's address",
                                        "errors are about packets from what is no host's address"},
};

static void line_add_first(struct line *line, const struct report *report,
                           const struct anomaly_count *anomaly)
{
    enum { FILE_COLUMNS = 24 };
    const char *name = report_capture_name(report, anomaly->capture);
    line_add(line, anomaly->count > 1 ? " (first: " : " (");
    if (report->inputs->count > 1 && name != NULL) {
        line_add_name(line, name, FILE_COLUMNS);
        line_add(line, LINE_TIE);
    }
    line_add(line, "frame" LINE_TIE "%" PRIu64 ")", anomaly->frame);
}

static void print_doubt(struct page *page, const struct report *report, unsigned number)
{
    const struct anomaly_count *anomaly = &report->tally->anomalies[number];
    struct line line;
    line_init(&line);
    line_add_number(&line, anomaly->count);
    line_add(&line, " %s", anomaly->count == 1 ? doubts[number].one : doubts[number].many);
    line_add_first(&line, report, anomaly);
    page_text(page, 2, line.text);
}

void text_doubts(struct page *page, const struct report *report)
{
    bool begun = false;
    for (unsigned i = 0; i < ANOMALIES; i++) {
        if (report->tally->anomalies[i].count == 0)
            continue;
        if (!begun)
            page_section(page, "DOUBTS", NULL);
        begun = true;
        print_doubt(page, report, i);
    }
}

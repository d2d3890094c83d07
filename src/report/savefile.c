#include "report/savefile.h"

#include <stddef.h>

enum { LINK_TYPE_ETHERNET = 1 };

void savefile_init(struct savefile *file, enum icmpscope_evidence format, struct out_sink sink,
                   const struct report *report)
{
    static const struct savefile_format *const formats[] = {
        [ICMPSCOPE_EVIDENCE_PCAP] = &savefile_pcap,
        [ICMPSCOPE_EVIDENCE_PCAPNG] = &savefile_pcapng,
    };
    const struct map_config config = {.key_size = sizeof(struct savefile_interface),
                                      .value_size = sizeof(uint32_t),
                                      .max = SAVEFILE_INTERFACES_MAX,
                                      .seed = {report->config->seed[0], report->config->seed[1]}};
    file->format = formats[format];
    file->report = report;
    file->begun = false;
    file->link_type = LINK_TYPE_ETHERNET;
    file->written = file->refused = 0;
    map_init(&file->interfaces, &config);
    out_init(&file->out, sink);
}

void savefile_fini(struct savefile *file)
{
    map_fini(&file->interfaces);
}

static void savefile_begin(struct savefile *file, uint16_t link_type)
{
    if (!file->begun)
        file->format->begin(file, link_type);
    file->begun = true;
}

void savefile_packet(struct savefile *file, const struct record *record, const char *comment)
{
    savefile_begin(file, record->link_type);
    if (file->format->packet(file, record, comment))
        file->written++;
    else
        file->refused++;
}

int savefile_finish(struct savefile *file)
{
    savefile_begin(file, file->link_type);
    out_flush(&file->out);
    return file->out.failure;
}

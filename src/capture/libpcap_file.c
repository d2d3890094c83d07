/* Savefiles that only libpcap's own reader knows, like the modified pcap of old Linux kernels. Rare
 * enough to be given a record at a time: libpcap lends the bytes until the next. */
#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "capture/format.h"
#include "capture/linktype.h"

enum { EMPTY_RECORDS_MOST = 1024 };

struct libpcap_file {
    pcap_t *pcap;
    uint16_t link_type;
    unsigned empty; /* all-zero records in a row */
};

/* Never by its magic: source.c tries this last. */
static bool libpcap_recognise(const uint8_t *head)
{
    (void)head;
    return false;
}

/* The file from its start again: what was read of a pipe is pushed back. */
static FILE *stream_from_start(struct block *block)
{
    int fd = dup(block->fd);
    FILE *stream = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (lseek(fd, 0, SEEK_SET) == 0)
        return stream;

    for (size_t i = block->end; i > block->position; i--)
        if (ungetc(block->buffer[i - 1], stream) == EOF) {
            fclose(stream);
            return NULL;
        }
    return stream;
}

static int libpcap_open(struct source *source, struct error *error)
{
    struct libpcap_file *file = calloc(1, sizeof *file);
    source->state = file;
    if (file == NULL)
        return error_set(error, "out of memory");
    FILE *stream = stream_from_start(&source->block);
    if (stream == NULL)
        return error_set(error, "cannot be read from its start again");

    char why[PCAP_ERRBUF_SIZE];
    file->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why);
    if (file->pcap == NULL) {
        fclose(stream);
        return error_set(error, "libpcap: %s", why);
    }
    file->link_type = linktype_from_dlt(pcap_datalink(file->pcap));
    return 0;
}

static uint64_t libpcap_offset(const struct source *source)
{
    const struct libpcap_file *file = source->state;
    off_t offset = file->pcap != NULL ? ftello(pcap_file(file->pcap)) : -1;
    return offset > 0 ? (uint64_t)offset : 0;
}

/* A read that a stop broke off is no fault of the file. */
static int fail(const struct source *source, struct error *error)
{
    const struct libpcap_file *file = source->state;
    if (wait_is_stopped(source->block.wait))
        return 0;
    return error_set(error, "damaged before byte %" PRIu64 ", at frame %" PRIu64 ": %s",
                     libpcap_offset(source), source->frame + 1, pcap_geterr(file->pcap));
}

static bool too_many_empty(struct libpcap_file *file, const struct pcap_pkthdr *header)
{
    bool empty =
        (header->caplen | header->len) == 0 && header->ts.tv_sec == 0 && header->ts.tv_usec == 0;
    file->empty = empty ? file->empty + 1 : 0;
    return file->empty >= EMPTY_RECORDS_MOST;
}

static int libpcap_read(struct source *source, struct record *records, size_t max,
                        struct error *error)
{
    struct libpcap_file *file = source->state;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    (void)max;
    int status = pcap_next_ex(file->pcap, &header, &bytes);
    if (status == PCAP_ERROR_BREAK)
        return 0;
    if (status != 1)
        return fail(source, error);
    if (too_many_empty(file, header))
        return format_damaged(libpcap_offset(source), error, "nothing but zeros");

    records[0] = (struct record){
        .time_ns = (int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec,
        .frame = ++source->frame,
        .bytes = bytes,
        .cap_length = header->caplen,
        .wire_length = header->len,
        .link_type = file->link_type,
        .capture = source->capture,
    };
    return 1;
}

static void libpcap_close(struct source *source)
{
    struct libpcap_file *file = source->state;
    if (file == NULL)
        return;
    if (file->pcap != NULL)
        pcap_close(file->pcap);
    free(file);
}

const struct format format_libpcap = {
    .recognise = libpcap_recognise,
    .open = libpcap_open,
    .read = libpcap_read,
    .offset = libpcap_offset,
    .close = libpcap_close,
};

/* The bytes are a capture file; all of the engine runs over it, and what it writes must be what
 * the format promises, whatever the capture holds. */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "icmpscope.h"
#include "target.h"

enum {
    LINE_MAX_BYTES = 8192,
    WIDTH = 100,
    PATH_SIZE = 32,
    MEMORY = 32 << 20,
    FNV_START = 2166136261u
};

struct output {
    char *bytes;
    size_t size, capacity;
};

/* Both outputs of a run: the context of its callbacks. */
struct outputs {
    struct output report, evidence;
};

static int output_add(struct output *out, const char *bytes, size_t size)
{
    if (out->size + size > out->capacity) {
        out->capacity = 2 * (out->size + size);
        out->bytes = realloc(out->bytes, out->capacity);
        if (out->bytes == NULL)
            abort();
    }
    memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
    return 0;
}

static int report_write(void *context, const char *bytes, size_t size)
{
    struct outputs *outputs = context;
    return output_add(&outputs->report, bytes, size);
}

static int evidence_write(void *context, const char *bytes, size_t size)
{
    struct outputs *outputs = context;
    return output_add(&outputs->evidence, bytes, size);
}

static void violated(const char *promise, const char *bytes, size_t size)
{
    fprintf(stderr, "%s: %.*s\n", promise, (int)size, bytes);
    abort();
}

static void check_json(const char *bytes, size_t size)
{
    json_error_t error;
    json_t *value = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(value))
        violated(error.text, bytes, size);
    json_decref(value);
}

/* Nothing that a terminal would obey. */
static void check_plain(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
            violated("a control character", bytes, size);
}

static void check_lines(const struct output *out, bool json)
{
    const char *line = out->bytes, *end = out->bytes + out->size;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL)
            violated("a line without end", line, (size_t)(end - line));
        size_t size = (size_t)(stop - line);
        check_plain(line, size);
        if (json && size >= LINE_MAX_BYTES)
            violated("too long a line", line, size);
        if (json)
            check_json(line, size);
        line = stop + 1;
    }
}

static uint32_t host_u32(const char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Records fill the file to its end, and none says more than it has. */
static void check_pcap(const struct output *out)
{
    enum { FILE_HEADER = 24, RECORD_HEADER = 16, CAPTURED = 8 };
    size_t at = FILE_HEADER;
    while (at + RECORD_HEADER <= out->size)
        at += RECORD_HEADER + (size_t)host_u32(out->bytes + at + CAPTURED);
    if (at != out->size && out->size != 0)
        violated("evidence that is no pcap", "", 0);
}

/* Each block has its length in front and behind. */
static void check_pcapng(const struct output *out)
{
    enum { BLOCK_MIN = 12, LENGTH = 4 };
    size_t at = 0;
    while (at + BLOCK_MIN <= out->size) {
        uint32_t size = host_u32(out->bytes + at + LENGTH);
        if (size < BLOCK_MIN || size % 4 != 0 || size > out->size - at ||
            host_u32(out->bytes + at + size - LENGTH) != size)
            violated("a block of evidence with a wrong length", "", 0);
        at += size;
    }
    if (at != out->size)
        violated("evidence that is no pcapng", "", 0);
}

static void complaint_check(void *context, const char *line)
{
    (void)context;
    check_plain(line, strlen(line));
}

/* Options vary with the input, but do not take bytes of it: a seed stays a capture file. */
static void config_vary(struct icmpscope_config *config, uint32_t hash)
{
    static const char *const filters[] = {NULL, NULL, NULL, "icmp or icmp6"};
    config->format = (enum icmpscope_format)(hash % 4);
    hash /= 4;
    config->all_flows = hash & 1;
    config->max_flows = hash & 2 ? 4 : 256;
    config->recent_packets = hash & 4 ? 2 : 1024;
    config->flush_lines = hash & 8;
    config->verbosity = (int)(hash >> 4 & 3) - 1 > 1 ? 0 : (int)(hash >> 4 & 3) - 1;
    config->filter = filters[hash >> 6 & 3];
    config->max_memory = (hash >> 11 & 15) != 0 ? MEMORY : 0; /* less takes less time to clear */
    config->reorder_ns = hash & 256 ? config->reorder_ns : 0;
    config->evidence = (enum icmpscope_evidence)((hash >> 9 & 3) % 3);
}

static uint32_t hash_of(const uint8_t *data, size_t size)
{
    uint32_t hash = FNV_START;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619u;
    return hash ^ hash >> 16;
}

/* One unnamed file for all inputs. Truncated last: emptied first, ext4 would write it to the disk
 * at each close. */
static int capture_put(const uint8_t *data, size_t size)
{
    static FILE *file;
    if (file == NULL)
        file = tmpfile();
    if (file == NULL || pwrite(fileno(file), data, size, 0) != (ssize_t)size ||
        ftruncate(fileno(file), (off_t)size) != 0)
        abort();
    rewind(file);
    return fileno(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "/dev/fd/%d", capture_put(data, size));
    const char *files[] = {path, path};
    struct outputs outputs = {{0}, {0}};
    const struct output *out = &outputs.report;
    struct icmpscope_config config;
    uint32_t hash = hash_of(data, size);

    icmpscope_config_init(&config);
    config_vary(&config, hash);
    config.files = files;
    config.file_count = hash >> 30 == 3 ? 2 : 1;
    config.seed[0] = hash;
    config.width = WIDTH;
    config.write = report_write;
    config.write_evidence = evidence_write;
    config.complain = complaint_check;
    config.context = &outputs;
    icmpscope_run(&config);

    if (out->size > 0 && config.format == ICMPSCOPE_JSON)
        check_json(out->bytes, out->size);
    else if (out->size > 0)
        check_lines(out, config.format != ICMPSCOPE_TEXT);
    if (config.evidence == ICMPSCOPE_EVIDENCE_PCAP)
        check_pcap(&outputs.evidence);
    if (config.evidence == ICMPSCOPE_EVIDENCE_PCAPNG)
        check_pcapng(&outputs.evidence);
    free(outputs.report.bytes);
    free(outputs.evidence.bytes);
    return 0;
}

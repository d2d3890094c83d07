#include "capture/filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINK_TYPES = 512, /* libpcap knows none beyond */
    SNAP_LENGTH = 256 * 1024,
    FILE_MOST = 1024 * 1024,
};

enum program_state { NOT_COMPILED, COMPILED, REFUSED };

struct program {
    enum program_state state;
    struct bpf_program code;
};

struct filter {
    char *expression;
    uint64_t refused;
    bool compiled; /* for all link types that it is ever compiled for */
    struct program programs[LINK_TYPES];
};

/* An expression is sound if it makes sense for one of these: Ethernet, raw IP, Linux's cooked
 * captures, 802.11 with radiotap, PF's log. */
static const uint16_t tried[] = {1, 101, 113, 127, 117};

/* The beginning of a savefile that has no records, as libpcap has it open while `header` lives. It
 * compiles some expressions ("inbound") for interfaces and not for savefiles. */
static pcap_t *savefile_open(struct pcap_file_header *header, struct error *error)
{
    FILE *stream = fmemopen(header, sizeof *header, "rb");
    if (stream == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }

    char why[PCAP_ERRBUF_SIZE];
    pcap_t *savefile = pcap_fopen_offline(stream, why);
    if (savefile == NULL) {
        error_set(error, "%s", why);
        fclose(stream);
    }
    return savefile;
}

/* 0, or -1 with libpcap's reason. */
static int compile(struct bpf_program *code, const char *expression, uint16_t link_type,
                   struct error *error)
{
    struct pcap_file_header header = {.magic = 0xa1b2c3d4,
                                      .version_major = PCAP_VERSION_MAJOR,
                                      .version_minor = PCAP_VERSION_MINOR,
                                      .snaplen = SNAP_LENGTH,
                                      .linktype = link_type};
    pcap_t *savefile = savefile_open(&header, error);
    if (savefile == NULL)
        return -1;

    int status = pcap_compile(savefile, code, expression, 1, PCAP_NETMASK_UNKNOWN);
    if (status != 0)
        error_set(error, "%s", pcap_geterr(savefile));
    pcap_close(savefile);
    return status;
}

static int check(const char *expression, struct error *error)
{
    struct error why = {""};
    for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        struct bpf_program code;
        if (compile(&code, expression, tried[i], &why) != 0)
            continue;
        pcap_freecode(&code);
        return 0;
    }
    return error_set(error, "%s", why.text);
}

struct filter *filter_new(const char *expression, struct error *error)
{
    if (check(expression, error) != 0)
        return NULL;

    struct filter *filter = calloc(1, sizeof *filter);
    char *copy = strdup(expression);
    if (filter == NULL || copy == NULL) {
        error_set(error, "out of memory");
        free(filter);
        free(copy);
        return NULL;
    }
    filter->expression = copy;
    return filter;
}

static void program_compile(struct filter *filter, uint16_t link_type)
{
    struct program *program = &filter->programs[link_type];
    int status = compile(&program->code, filter->expression, link_type, NULL);
    program->state = status == 0 ? COMPILED : REFUSED;
}

void filter_compile(struct filter *filter, bool (*known)(uint16_t link_type))
{
    for (uint16_t i = 0; i < LINK_TYPES; i++)
        if (known(i) && filter->programs[i].state == NOT_COMPILED)
            program_compile(filter, i);
    filter->compiled = true;
}

/* The program for a link type, or NULL where the expression has none. */
static const struct bpf_program *program_get(struct filter *filter, uint16_t link_type)
{
    if (link_type >= LINK_TYPES)
        return NULL;
    struct program *program = &filter->programs[link_type];
    if (program->state == NOT_COMPILED && !filter->compiled)
        program_compile(filter, link_type);
    return program->state == COMPILED ? &program->code : NULL;
}

bool filter_match(struct filter *filter, const struct record *record)
{
    const struct bpf_program *code = program_get(filter, record->link_type);
    if (code == NULL) {
        filter->refused++;
        return false;
    }

    struct pcap_pkthdr header;
    header.caplen = record->cap_length;
    header.len = record->wire_length;
    return pcap_offline_filter(code, &header, record->bytes) != 0;
}

uint64_t filter_refused(const struct filter *filter)
{
    return filter->refused;
}

void filter_free(struct filter *filter)
{
    if (filter == NULL)
        return;
    for (size_t i = 0; i < LINK_TYPES; i++)
        if (filter->programs[i].state == COMPILED)
            pcap_freecode(&filter->programs[i].code);
    free(filter->expression);
    free(filter);
}

static void blank_comments(char *text)
{
    bool comment = false;
    for (char *p = text; *p != '\0'; p++) {
        if (*p == '#')
            comment = true;
        else if (*p == '\n')
            comment = false;
        if (comment)
            *p = ' ';
    }
}

/* All of the stream, as a string to be freed. */
static char *read_text(FILE *stream, struct error *error)
{
    char *text = malloc(FILE_MOST + 1);
    if (text == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }

    size_t length = fread(text, 1, FILE_MOST + 1, stream);
    if (ferror(stream))
        error_set(error, "%s", strerror(errno));
    else if (length > FILE_MOST)
        error_set(error, "is too long for a filter expression");
    else if (memchr(text, '\0', length) != NULL)
        error_set(error, "is not text");
    else {
        text[length] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

char *filter_read_file(const char *path, struct error *error)
{
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        error_set(error, "%s", strerror(errno));
        return NULL;
    }

    char *text = read_text(stream, error);
    fclose(stream);
    if (text != NULL)
        blank_comments(text);
    return text;
}

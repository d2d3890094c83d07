#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/bytes.h"
#include "capture/compress.h"
#include "capture/format.h"
#include "capture/wait.h"

/* Told by the first bytes of a file; what none of them knows is shown to libpcap. */
static const struct format *const formats[] = {&format_pcap, &format_pcapng};

/* Files that often hold a capture, and cannot be read as one (gzip and zstd: in a build without
 * their library). */
static const struct {
    uint8_t magic[FORMAT_MAGIC_SIZE];
    size_t size;
    const char *name;
} compressed[] = {
    {{0x1f, 0x8b}, 2, "gzip"},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd"},
    {{0xfd, '7', 'z', 'X'}, 4, "xz"},
    {{'B', 'Z', 'h'}, 3, "bzip2"},
    {{0x04, 0x22, 0x4d, 0x18}, 4, "lz4"},
    {{'P', 'K', 0x03, 0x04}, 4, "zip"},
};

/* The pcap of Kuznetsov's patches (0xa1b2cd34), of either byte order: libpcap's to read, and to
 * explain where it cannot. */
static bool is_modified_pcap(const uint8_t *head)
{
    enum { MODIFIED_MAGIC_HIGH = 0xa1b2, MODIFIED_MAGIC_LOW = 0xcd34 };
    bool big_endian = head[0] == 0xa1;
    uint32_t magic = bytes_u32(head, big_endian);
    return magic >> 16 == MODIFIED_MAGIC_HIGH && (magic & 0xffff) == MODIFIED_MAGIC_LOW;
}

static const struct format *format_find(const uint8_t *head)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i]->recognise(head))
            return formats[i];
    return &format_libpcap;
}

static int refuse_head(const uint8_t *head, size_t count, struct error *error)
{
    for (size_t i = 0; i < sizeof compressed / sizeof compressed[0]; i++)
        if (count >= compressed[i].size &&
            memcmp(head, compressed[i].magic, compressed[i].size) == 0)
            return error_set(error, "is compressed (%s); decompress it first", compressed[i].name);
    if (count == 0)
        return error_set(error, "is empty");
    if (count < FORMAT_MAGIC_SIZE)
        return error_set(error, "is not a capture (it has %zu bytes)", count);
    return error_set(error, "is not a capture (starts with 0x%08x)", bytes_u32(head, true));
}

static int open_path(const char *path)
{
    if (strcmp(path, "-") == 0)
        return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* 0 for what has no size: pipes, terminals. */
static uint64_t file_size(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    return (uint64_t)status.st_size;
}

static int open_format(struct source *source, const uint8_t *head, struct error *error)
{
    struct error why = {""};
    source->format = format_find(head);
    if (source->format->open(source, &why) == 0)
        return 0;
    if (source->format == &format_libpcap && !is_modified_pcap(head))
        return refuse_head(head, FORMAT_MAGIC_SIZE, error);
    return error_set(error, "%s", why.text);
}

/* What is said of a compressed capture speaks of what it decompresses to, offsets included, unless
 * it is the compressed data that are at fault. */
static int explain_decompressed(const struct source *source, const struct error *why,
                                struct error *error)
{
    bool decompressed = source->block.compress != NULL && source->block.failure != COMPRESS_FAULT;
    return error_set(error, "%s%s", decompressed ? "once decompressed, " : "", why->text);
}

/* The same for what the block decompresses to. libpcap reads files itself: here it cannot. */
static int open_decompressed(struct source *source, struct error *error)
{
    struct block *block = &source->block;
    bool whole = block_want(block, FORMAT_MAGIC_SIZE);
    if (!whole && block->failure == COMPRESS_FAULT)
        return compress_explain(block->compress, error);
    if (!whole && block->failure != 0)
        return error_set(error, "%s", strerror(block->failure));

    struct error why = {""};
    const uint8_t *head = block_bytes(block);
    if (!whole)
        refuse_head(head, block_left(block), &why);
    else if (format_find(head) != &format_libpcap)
        open_format(source, head, &why);
    else if (is_modified_pcap(head))
        error_set(&why, "is for libpcap to read; decompress it first");
    else
        refuse_head(head, FORMAT_MAGIC_SIZE, &why);
    return error_is_set(&why) ? explain_decompressed(source, &why, error) : 0;
}

static int open_block(struct source *source, const uint8_t *head, struct error *error)
{
    const struct codec *codec = compress_find(head);
    if (codec == NULL)
        return open_format(source, head, error);
    size_t memory = source->block.memory;
    if (memory != 0 && memory < SOURCE_DECOMPRESSION_LEAST)
        return error_set(error, "is compressed (%s), and %zu KiB of memory are too few for that",
                         codec->name, memory / 1024);
    if (block_decompress(&source->block, codec) != 0)
        return error_set(error, "out of memory");
    return open_decompressed(source, error);
}

struct source *source_open(const char *path, const struct source_config *config,
                           struct error *error)
{
    int fd = open_path(path);
    if (fd < 0) {
        const char *more = errno == EMFILE ? " at once; 'ulimit -n' sets how many" : "";
        error_set(error, "%s%s", strerror(errno), more);
        return NULL;
    }

    struct source *source = calloc(1, sizeof *source);
    if (source == NULL || block_init(&source->block, fd) != 0) {
        error_set(error, "out of memory");
        close(fd);
        free(source);
        return NULL;
    }
    source->capture = config->capture;
    source->block.wait = config->wait;
    source->block.memory = config->memory;
    source->size = file_size(fd);
    return source;
}

int source_begin(struct source *source, struct error *error)
{
    struct block *block = &source->block;
    if (block_read_head(block, FORMAT_MAGIC_SIZE) != 0)
        return error_set(error, "%s", strerror(errno));
    if (block_left(block) < FORMAT_MAGIC_SIZE)
        return refuse_head(block_bytes(block), block_left(block), error);

    uint8_t head[FORMAT_MAGIC_SIZE]; /* the block moves on */
    memcpy(head, block_bytes(block), sizeof head);
    if (open_block(source, head, error) != 0)
        return -1;
    source_set_block_size(source, BLOCK_SIZE_MOST);
    return 0;
}

void source_set_block_size(struct source *source, size_t size)
{
    if (source->size > 0 && source->size < size && source->block.compress == NULL)
        size = (size_t)source->size;
    if (size < BLOCK_SIZE_FIRST)
        size = BLOCK_SIZE_FIRST;
    source->block.size = size < BLOCK_SIZE_MOST ? size : BLOCK_SIZE_MOST;
}

int source_read(struct source *source, struct record *records, size_t max, struct error *error)
{
    if (source->block.compress == NULL)
        return source->format->read(source, records, max, error);

    struct error why = {""};
    int count = source->format->read(source, records, max, &why);
    return count < 0 ? explain_decompressed(source, &why, error) : count;
}

_Static_assert((int)SOURCE_KEPT == (int)BLOCK_ROOMS, "it is the buffers in turn that keep it");

bool source_may_keep(const struct source *source)
{
    const struct block *block = &source->block;
    return source->size > 0 && block->compress == NULL && block->memory == 0 &&
           source->format != &format_libpcap;
}

void source_keep(struct source *source)
{
    block_keep(&source->block);
}

uint64_t source_turns(const struct source *source)
{
    return source->block.turns;
}

uint64_t source_offset(const struct source *source)
{
    if (source->block.compress != NULL)
        return compress_offset(source->block.compress);
    return source->format != NULL ? source->format->offset(source) : 0;
}

uint64_t source_size(const struct source *source)
{
    return source->size;
}

void source_free(struct source *source)
{
    if (source == NULL)
        return;
    if (source->format != NULL)
        source->format->close(source);
    block_fini(&source->block);
    free(source);
}

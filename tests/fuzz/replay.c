/* Stands in for libFuzzer: runs a target on each file it is given, or on each of a directory, and
 * small ones cut off at every byte, too. Options of libFuzzer are ignored. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "target.h"

enum { CUT_BELOW = 2048, PATH_SIZE = 4096 };

/* In memory of exactly its size, so that a sanitizer sees the first byte beyond it. */
static void replay_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static uint8_t *file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    long length = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(length > 0 ? (size_t)length : 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)length, file) != (size_t)length) {
        perror(path);
        exit(1);
    }
    fclose(file);
    *size = (size_t)length;
    return bytes;
}

/* Where a run costs much, as with sanitizers, one cut in so many. */
static size_t cut_step(void)
{
    const char *every = getenv("ICMPSCOPE_EVERY");
    const int step = every != NULL ? atoi(every) : 1;
    return step > 1 ? (size_t)step : 1;
}

static size_t replay_file(const char *path)
{
    size_t size;
    uint8_t *bytes = file_read(path, &size);
    if (size < CUT_BELOW)
        for (size_t cut = 0; cut < size; cut += cut_step())
            replay_bytes(bytes, cut);
    replay_bytes(bytes, size);
    free(bytes);
    return 1;
}

static size_t replay_directory(const char *path, DIR *directory)
{
    size_t count = 0;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        char inside[PATH_SIZE];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        count += replay_file(inside);
    }
    closedir(directory);
    return count;
}

static size_t replay_path(const char *path)
{
    DIR *directory = opendir(path);
    return directory != NULL ? replay_directory(path, directory) : replay_file(path);
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-')
            count += replay_path(argv[i]);
    printf("%zu files replayed\n", count);
    return count > 0 ? 0 : 1;
}

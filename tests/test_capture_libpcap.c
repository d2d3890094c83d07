/* Packet by packet the same as libpcap, on every capture at hand that libpcap reads. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/linktype.h"
#include "sample.h"

enum { PATH_SIZE = 1024, LINE_SIZE = 4096, INDEX_PACKETS = 10 };

/* How many captures of a folder were compared, and those that libpcap refuses to read on because
 * their interfaces or sections differ from each other. */
struct tally {
    size_t compared, refused;
    char refused_names[LINE_SIZE];
};

static const char *source_dir(void)
{
    const char *path = getenv("srcdir");
    return path != NULL ? path : ".";
}

static void shared_dir(char *buf, size_t size)
{
    const char *path = getenv("ICMPSCOPE_CAPTURES");
    if (path != NULL)
        snprintf(buf, size, "%s", path);
    else
        snprintf(buf, size, "%s/../shared/captures", source_dir());
}

static bool is_refusal(const struct reading *theirs)
{
    return strstr(theirs->error.text, "different from the") != NULL ||
           strstr(theirs->error.text, "different byte orders") != NULL;
}

static void assert_same_record(const struct record *ours, const struct record *theirs, int dlt)
{
    assert_int_equal(ours->time_ns, theirs->time_ns);
    assert_int_equal(ours->cap_length, theirs->cap_length);
    assert_int_equal(ours->wire_length, theirs->wire_length);
    assert_int_equal(linktype_to_dlt(ours->link_type), dlt);
    assert_memory_equal(ours->bytes, theirs->bytes, ours->cap_length);
}

static void compare(const char *path, const char *name, struct tally *tally)
{
    struct reading ours = reading_of_file(path), theirs = reading_by_libpcap(path);
    bool refused = is_refusal(&theirs);
    if (refused) {
        size_t length = strlen(tally->refused_names);
        snprintf(tally->refused_names + length, LINE_SIZE - length, "%s ", name);
        tally->refused++;
        assert_true(ours.count >= theirs.count);
    } else {
        assert_int_equal(ours.opened, theirs.opened);
        assert_int_equal(ours.status, theirs.status);
        assert_int_equal(ours.count, theirs.count);
        tally->compared += theirs.opened;
    }
    for (size_t i = 0; i < theirs.count; i++) {
        assert_int_equal(ours.records[i].frame, i + 1);
        assert_same_record(&ours.records[i], &theirs.records[i], theirs.dlt);
    }
    reading_free(&ours);
    reading_free(&theirs);
}

/* False where there is no such folder. */
static bool compare_folder(const char *folder, struct tally *tally)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            compare(path, entry->d_name, tally);
    }
    closedir(dir);
    print_message("%s: %zu captures are what libpcap reads; it refuses %zu: %s\n", folder,
                  tally->compared, tally->refused, tally->refused_names);
    return true;
}

static void shared_captures_are_what_libpcap_reads(void **state)
{
    (void)state;
    char folder[PATH_SIZE];
    struct tally tally = {0};
    shared_dir(folder, sizeof folder);
    if (!compare_folder(folder, &tally)) {
        print_message("no captures at %s\n", folder);
        skip();
    }
    assert_true(tally.compared >= 60);
    assert_string_equal(tally.refused_names, "PcapPlusPlus__ipsec.pcapng ");
}

static void our_own_captures_are_what_libpcap_reads(void **state)
{
    (void)state;
    static const char *const folders[] = {"pcaps", "tests/fuzz/seeds/engine"};
    size_t compared = 0;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char folder[PATH_SIZE];
        struct tally tally = {0};
        snprintf(folder, sizeof folder, "%s/%s", source_dir(), folders[i]);
        if (!compare_folder(folder, &tally))
            print_message("no captures at %s\n", folder);
        compared += tally.compared;
    }
    assert_true(compared > 0);
}

/* The name and the count of packets of a line of INDEX.tsv, which is tshark's. */
static bool index_line(char *line, char **name, unsigned long *packets)
{
    *name = strsep(&line, "\t");
    char *field = NULL;
    for (int i = 0; i < INDEX_PACKETS && line != NULL; i++)
        field = strsep(&line, "\t");
    if (field == NULL || (*name)[0] == '#')
        return false;
    *packets = strtoul(field, NULL, 10);
    return true;
}

static void shared_captures_have_as_many_packets_as_tshark_counts(void **state)
{
    (void)state;
    char folder[PATH_SIZE], path[2 * PATH_SIZE], line[LINE_SIZE];
    shared_dir(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/INDEX.tsv", folder);
    FILE *index = fopen(path, "r");
    if (index == NULL)
        skip();
    size_t counted = 0;
    while (fgets(line, sizeof line, index) != NULL) {
        char *name;
        unsigned long packets;
        if (!index_line(line, &name, &packets))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        struct reading reading = reading_of_file(path);
        assert_int_equal(reading.count, packets);
        reading_free(&reading);
        counted++;
    }
    fclose(index);
    assert_true(counted >= 61);
}

/* NFLOG in the other byte order, which both turn; attributes that fit, and one that does not. */
static void turned_nflog_frames_are_what_libpcap_reads(void **state)
{
    (void)state;
    static const uint8_t frame[] = {2, 0, 0, 7, 0, 6, 0, 10, 'e', 't', 0, 0,
                                    0, 8, 0, 9, 1, 2, 3, 4,  0,   60,  0, 9};
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        struct sample sample = {.big_endian = big_endian};
        sample_pcap(&sample, PCAP_US, 65535, 239);
        for (uint32_t length = 0; length <= sizeof frame; length++) {
            sample_u64(&sample, 0);
            sample_u32(&sample, length);
            sample_u32(&sample, sizeof frame - length);
            sample_put(&sample, frame, length);
        }
        char *path = sample_save(&sample, sample.size);
        struct tally tally = {0};
        compare(path, path, &tally);
        assert_int_equal(tally.compared, 1);
        unlink(path);
        free(path);
        sample_free(&sample);
    }
}

/* Longer than any buffer, in all variants. */
static void long_captures_are_what_libpcap_reads(void **state)
{
    (void)state;
    static const uint32_t magics[] = {PCAP_US, PCAP_NS};
    for (int variant = 0; variant < 6; variant++) {
        struct sample sample = {.big_endian = variant % 2};
        if (variant < 4)
            sample_pcap(&sample, magics[variant / 2], 262144, 1);
        else {
            sample_section(&sample);
            sample_interface(&sample, 1, 262144);
        }
        for (uint32_t i = 0; i < 4000; i++) {
            uint32_t length = i % 500 == 0 ? 65536 + i : i * 7919 % 1515;
            if (variant < 4)
                sample_record(&sample, i, 999999 - i, (uint8_t)i, length);
            else
                sample_enhanced(&sample, 0, UINT64_C(1700000000000000) + i, (uint8_t)i, length);
        }
        char *path = sample_save(&sample, sample.size);
        struct tally tally = {0};
        compare(path, path, &tally);
        assert_int_equal(tally.compared, 1);
        unlink(path);
        free(path);
        sample_free(&sample);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(shared_captures_are_what_libpcap_reads),
    cmocka_unit_test(our_own_captures_are_what_libpcap_reads),
    cmocka_unit_test(shared_captures_have_as_many_packets_as_tshark_counts),
    cmocka_unit_test(turned_nflog_frames_are_what_libpcap_reads),
    cmocka_unit_test(long_captures_are_what_libpcap_reads),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}

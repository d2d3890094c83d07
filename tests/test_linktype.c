/* Link types: the same numbers that libpcap writes into savefiles and reads out of them. */
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "capture/linktype.h"

enum { FILE_HEADER = 24, TRIED = 1024 };

/* What libpcap takes the link type field of a file header for. */
static int libpcap_reads(uint32_t field)
{
    struct pcap_file_header header = {.magic = 0xa1b2c3d4,
                                      .version_major = 2,
                                      .version_minor = 4,
                                      .snaplen = 100,
                                      .linktype = field};
    char why[PCAP_ERRBUF_SIZE];
    FILE *file = fmemopen(&header, sizeof header, "rb");
    assert_non_null(file);
    pcap_t *pcap = pcap_fopen_offline(file, why);
    assert_non_null(pcap);
    int dlt = pcap_datalink(pcap);
    pcap_close(pcap);
    return dlt;
}

/* What it writes for a DLT; -1 where it refuses. */
static int libpcap_writes(int dlt)
{
    struct pcap_file_header header;
    FILE *file = fmemopen(&header, sizeof header, "wb");
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    pcap_t *pcap = pcap_open_dead(dlt, 100);
    assert_non_null(pcap);
    pcap_dumper_t *dumper = pcap_dump_fopen(pcap, file);
    pcap_close(pcap);
    if (dumper == NULL) {
        fclose(file);
        return -1;
    }
    pcap_dump_close(dumper);
    return (int)header.linktype;
}

static void link_types_become_the_dlts_of_libpcap(void **state)
{
    (void)state;
    for (uint16_t link_type = 0; link_type < TRIED; link_type++)
        assert_int_equal(linktype_to_dlt(link_type), libpcap_reads(link_type));
}

static void dlts_become_the_link_types_that_libpcap_writes(void **state)
{
    (void)state;
    int written = 0;
    for (int dlt = 0; dlt < TRIED; dlt++) {
        int link_type = libpcap_writes(dlt);
        if (link_type < 0)
            continue;
        assert_int_equal(linktype_from_dlt(dlt), link_type);
        written++;
    }
    assert_true(written > 150);
}

static void upper_bits_of_the_field_are_no_link_type(void **state)
{
    (void)state;
    assert_int_equal(linktype_from_field(0xf4000001), 1); /* FCS of 15 × 16 bits, and said so */
    assert_int_equal(libpcap_reads(0xf4000001), DLT_EN10MB);
}

static void what_fits_no_record_is_none_of_the_known(void **state)
{
    (void)state;
    assert_int_equal(linktype_from_field(0x02240002), LINKTYPE_NONE); /* a class of NetBSD */
    assert_int_equal(linktype_from_field(0x00010001), LINKTYPE_NONE);
    assert_int_equal(linktype_from_dlt(-1), LINKTYPE_NONE);
    assert_int_equal(linktype_from_dlt(70000), LINKTYPE_NONE);
}

static void a_dlt_in_the_field_is_taken_as_libpcap_takes_it(void **state)
{
    (void)state;
    assert_int_equal(linktype_from_field(DLT_RAW), 101);
    assert_int_equal(libpcap_reads(DLT_RAW), DLT_RAW);
    assert_int_equal(libpcap_reads(101), DLT_RAW);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(link_types_become_the_dlts_of_libpcap),
    cmocka_unit_test(dlts_become_the_link_types_that_libpcap_writes),
    cmocka_unit_test(upper_bits_of_the_field_are_no_link_type),
    cmocka_unit_test(what_fits_no_record_is_none_of_the_known),
    cmocka_unit_test(a_dlt_in_the_field_is_taken_as_libpcap_takes_it),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The registry of types and codes: against what the RFCs say, and against itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/icmp.h"

struct type_sample {
    enum family family;
    uint8_t type;
    const char *name;
    enum icmp_class klass;
    enum icmp_status status;
    bool quotes;
};

/* From the RFC in front of each. */
static const struct type_sample type_samples[] = {
    /* 792 */
    {4, 0, "echo reply", ICMP_REPLY, ICMP_CURRENT, false},
    {4, 3, "destination unreachable", ICMP_ERROR, ICMP_CURRENT, true},
    {4, 5, "redirect", ICMP_ERROR, ICMP_CURRENT, true}, /* an error by RFC 1122 3.2.2 */
    {4, 8, "echo", ICMP_REQUEST, ICMP_CURRENT, false},
    {4, 11, "time exceeded", ICMP_ERROR, ICMP_CURRENT, true},
    {4, 12, "parameter problem", ICMP_ERROR, ICMP_CURRENT, true},
    {4, 13, "timestamp", ICMP_REQUEST, ICMP_CURRENT, false},
    {4, 14, "timestamp reply", ICMP_REPLY, ICMP_CURRENT, false},
    /* 6633 */
    {4, 4, "source quench", ICMP_ERROR, ICMP_DEPRECATED, true},
    /* 1256 */
    {4, 9, "router advertisement", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {4, 10, "router solicitation", ICMP_DISCOVERY, ICMP_CURRENT, false},
    /* 6918 */
    {4, 6, "alternate host address", ICMP_OTHER, ICMP_DEPRECATED, false},
    {4, 15, "information request", ICMP_REQUEST, ICMP_DEPRECATED, false},
    {4, 16, "information reply", ICMP_REPLY, ICMP_DEPRECATED, false},
    {4, 17, "address mask request", ICMP_REQUEST, ICMP_DEPRECATED, false},
    {4, 18, "address mask reply", ICMP_REPLY, ICMP_DEPRECATED, false},
    {4, 30, "traceroute", ICMP_OTHER, ICMP_DEPRECATED, false},
    {4, 31, "datagram conversion error", ICMP_ERROR, ICMP_DEPRECATED, true},
    {4, 37, "domain name request", ICMP_REQUEST, ICMP_DEPRECATED, false},
    {4, 38, "domain name reply", ICMP_REPLY, ICMP_DEPRECATED, false},
    {4, 39, "skip", ICMP_OTHER, ICMP_DEPRECATED, false},
    /* 2521, of the category "experimental" */
    {4, 40, "photuris", ICMP_ERROR, ICMP_EXPERIMENTAL, true},
    /* 8335 */
    {4, 42, "extended echo request", ICMP_REQUEST, ICMP_CURRENT, false},
    {4, 43, "extended echo reply", ICMP_REPLY, ICMP_CURRENT, false},
    {6, 160, "extended echo request", ICMP_REQUEST, ICMP_CURRENT, false},
    {6, 161, "extended echo reply", ICMP_REPLY, ICMP_CURRENT, false},
    /* 4727 */
    {4, 253, "rfc3692-style experiment 1", ICMP_OTHER, ICMP_EXPERIMENTAL, false},
    {4, 254, "rfc3692-style experiment 2", ICMP_OTHER, ICMP_EXPERIMENTAL, false},
    /* 4443 */
    {6, 1, "destination unreachable", ICMP_ERROR, ICMP_CURRENT, true},
    {6, 2, "packet too big", ICMP_ERROR, ICMP_CURRENT, true},
    {6, 3, "time exceeded", ICMP_ERROR, ICMP_CURRENT, true},
    {6, 4, "parameter problem", ICMP_ERROR, ICMP_CURRENT, true},
    {6, 100, "private experimentation", ICMP_ERROR, ICMP_EXPERIMENTAL, true},
    {6, 101, "private experimentation", ICMP_ERROR, ICMP_EXPERIMENTAL, true},
    {6, 127, "reserved for expansion of icmpv6 error messages", ICMP_ERROR, ICMP_UNASSIGNED, false},
    {6, 128, "echo request", ICMP_REQUEST, ICMP_CURRENT, false},
    {6, 129, "echo reply", ICMP_REPLY, ICMP_CURRENT, false},
    {6, 200, "private experimentation", ICMP_OTHER, ICMP_EXPERIMENTAL, false},
    {6, 201, "private experimentation", ICMP_OTHER, ICMP_EXPERIMENTAL, false},
    {6, 255, "reserved for expansion of icmpv6 informational messages", ICMP_OTHER, ICMP_UNASSIGNED,
     false},
    /* 2710, 3810 */
    {6, 130, "multicast listener query", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 131, "multicast listener report", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 132, "multicast listener done", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 143, "version 2 multicast listener report", ICMP_DISCOVERY, ICMP_CURRENT, false},
    /* 4861 */
    {6, 133, "router solicitation", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 134, "router advertisement", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 135, "neighbor solicitation", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 136, "neighbor advertisement", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 137, "redirect message", ICMP_DISCOVERY, ICMP_CURRENT, true},
    /* 2894, 4620, 3122, 6275, 3971, 4065, 4286, 5568, 6550, 6743, 6775, 7731 */
    {6, 138, "router renumbering", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 139, "icmp node information query", ICMP_REQUEST, ICMP_EXPERIMENTAL, false},
    {6, 140, "icmp node information response", ICMP_REPLY, ICMP_EXPERIMENTAL, false},
    {6, 141, "inverse neighbor discovery solicitation message", ICMP_DISCOVERY, ICMP_CURRENT,
     false},
    {6, 142, "inverse neighbor discovery advertisement message", ICMP_DISCOVERY, ICMP_CURRENT,
     false},
    {6, 144, "home agent address discovery request message", ICMP_REQUEST, ICMP_CURRENT, false},
    {6, 145, "home agent address discovery reply message", ICMP_REPLY, ICMP_CURRENT, false},
    {6, 146, "mobile prefix solicitation", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 147, "mobile prefix advertisement", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 148, "certification path solicitation message", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 149, "certification path advertisement message", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 150, "experimental mobility protocols", ICMP_OTHER, ICMP_EXPERIMENTAL, false},
    {6, 151, "multicast router advertisement", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 152, "multicast router solicitation", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 153, "multicast router termination", ICMP_DISCOVERY, ICMP_CURRENT, false},
    {6, 154, "fmipv6 messages", ICMP_OTHER, ICMP_CURRENT, false},
    {6, 155, "rpl control message", ICMP_OTHER, ICMP_CURRENT, false},
    {6, 156, "ilnpv6 locator update message", ICMP_OTHER, ICMP_EXPERIMENTAL, false},
    {6, 157, "duplicate address request", ICMP_REQUEST, ICMP_CURRENT, false},
    {6, 158, "duplicate address confirmation", ICMP_REPLY, ICMP_CURRENT, false},
    {6, 159, "mpl control message", ICMP_OTHER, ICMP_CURRENT, false},
};

struct code_sample {
    enum family family;
    uint8_t type, code;
    const char *name; /* NULL: it has none */
    enum icmp_status status;
};

static const struct code_sample code_samples[] = {
    /* RFC 792 */
    {4, 0, 0, NULL, ICMP_CURRENT},
    {4, 3, 0, "network unreachable", ICMP_CURRENT},
    {4, 3, 1, "host unreachable", ICMP_CURRENT},
    {4, 3, 2, "protocol unreachable", ICMP_CURRENT},
    {4, 3, 3, "port unreachable", ICMP_CURRENT},
    {4, 3, 4, "fragmentation needed", ICMP_CURRENT},
    {4, 3, 5, "source route failed", ICMP_CURRENT},
    {4, 8, 0, NULL, ICMP_CURRENT},
    {4, 11, 0, "ttl exceeded in transit", ICMP_CURRENT},
    {4, 11, 1, "fragment reassembly time exceeded", ICMP_CURRENT},
    {4, 12, 0, "pointer indicates the error", ICMP_CURRENT},
    /* RFC 1122 3.2.2.1, RFC 1812 5.2.7.1 */
    {4, 3, 6, "destination network unknown", ICMP_CURRENT},
    {4, 3, 7, "destination host unknown", ICMP_CURRENT},
    {4, 3, 8, "source host isolated", ICMP_CURRENT},
    {4, 3, 9, "network administratively prohibited", ICMP_CURRENT},
    {4, 3, 10, "host administratively prohibited", ICMP_CURRENT},
    {4, 3, 11, "network unreachable for type of service", ICMP_CURRENT},
    {4, 3, 12, "host unreachable for type of service", ICMP_CURRENT},
    {4, 3, 13, "communication administratively prohibited", ICMP_CURRENT},
    {4, 3, 14, "host precedence violation", ICMP_CURRENT},
    {4, 3, 15, "precedence cutoff in effect", ICMP_CURRENT},
    {4, 3, 16, "unassigned", ICMP_UNASSIGNED},
    {4, 3, 255, "unassigned", ICMP_UNASSIGNED},
    {4, 12, 1, "missing a required option", ICMP_CURRENT},     /* RFC 1108 */
    {4, 9, 16, "does not route common traffic", ICMP_CURRENT}, /* RFC 5944 2.1.1 */
    {4, 9, 1, "unassigned", ICMP_UNASSIGNED},
    {4, 4, 0, NULL, ICMP_DEPRECATED},
    {4, 4, 1, "unassigned", ICMP_UNASSIGNED},
    {4, 31, 11, "unknown mandatory transport option present", ICMP_DEPRECATED}, /* RFC 1475 */
    {4, 40, 0, "bad spi", ICMP_EXPERIMENTAL},                                   /* RFC 2521 2 */
    {4, 40, 5, "need authorization", ICMP_EXPERIMENTAL},
    {4, 43, 4, "multiple interfaces satisfy query", ICMP_CURRENT}, /* RFC 8335 3 */
    {6, 161, 3, "no such table entry", ICMP_CURRENT},
    /* A type that does not use codes: any will do. */
    {4, 41, 0, NULL, ICMP_EXPERIMENTAL},
    {4, 41, 77, NULL, ICMP_EXPERIMENTAL},
    {6, 151, 20, NULL, ICMP_CURRENT}, /* RFC 4286 3.1: it is an interval */
    {6, 201, 255, NULL, ICMP_EXPERIMENTAL},
    {4, 255, 0, NULL, ICMP_UNASSIGNED},
    /* A type that does not exist. */
    {4, 7, 0, "unassigned", ICMP_UNASSIGNED},
    {6, 42, 3, "unassigned", ICMP_UNASSIGNED},
    /* RFC 4443 3 */
    {6, 1, 0, "no route to destination", ICMP_CURRENT},
    {6, 1, 1, "communication administratively prohibited", ICMP_CURRENT},
    {6, 1, 2, "beyond scope of source address", ICMP_CURRENT},
    {6, 1, 3, "address unreachable", ICMP_CURRENT},
    {6, 1, 4, "port unreachable", ICMP_CURRENT},
    {6, 1, 5, "source address failed ingress/egress policy", ICMP_CURRENT},
    {6, 1, 6, "reject route to destination", ICMP_CURRENT},
    {6, 2, 0, NULL, ICMP_CURRENT},
    {6, 3, 0, "hop limit exceeded in transit", ICMP_CURRENT},
    {6, 4, 2, "unrecognized ipv6 option encountered", ICMP_CURRENT},
    /* RFC 6554 4.2, 8883, 9914; RFC 7112 5, 8754 10.3 */
    {6, 1, 7, "error in source routing header", ICMP_CURRENT},
    {6, 1, 8, "headers too long", ICMP_CURRENT},
    {6, 1, 9, "error in p-route", ICMP_CURRENT},
    {6, 1, 10, "unassigned", ICMP_UNASSIGNED},
    {6, 4, 3, "first fragment has incomplete header chain", ICMP_CURRENT},
    {6, 4, 4, "sr upper-layer header error", ICMP_CURRENT},
    {6, 4, 10, "option too big", ICMP_CURRENT},
    {6, 4, 11, "unassigned", ICMP_UNASSIGNED},
    {6, 138, 255, "sequence number reset", ICMP_CURRENT}, /* RFC 2894 3.1 */
    {6, 155, 0x8a, "consistency check", ICMP_CURRENT},    /* RFC 6550 6 */
    {6, 155, 0x8b, "unassigned", ICMP_UNASSIGNED},
    {6, 157, 4, "edar message with 256-bit rovr field", ICMP_CURRENT}, /* RFC 8505 4.2 */
    {6, 155, 2, "destination advertisement object", ICMP_CURRENT},
};

static void test_types_are_what_their_rfcs_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof type_samples / sizeof type_samples[0]; i++) {
        const struct type_sample *sample = &type_samples[i];
        const struct icmp_type *type = icmp_type_get(sample->family, sample->type);
        assert_string_equal(type->name, sample->name);
        assert_int_equal(type->klass, sample->klass);
        assert_int_equal(type->status, sample->status);
        assert_int_equal(type->quotes, sample->quotes);
    }
}

static void test_codes_are_what_their_rfcs_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof code_samples / sizeof code_samples[0]; i++) {
        const struct code_sample *sample = &code_samples[i];
        const struct icmp_code *code = icmp_code_get(sample->family, sample->type, sample->code);
        if (sample->name == NULL)
            assert_null(code->name);
        else
            assert_string_equal(code->name, sample->name);
        assert_int_equal(code->status, sample->status);
    }
}

/* The ranges that the registry of IANA gives as unassigned or reserved. */
static void test_ranges_without_assignment(void **state)
{
    (void)state;
    static const struct {
        enum family family;
        uint8_t first, last;
        enum icmp_status status;
    } ranges[] = {
        {4, 1, 2, ICMP_UNASSIGNED},     {4, 7, 7, ICMP_UNASSIGNED},
        {4, 19, 19, ICMP_UNASSIGNED},   {4, 20, 29, ICMP_EXPERIMENTAL},
        {4, 44, 252, ICMP_UNASSIGNED},  {4, 255, 255, ICMP_UNASSIGNED},
        {6, 0, 0, ICMP_UNASSIGNED},     {6, 5, 99, ICMP_UNASSIGNED},
        {6, 102, 126, ICMP_UNASSIGNED}, {6, 162, 199, ICMP_UNASSIGNED},
        {6, 202, 254, ICMP_UNASSIGNED},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        for (unsigned type = ranges[i].first; type <= ranges[i].last; type++)
            assert_int_equal(icmp_type_get(ranges[i].family, (uint8_t)type)->status,
                             ranges[i].status);
}

/* The same number of types and codes as IANA lists: all those between the ranges above, and the
 * rows of the code fields (with those of RFC 1393, RFC 1475 and the RPL codes). */
static void test_nothing_is_missing(void **state)
{
    (void)state;
    unsigned assigned[2] = {0}, codes[2] = {0};
    for (unsigned v6 = 0; v6 < 2; v6++) {
        enum family family = v6 ? FAMILY_IPV6 : FAMILY_IPV4;
        for (unsigned type = 0; type < 256; type++) {
            assigned[v6] += icmp_type_get(family, (uint8_t)type)->status != ICMP_UNASSIGNED;
            for (unsigned code = 0; code < 256; code++)
                codes[v6] += icmp_code_get(family, (uint8_t)type, (uint8_t)code)->rfc != NULL;
        }
    }
    /* 256 less 2 + 1 + 1 + 209 + 1 types; 256 less 1 + 95 + 25 + 38 + 53, 127 and 255. */
    assert_int_equal(assigned[0], 42);
    assert_int_equal(assigned[1], 42);
    /* Types 0, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13 to 18, 30, 31, 37, 38, 40, 42, 43. */
    assert_int_equal(codes[0],
                     1 + 16 + 1 + 4 + 1 + 1 + 2 + 1 + 2 + 3 + 6 + 2 + 12 + 1 + 1 + 6 + 1 + 5);
    /* Types 1 to 4, 128 to 137, 138, 139, 140, 141, 142, 144 to 147, 155, 157, 158, 160, 161. */
    assert_int_equal(codes[1], 10 + 1 + 2 + 11 + 10 + 3 + 3 + 3 + 2 + 4 + 21 + 5 + 5 + 1 + 5);
}

static void test_every_type_and_code_answers(void **state)
{
    (void)state;
    for (unsigned family = 4; family <= 6; family += 2) {
        for (unsigned type = 0; type < 256; type++) {
            const struct icmp_type *row = icmp_type_get((enum family)family, (uint8_t)type);
            assert_non_null(row);
            assert_non_null(row->name);
            assert_true(row->klass < ICMP_CLASSES);
            assert_true(row->status < ICMP_STATUSES);
            for (unsigned code = 0; code < 256; code++) {
                const struct icmp_code *named =
                    icmp_code_get((enum family)family, (uint8_t)type, (uint8_t)code);
                assert_non_null(named);
                assert_true(named->status < ICMP_STATUSES);
            }
        }
    }
}

struct row {
    int family, type, code; /* code -1: the row of a type */
    const char *name, *rfc;
};

static const struct row rows[] = {
#define ICMP_TYPE(family, type, name, class, status, quotes, rfc) {family, type, -1, name, rfc},
#define ICMP_CODE(family, type, code, name, status, rfc)          {family, type, code, name, rfc},
#include "decode/icmp_types.def"
#undef ICMP_TYPE
#undef ICMP_CODE
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int row_position(const struct row *row)
{
    return (row->family * 256 + row->type) * 257 + row->code + 1;
}

/* Ascending, so without duplicates; and the codes of a type stand behind the row of that type. */
static void test_rows_are_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        assert_true(rows[i].family == 4 || rows[i].family == 6);
        assert_in_range(rows[i].type, 0, 255);
        assert_true(rows[i].code >= -1 && rows[i].code <= 255);
        if (i == 0)
            continue;
        assert_true(row_position(&rows[i]) > row_position(&rows[i - 1]));
        if (rows[i].code >= 0) {
            assert_int_equal(rows[i].family, rows[i - 1].family);
            assert_int_equal(rows[i].type, rows[i - 1].type);
        }
    }
}

static void test_every_row_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        enum family family = (enum family)row->family;
        if (row->code < 0)
            assert_string_equal(icmp_type_get(family, (uint8_t)row->type)->name, row->name);
        else if (row->name != NULL)
            assert_string_equal(icmp_code_get(family, (uint8_t)row->type, (uint8_t)row->code)->name,
                                row->name);
        else
            assert_null(icmp_code_get(family, (uint8_t)row->type, (uint8_t)row->code)->name);
    }
}

static void test_names_are_fit_to_print(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const char *name = rows[i].name;
        if (name == NULL) {
            assert_int_equal(rows[i].code, 0);
            continue;
        }
        assert_in_range(strlen(name), 1, 56);
        for (; *name != '\0'; name++)
            assert_true(*name >= ' ' && *name <= 'z' && !(*name >= 'A' && *name <= 'Z') &&
                        *name != '"' && *name != '\\');
    }
}

static void test_rfcs_are_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].rfc == NULL) {
            assert_int_equal(rows[i].code, -1);
            continue;
        }
        assert_in_range(strlen(rows[i].rfc), 3, 4);
        assert_int_equal(strspn(rows[i].rfc, "0123456789"), strlen(rows[i].rfc));
    }
}

/* RFC 4443 2.1: an ICMPv6 error message has a type below 128. */
static void test_errors_of_icmpv6_are_below_128(void **state)
{
    (void)state;
    for (unsigned type = 128; type < 256; type++)
        assert_int_not_equal(icmp_type_get(FAMILY_IPV6, (uint8_t)type)->klass, ICMP_ERROR);
}

static void test_names_of_classes_and_states(void **state)
{
    (void)state;
    static const char *const classes[] = {"error", "request", "reply", "discovery", "other"};
    static const char *const states[] = {"current", "deprecated", "experimental", "unassigned"};
    static const char *const checksums[] = {"unverified", "good", "bad"};
    for (size_t i = 0; i < ICMP_CLASSES; i++)
        assert_string_equal(icmp_class_names[i], classes[i]);
    for (size_t i = 0; i < ICMP_STATUSES; i++)
        assert_string_equal(icmp_status_names[i], states[i]);
    for (size_t i = 0; i < CHECKSUM_STATES; i++)
        assert_string_equal(icmp_checksum_names[i], checksums[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_are_what_their_rfcs_say),
        cmocka_unit_test(test_codes_are_what_their_rfcs_say),
        cmocka_unit_test(test_ranges_without_assignment),
        cmocka_unit_test(test_nothing_is_missing),
        cmocka_unit_test(test_every_type_and_code_answers),
        cmocka_unit_test(test_rows_are_in_order),
        cmocka_unit_test(test_every_row_is_found),
        cmocka_unit_test(test_names_are_fit_to_print),
        cmocka_unit_test(test_rfcs_are_numbers),
        cmocka_unit_test(test_errors_of_icmpv6_are_below_128),
        cmocka_unit_test(test_names_of_classes_and_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The extension of an ICMP message (RFC 4884 7 and 8): a header and objects. */
#ifndef ICMPSCOPE_DECODE_EXTENSION_OBJECT_H
#define ICMPSCOPE_DECODE_EXTENSION_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "decode/extent.h"

enum {
    EXTENSION_OBJECTS = 8,  /* kept of one extension */
    EXTENSION_LABELS = 8,   /* kept of one label stack */
    EXTENSION_NAME = 64,    /* bytes kept of one name */
    EXTENSION_ADDRESS = 20, /* bytes kept of an address that is not one of IP */
};

enum extension_layout {
    EXTENSION_NONE,
    EXTENSION_RFC4884, /* where the length attribute of the ICMP header says, or in a probe */
    EXTENSION_LEGACY,  /* behind 128 bytes, with no length attribute (RFC 4884 5.5) */
    EXTENSION_LAYOUTS
};

/* Of the checksum, which covers the extension alone: unverified where not all of it was captured,
 * absent where it was not sent. */
enum extension_checksum {
    EXTENSION_CHECKSUM_UNVERIFIED,
    EXTENSION_CHECKSUM_GOOD,
    EXTENSION_CHECKSUM_BAD,
    EXTENSION_CHECKSUM_ABSENT,
    EXTENSION_CHECKSUMS
};

/* What is not as RFC 4884 wants it: a bit each. */
enum extension_anomaly {
    EXTENSION_LENGTH_BEYOND_MESSAGE, /* the length attribute exceeds the message */
    EXTENSION_LENGTH_WITHOUT,        /* it points to what is no extension */
    EXTENSION_LENGTH_IN_OCTETS,      /* it counts octets, not words */
    EXTENSION_SHORT_QUOTE,           /* the quote is not padded to 128 bytes */
    EXTENSION_OBJECT_TOO_SHORT,      /* an object's length is less than its header's: none behind it
                                      * can be read */
    EXTENSION_OBJECT_BEYOND_MESSAGE, /* an object's length exceeds the message */
    EXTENSION_OBJECT_UNALIGNED,      /* an object's length is no multiple of four */
    EXTENSION_OBJECT_CONTENT,        /* what an object of a known class holds contradicts itself */
    EXTENSION_ANOMALIES
};

enum extension_object_kind {
    EXTENSION_UNKNOWN,      /* any other class or subtype */
    EXTENSION_MPLS,         /* RFC 4950 */
    EXTENSION_INTERFACE,    /* RFC 5837 */
    EXTENSION_INTERFACE_ID, /* RFC 8335 2.1 */
    EXTENSION_INFORMATION,  /* RFC 8883 */
    EXTENSION_NODE_ID,      /* draft-ietf-intarea-extended-icmp-nodeid */
    EXTENSION_KINDS
};

/* What an interface is to the packet that is quoted (RFC 5837 4.1). */
enum extension_role {
    EXTENSION_INCOMING,
    EXTENSION_INCOMING_SUB_IP, /* a part, below IP, of the interface it came in through */
    EXTENSION_OUTGOING,
    EXTENSION_NEXT_HOP,
    EXTENSION_ROLES
};

/* Names for the records: "rfc4884", "good", "object_too_short", "mpls", "incoming", … */
extern const char *const extension_layout_names[EXTENSION_LAYOUTS];
extern const char *const extension_checksum_names[EXTENSION_CHECKSUMS];
extern const char *const extension_anomaly_names[EXTENSION_ANOMALIES];
extern const char *const extension_object_names[EXTENSION_KINDS];
extern const char *const extension_role_names[EXTENSION_ROLES];

/* One entry of a label stack (RFC 3032 2.1). */
struct extension_label {
    uint32_t label;
    uint8_t tc, s, ttl;
};

/* Which members of an object are there. */
enum extension_object_has {
    OBJECT_HAS_ROLE = 1u << 0,
    OBJECT_HAS_INDEX = 1u << 1,
    OBJECT_HAS_IP = 1u << 2,
    OBJECT_HAS_NAME = 1u << 3,
    OBJECT_HAS_MTU = 1u << 4,
    OBJECT_HAS_POINTER = 1u << 5,
    OBJECT_HAS_LABELS = 1u << 6,
    OBJECT_HAS_ADDRESS = 1u << 7, /* of a family other than IP */
};

struct extension_object {
    uint8_t kind; /* enum extension_object_kind */
    uint8_t class_num, ctype;
    uint8_t has;          /* enum extension_object_has */
    uint8_t role;         /* enum extension_role */
    uint8_t family;       /* of ip */
    uint8_t name_size;    /* bytes of the name that were kept … */
    uint16_t name_length; /* … and that it has, without padding */
    uint8_t address_size; /* bytes of the address that were kept */
    bool malformed;       /* what it holds contradicts itself */
    uint16_t length;      /* that it claims, header included, in bytes */
    uint16_t label_count; /* entries of the stack; the first EXTENSION_LABELS were kept */
    uint16_t afi;         /* of the address: IANA's address family number */
    uint32_t index, mtu, pointer;
    struct addr ip;
    union {
        struct extension_label labels[EXTENSION_LABELS];
        struct {
            char name[EXTENSION_NAME]; /* any bytes, no NUL at its end */
            uint8_t address[EXTENSION_ADDRESS];
        };
    };
};

struct icmp_extensions {
    uint8_t layout;     /* enum extension_layout */
    uint8_t checksum;   /* enum extension_checksum */
    uint16_t anomalies; /* bits by enum extension_anomaly */
    uint32_t count;     /* objects that are there; the first EXTENSION_OBJECTS were kept */
    struct extension_object objects[EXTENSION_OBJECTS];
};

/* Reads the extension that begins, with its header, at `from` and ends where that does. Sets
 * checksum, count and objects, and adds to anomalies. */
void extension_decode(struct extent from, struct icmp_extensions *out);

/* The same of a probe (RFC 8335 2): one object, behind which data may follow that is no part of the
 * extension. Sets all of `out`. False, and nothing set, where no extension is there. */
bool extension_decode_probe(struct extent from, struct icmp_extensions *out);

#endif

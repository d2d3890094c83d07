/* What libpcap leaves undone of the socket below a handle: exact counts, an end of hearing, and
 * hearing an interface again that was made anew.
 *
 * Linux alone has this; elsewhere each call fails, and the handle does without. All of it works
 * without privileges and opens nothing. */
#ifndef ICMPSCOPE_CAPTURE_PACKET_SOCKET_H
#define ICMPSCOPE_CAPTURE_PACKET_SOCKET_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

/* The packets of a socket, from its beginning. */
struct packet_counts {
    uint64_t received; /* that passed the filter, the dropped ones among them */
    uint64_t dropped;  /* for which the buffer had no room */
};

/* Before pcap_activate(): the handle hears nothing until packet_socket_hear(), so that no packet is
 * counted that came before the filter was set. */
void packet_socket_be_deaf(pcap_t *pcap);

/* Binds the socket to the interface of that name, or to all of them ("any"), as it is now. -1 with
 * errno set: ENODEV where there is none of the name, ENETDOWN where it is bound to one that is
 * down, and hears it once that is up. */
int packet_socket_hear(int fd, const char *name);

/* What hears also what is for others does not when the interface was made anew: asks for it again.
 */
void packet_socket_promiscuous(int fd, const char *name);

/* Only packets that the program lets pass, cut to what it returns. Of links without a cooked
 * header.
 */
int packet_socket_filter(int fd, const struct bpf_program *code);

/* No packet passes any more. What is in the buffer stays there. */
int packet_socket_stop(int fd);

/* Adds what was counted since the last call. */
int packet_socket_count(int fd, struct packet_counts *counts);

/* Whether the interface that it is bound to is there no more. */
bool packet_socket_is_orphan(int fd);

/* The ARPHRD_ value of an interface of that name, or -1. */
int packet_socket_hardware(int fd, const char *name);

#endif

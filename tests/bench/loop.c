/* What the benchmark compares with: libpcap's loop over a capture, with a callback that only
 * counts. */
#include <inttypes.h>
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    (void)header;
    (void)bytes;
    ++*(uint64_t *)(void *)user;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    uint64_t packets = 0;
    if (argc != 2) {
        fputs("usage: loop FILE\n", stderr);
        return 2;
    }
    pcap_t *pcap = pcap_open_offline(argv[1], error);
    if (pcap == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    int result = pcap_loop(pcap, -1, count, (u_char *)&packets);
    pcap_close(pcap);
    printf("%" PRIu64 "\n", packets);
    return result == 0 ? 0 : 1;
}

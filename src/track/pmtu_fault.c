#include "track/pmtu_fault.h"

#include "decode/icmp.h"

/* What a row finds. */
struct fault {
    uint64_t value, limit;
    enum severity severity;
};

static bool has_anomaly(const struct sight *sight, enum anomaly anomaly)
{
    return sight->verdict != NULL && (sight->verdict->anomalies >> anomaly & 1) != 0;
}

static bool packet_is_known(const struct sight *sight)
{
    return (sight->verdict->has & VERDICT_HAS_SENT) != 0;
}

/* 0 is what routers from before RFC 1191 tell; those of IPv6 have to tell one. */
static bool is_too_low(const struct sight *sight, struct fault *fault)
{
    const struct icmp *icmp = sight->packet->icmp;
    bool v4 = icmp->family == FAMILY_IPV4;
    uint32_t least = v4 ? PMTU_LEAST_V4 : PMTU_LEAST_V6;
    fault->value = icmp->mtu;
    fault->limit = least;
    fault->severity = SEVERITY_HIGH;
    if (!v4 || icmp->mtu < least)
        return icmp->mtu < least && (!v4 || icmp->mtu > 0);
    fault->limit = PMTU_LOW_V4;
    fault->severity = SEVERITY_LOW;
    return icmp->mtu < PMTU_LOW_V4;
}

/* Hosts of old take the IP header off the length that they quote: where the packet is not known,
 * so much more may have been sent. */
static bool is_not_smaller(const struct sight *sight, struct fault *fault)
{
    const struct icmp *icmp = sight->packet->icmp;
    const struct headers *quoted = &icmp->quote.ip;
    if (!has_anomaly(sight, ANOMALY_MTU_NOT_BELOW_LENGTH))
        return false;
    fault->value = icmp->mtu;
    fault->limit = quoted->total_length;
    return packet_is_known(sight) || quoted->family == FAMILY_IPV6 ||
           icmp->mtu >= quoted->total_length + quoted->header_length;
}

/* Only the packet itself shows that it had none: what was sent with DF may have lost it. */
static bool is_without_df(const struct sight *sight, struct fault *fault)
{
    (void)fault;
    return has_anomaly(sight, ANOMALY_ABOUT_PACKET_WITHOUT_DF) && packet_is_known(sight) &&
           !sight->verdict->sent.sent.df;
}

static const struct fault_row {
    enum finding_name name;
    bool (*found)(const struct sight *sight, struct fault *fault);
} rows[] = {
    {FINDING_PMTU_TOO_LOW, is_too_low},
    {FINDING_PMTU_NOT_SMALLER, is_not_smaller},
    {FINDING_PMTU_WITHOUT_DF, is_without_df},
};

/* Of several sights of one finding, the worst. */
static void finding_take(struct finding *finding, const struct fault *fault)
{
    if (finding->seen.count > 1 && finding->value <= fault->value)
        return;
    finding->value = fault->value;
    finding->limit = fault->limit;
    finding->severity = (uint8_t)fault->severity;
}

void pmtu_faults_message(struct findings *findings, const struct sight *sight)
{
    const struct packet *packet = sight->packet;
    const struct icmp *icmp = packet->icmp;
    if (!icmp_tells_mtu(icmp) || icmp->checksum == CHECKSUM_BAD ||
        (icmp->has & ICMP_HAS_QUOTE) == 0)
        return;
    const struct finding_about about = finding_about_error(packet);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fault fault = {.severity = (enum severity)finding_types[rows[i].name].severity};
        if (!rows[i].found(sight, &fault))
            continue;
        struct finding *finding = findings_add(findings, rows[i].name, &about, packet);
        if (finding != NULL)
            finding_take(finding, &fault);
    }
}

#include "track/pmtu_history.h"

#include "base/timefmt.h"
#include "track/aftermath.h"

enum { MTU_MIN_V4 = 68, MTU_MIN_V6 = 1280, MTU_SAFE_V4 = 576 };
enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, ECHO_HEADER = 8 };

const struct pmtu_change *pmtu_history_now(const struct pmtu_history *history)
{
    return history->kept > 0 ? &history->list[history->kept - 1] : NULL;
}

static void history_add(struct pmtu_history *history, const struct pmtu_change *change)
{
    if (history->kept < PMTU_CHANGES)
        history->kept++;
    history->list[history->kept - 1] = *change;
    history->count++;
    history->last_ns = change->time_ns;
}

static bool is_told_anew(const struct pmtu_history *history, const struct pmtu_change *told)
{
    const struct pmtu_change *now = pmtu_history_now(history);
    if (told->mtu <= now->mtu)
        return told->mtu < now->mtu;
    return (now->told && addr_equal(&now->reporter, &told->reporter)) ||
           time_between(history->last_ns, told->time_ns) >= AFTERMATH_AGING_NS;
}

bool pmtu_history_told(struct pmtu_history *history, const struct pmtu_change *told, bool valid)
{
    const struct pmtu_change *now = pmtu_history_now(history);
    if (now == NULL || (history->invalid && valid)) {
        *history = (struct pmtu_history){.invalid = !valid};
        history_add(history, told);
        return true;
    }
    if (!valid)
        return false;
    if (told->mtu == now->mtu)
        history->last_ns = told->time_ns;
    if (!is_told_anew(history, told))
        return false;
    history_add(history, told);
    return true;
}

void pmtu_history_passed(struct pmtu_history *history, uint32_t length, int64_t time_ns)
{
    const struct pmtu_change *now = pmtu_history_now(history);
    if (now != NULL && !history->invalid && length > now->mtu)
        history_add(history, &(struct pmtu_change){.time_ns = time_ns, .mtu = length});
}

bool pmtu_advise(struct pmtu_advice *advice, uint32_t mtu, enum family family)
{
    uint32_t header = family == FAMILY_IPV6 ? IPV6_HEADER : IPV4_HEADER;
    if (mtu == 0 || (family == FAMILY_IPV4 && mtu < MTU_MIN_V4))
        return false;
    if (family == FAMILY_IPV6 && mtu < MTU_MIN_V6)
        mtu = MTU_MIN_V6;
    *advice = (struct pmtu_advice){.mtu = mtu,
                                   .tcp_mss = mtu - header - TCP_HEADER,
                                   .ping_payload = mtu - header - ECHO_HEADER};
    return true;
}

/* Of IPv6 the least MTU is right where a smaller one was told. */
bool pmtu_history_advise(struct pmtu_advice *advice, const struct pmtu_history *history,
                         enum family family)
{
    const struct pmtu_change *now = pmtu_history_now(history);
    if (now == NULL || (history->invalid && (family == FAMILY_IPV4 || now->mtu >= MTU_MIN_V6)))
        return false;
    return pmtu_advise(advice, now->mtu, family);
}

bool pmtu_advise_between(struct pmtu_advice *advice, uint32_t passed, uint32_t refused,
                         enum family family)
{
    uint32_t mtu = passed;
    if (passed < MTU_MIN_V6 && refused > MTU_MIN_V6)
        mtu = MTU_MIN_V6;
    else if (passed < MTU_SAFE_V4 && refused > MTU_SAFE_V4 && family == FAMILY_IPV4)
        mtu = MTU_SAFE_V4;
    return (family == FAMILY_IPV4 || refused > MTU_MIN_V6 || refused == 0) &&
           pmtu_advise(advice, mtu, family);
}

#include "match/nat.h"

void nat_match(struct matcher *matcher, const struct wanted *wanted, struct verdict *verdict)
{
    (void)matcher, (void)wanted, (void)verdict;
}

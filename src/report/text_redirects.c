#include "report/text.h"

void text_redirects(struct page *page, const struct report *report)
{
    (void)page, (void)report;
}

#include "report/document_part.h"

void document_put_pmtu(struct document *document)
{
    (void)document;
}

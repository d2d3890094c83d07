#include "report/document_part.h"

void document_put_clock(struct document *document)
{
    (void)document;
}

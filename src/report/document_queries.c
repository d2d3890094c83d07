#include "report/document_part.h"

void document_put_queries(struct document *document)
{
    (void)document;
}

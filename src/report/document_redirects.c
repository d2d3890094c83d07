#include "report/document_part.h"

void document_put_redirects(struct document *document)
{
    (void)document;
}

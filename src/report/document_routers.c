#include "report/document_part.h"

void document_put_routers(struct document *document)
{
    (void)document;
}

#include "report/document_part.h"

void document_put_paths(struct document *document)
{
    (void)document;
}

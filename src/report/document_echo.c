#include "report/document_part.h"

void document_put_echo(struct document *document)
{
    (void)document;
}

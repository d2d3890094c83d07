#include "report/tunnel_list.h"

#include "report/shape.h"

static const struct shape_row rows[] = {
    {"type", FIELD_ENUM(tunnel_names), .doc = "which encapsulation", .always = true},
    {"src_ip", "ip", .doc = "outer source"},
    {"dest_ip", "ip", .doc = "outer destination"},
    {"id", "int", .doc = "VNI, key, label, session or the like"},
};

const struct shape shape_tunnel = {"tunnel", SHAPE_ROWS(rows)};

static void put_tunnel(struct writer *writer, const struct tunnel *tunnel)
{
    char text[ADDR_TEXT_SIZE];
    enum family family = (enum family)tunnel->family;
    writer->ops->object_begin(writer->self, NULL);
    writer_string(writer, "type", tunnel_names[tunnel->type]);
    writer_string(writer, "src_ip", addr_format(tunnel->src, family, text, sizeof text));
    writer_string(writer, "dest_ip", addr_format(tunnel->dst, family, text, sizeof text));
    if (tunnel->has_id)
        writer->ops->integer(writer->self, "id", tunnel->id);
    writer->ops->object_end(writer->self);
}

void tunnel_list_put(struct writer *writer, const char *key, const struct tunnel *list,
                     size_t count)
{
    if (count == 0)
        return;
    writer->ops->array_begin(writer->self, key);
    for (size_t i = 0; i < count; i++)
        put_tunnel(writer, &list[i]);
    writer->ops->array_end(writer->self);
}

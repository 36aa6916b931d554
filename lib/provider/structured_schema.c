#include "base/error.h"
#include "base/json.h"
#include "provider/structured.h"

#define ORIGIN "provider/structured"

typedef const char *(*name_fn)(size_t value);

static const char *tier_name(size_t value) {
    return esi_tier_name((esi_tier)value);
}

static const char *severity_name(size_t value) {
    return esi_severity_name((esi_severity)value);
}

static void put_type(struct json_out *o, const char *name, const char *type) {
    json_put_name(o, name);
    json_object(o);
    json_put_name(o, "type");
    json_put_string(o, type);
}

static void put_strings(struct json_out *o, const char *name) {
    put_type(o, name, "array");
    put_type(o, "items", "string");
    json_object_end(o);
    json_object_end(o);
}

static void put_words(struct json_out *o, const char *name, name_fn word) {
    put_type(o, name, "string");
    json_put_name(o, "enum");
    json_array(o);
    for (size_t i = 0; *word(i) != '\0'; i++) {
        json_put_string(o, word(i));
    }
    json_array_end(o);
    json_object_end(o);
}

static void put_categories(struct json_out *o, const struct structured_in *in) {
    put_type(o, "category", "string");
    json_put_name(o, "enum");
    json_array(o);
    for (size_t i = 0; i < in->category_count; i++) {
        json_put_string(o, in->categories[i]);
    }
    json_array_end(o);
    json_object_end(o);
}

/* The end of an object that has those members and no others. Names up to a NULL. */
static void end_closed(struct json_out *o, const char *const *names) {
    json_object_end(o);
    json_put_name(o, "required");
    json_array(o);
    for (; *names != NULL; names++) {
        json_put_string(o, *names);
    }
    json_array_end(o);
    json_put_name(o, "additionalProperties");
    json_put_bool(o, false);
    json_object_end(o);
}

static void put_labels(struct json_out *o, const struct structured_in *in) {
    static const char *const names[] = {"tier", "severity", "escalate", "category", NULL};
    static const char *const fewer[] = {"tier", "severity", "escalate", NULL};
    put_type(o, "labels", "object");
    json_put_name(o, "properties");
    json_object(o);
    put_words(o, "tier", tier_name);
    put_words(o, "severity", severity_name);
    put_type(o, "escalate", "boolean");
    json_object_end(o);
    if (in->category_count > 0) { /* an empty enum is refused */
        put_categories(o, in);
    }
    end_closed(o, in->category_count > 0 ? names : fewer);
}

esi_err structured_schema(const struct structured_in *in, struct buf *out, esi_error *err) {
    static const char *const names[] = {"cited", "answer", "open", "labels", NULL};
    struct json_out o;
    json_begin(&o, out);
    json_object(&o);
    json_put_name(&o, "type");
    json_put_string(&o, "object");
    json_put_name(&o, "properties");
    json_object(&o);
    put_strings(&o, "cited");
    put_type(&o, "answer", "string");
    json_object_end(&o);
    put_strings(&o, "open");
    put_labels(&o, in);
    end_closed(&o, names);
    if (!out->failed) {
        return ESI_OK;
    }
    return out->too_long
               ? esi_fail(err, ESI_ETOOBIG, ORIGIN, "the schema is over %zu bytes", out->max)
               : fail_memory(err, ORIGIN);
}

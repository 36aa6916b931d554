#include "desk/meta.h"

#include "base/error.h"
#include "base/json.h"

#define ORIGIN "desk/meta"
#define META_MAX (1u << 20)

static void put_list(struct json_out *o, const char *name, const struct view *items, size_t count) {
    json_put_name(o, name);
    json_array(o);
    for (size_t i = 0; i < count; i++) {
        json_put_view(o, items[i]);
    }
    json_array_end(o);
}

static void put_ordinals(struct json_out *o, const char *name, const int32_t *items, size_t count) {
    json_put_name(o, name);
    json_array(o);
    for (size_t i = 0; i < count; i++) {
        json_put_int(o, items[i]);
    }
    json_array_end(o);
}

esi_err meta_encode(const struct meta *meta, struct buf *out, esi_error *err) {
    struct json_out o;
    json_begin(&o, out);
    json_object(&o);
    json_put_name(&o, "reason");
    json_put_view(&o, meta->reason);
    put_list(&o, "tags", meta->tags, meta->tag_count);
    put_list(&o, "supersedes", meta->supersedes, meta->supersedes_count);
    json_put_name(&o, "supersededBy");
    json_put_view(&o, meta->superseded_by);
    put_list(&o, "names", meta->names, meta->names_count);
    json_put_name(&o, "declaresRule");
    json_put_bool(&o, meta->declares_rule);
    json_put_name(&o, "defers");
    json_put_bool(&o, meta->defers);
    json_put_name(&o, "ruleFor");
    json_put_view(&o, meta->subject);
    json_put_name(&o, "refers");
    json_array(&o);
    for (size_t i = 0; i < meta->refer_count; i++) {
        json_array(&o);
        json_put_int(&o, meta->refers[i].section);
        json_put_view(&o, meta->refers[i].id);
        json_put_view(&o, meta->refers[i].part);
        json_array_end(&o);
    }
    json_array_end(&o);
    put_ordinals(&o, "rulings", meta->rulings, meta->ruling_count);
    put_ordinals(&o, "orders", meta->orders, meta->order_count);
    json_put_name(&o, "meanings");
    json_array(&o);
    for (size_t i = 0; i < meta->meaning_count; i++) {
        json_array(&o);
        json_put_view(&o, meta->meanings[i].term);
        json_put_view(&o, meta->meanings[i].head);
        json_put_int(&o, meta->meanings[i].roles);
        json_array_end(&o);
    }
    json_array_end(&o);
    json_put_name(&o, "site");
    json_array(&o);
    for (size_t i = 0; i < meta->site_count; i++) {
        json_array(&o);
        json_put_view(&o, meta->site[i].word);
        json_put_view(&o, meta->site[i].means);
        json_array_end(&o);
    }
    json_array_end(&o);
    json_object_end(&o);
    return out->failed ? fail_memory(err, ORIGIN) : ESI_OK;
}

static esi_err copy_string(const json_value *v, esi_arena *arena, struct view *out,
                           esi_error *err) {
    const struct view text = view_of(json_string(v));
    const char *copy = arena_str(arena, text);
    if (!copy) {
        return fail_memory(err, ORIGIN);
    }
    *out = (struct view){copy, text.n};
    return ESI_OK;
}

static esi_err get_list(const json_value *v, esi_arena *arena, struct view **out, size_t *count,
                        esi_error *err) {
    const size_t n = json_type(v) == JSON_ARRAY ? json_count(v) : 0;
    struct view *items = ARENA_ARRAY(arena, n, struct view);
    if (!items) {
        return fail_memory(err, ORIGIN);
    }
    size_t at = 0;
    for (const json_value *i = n > 0 ? json_first(v) : NULL; i; i = json_next(i)) {
        const esi_err rc = copy_string(i, arena, &items[at++], err);
        if (rc != ESI_OK) {
            return rc;
        }
    }
    *out = items;
    *count = at;
    return ESI_OK;
}

static esi_err get_refers(const json_value *v, esi_arena *arena, struct meta *meta,
                          esi_error *err) {
    const size_t n = json_type(v) == JSON_ARRAY ? json_count(v) : 0;
    meta->refers = ARENA_ARRAY(arena, n, struct meta_refer);
    if (!meta->refers) {
        return fail_memory(err, ORIGIN);
    }
    for (const json_value *i = n > 0 ? json_first(v) : NULL; i; i = json_next(i)) {
        int64_t section;
        const size_t fields = json_count(i); /* former releases didn't keep the part */
        if (fields < 2 || fields > 3 || !json_int(json_first(i), 0, INT32_MAX, &section)) {
            continue;
        }
        const json_value *id = json_next(json_first(i));
        struct meta_refer *refer = &meta->refers[meta->refer_count++];
        refer->section = (int32_t)section;
        esi_err rc = copy_string(id, arena, &refer->id, err);
        if (rc == ESI_OK && fields == 3) {
            rc = copy_string(json_next(id), arena, &refer->part, err);
        }
        if (rc != ESI_OK) {
            return rc;
        }
    }
    return ESI_OK;
}

static esi_err get_ordinals(const json_value *v, esi_arena *arena, int32_t **out, size_t *count,
                            esi_error *err) {
    const size_t n = json_type(v) == JSON_ARRAY ? json_count(v) : 0;
    *out = ARENA_ARRAY(arena, n, int32_t);
    *count = 0;
    if (!*out) {
        return fail_memory(err, ORIGIN);
    }
    for (const json_value *i = n > 0 ? json_first(v) : NULL; i; i = json_next(i)) {
        int64_t section;
        if (json_int(i, 0, INT32_MAX, &section)) {
            (*out)[(*count)++] = (int32_t)section;
        }
    }
    return ESI_OK;
}

static esi_err get_meanings(const json_value *v, esi_arena *arena, struct meta *meta,
                            esi_error *err) {
    const size_t n = json_type(v) == JSON_ARRAY ? json_count(v) : 0;
    meta->meanings = ARENA_ARRAY(arena, n, struct meaning);
    esi_err rc = meta->meanings ? ESI_OK : fail_memory(err, ORIGIN);
    for (const json_value *i = n > 0 ? json_first(v) : NULL; i && rc == ESI_OK; i = json_next(i)) {
        if (json_count(i) >= 2) {
            struct meaning *meaning = &meta->meanings[meta->meaning_count++];
            rc = copy_string(json_first(i), arena, &meaning->term, err);
            if (rc == ESI_OK) {
                rc = copy_string(json_next(json_first(i)), arena, &meaning->head, err);
            }
            int64_t roles = 0;
            if (json_count(i) > 2 &&
                json_int(json_next(json_next(json_first(i))), 0, UINT32_MAX, &roles)) {
                meaning->roles = (uint32_t)roles;
            }
        }
    }
    return rc;
}

static esi_err get_site(const json_value *v, esi_arena *arena, struct meta *meta, esi_error *err) {
    const size_t n = json_type(v) == JSON_ARRAY ? json_count(v) : 0;
    meta->site = ARENA_ARRAY(arena, n, struct site_word);
    esi_err rc = meta->site ? ESI_OK : fail_memory(err, ORIGIN);
    for (const json_value *i = n > 0 ? json_first(v) : NULL; i && rc == ESI_OK; i = json_next(i)) {
        if (json_count(i) == 2) {
            struct site_word *word = &meta->site[meta->site_count++];
            rc = copy_string(json_first(i), arena, &word->word, err);
            if (rc == ESI_OK) {
                rc = copy_string(json_next(json_first(i)), arena, &word->means, err);
            }
        }
    }
    return rc;
}

esi_err meta_decode(struct view json, esi_arena *arena, struct meta *out, esi_error *err) {
    struct meta meta = {0};
    struct json_doc *doc = NULL;
    esi_error why;
    esi_err rc = json.n == 0 ? ESI_EPARSE : json_read(json, META_MAX, "meta", &doc, &why);
    if (rc == ESI_ENOMEM) {
        return fail_memory(err, ORIGIN);
    }
    if (rc != ESI_OK) {
        *out = meta;
        return ESI_OK;
    }
    const json_value *root = json_root(doc);
    rc = copy_string(json_get(root, "reason"), arena, &meta.reason, err);
    if (rc == ESI_OK) {
        rc = get_list(json_get(root, "tags"), arena, &meta.tags, &meta.tag_count, err);
    }
    if (rc == ESI_OK) {
        rc = get_list(json_get(root, "supersedes"), arena, &meta.supersedes, &meta.supersedes_count,
                      err);
    }
    if (rc == ESI_OK) {
        rc = copy_string(json_get(root, "supersededBy"), arena, &meta.superseded_by, err);
    }
    if (rc == ESI_OK) {
        rc = get_list(json_get(root, "names"), arena, &meta.names, &meta.names_count, err);
    }
    if (rc == ESI_OK) {
        rc = copy_string(json_get(root, "ruleFor"), arena, &meta.subject, err);
    }
    if (rc == ESI_OK) {
        meta.declares_rule = json_bool(json_get(root, "declaresRule"), false);
        meta.defers = json_bool(json_get(root, "defers"), false);
        rc = get_refers(json_get(root, "refers"), arena, &meta, err);
    }
    if (rc == ESI_OK) {
        rc = get_meanings(json_get(root, "meanings"), arena, &meta, err);
    }
    if (rc == ESI_OK) {
        rc = get_site(json_get(root, "site"), arena, &meta, err);
    }
    if (rc == ESI_OK) {
        rc = get_ordinals(json_get(root, "rulings"), arena, &meta.rulings, &meta.ruling_count, err);
    }
    if (rc == ESI_OK) {
        rc = get_ordinals(json_get(root, "orders"), arena, &meta.orders, &meta.order_count, err);
    }
    json_free(doc);
    if (rc == ESI_OK) {
        *out = meta;
    }
    return rc;
}

esi_err meta_tags(const struct meta *meta, esi_arena *arena, struct view *out, esi_error *err) {
    struct buf tags;
    buf_init(&tags, 1u << 16);
    for (size_t i = 0; i < meta->tag_count; i++) {
        buf_add(&tags, meta->tags[i]);
        buf_char(&tags, ' ');
    }
    const char *copy = tags.failed ? NULL : arena_str(arena, buf_view(&tags));
    *out = (struct view){copy, tags.n};
    buf_clear(&tags);
    return copy ? ESI_OK : fail_memory(err, ORIGIN);
}

#include "core/note.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

#define NOTE_JSON_MAX (8u << 20)
#define NOTE_ITEMS_MAX 20000

static const char *const kinds[] = {
    [NOTE_SYMPTOM] = "symptom", [NOTE_CAUSE] = "cause", [NOTE_STEP] = "step",
    [NOTE_SAY] = "say",         [NOTE_ASK] = "ask",     [NOTE_WHEN] = "when",
    [NOTE_CAPTURE] = "capture", [NOTE_NEVER] = "never", [NOTE_FACT] = "fact",
    [NOTE_REFER] = "refer",
};

const char *note_kind_name(enum note_kind kind) {
    return (size_t)kind < sizeof kinds / sizeof kinds[0] ? kinds[kind] : "";
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What is empty, zero or false isn't written: most of an item is. */
static void put_text(struct json_out *o, const char *name, struct view text) {
    if (text.n > 0) {
        json_put_name(o, name);
        json_put_view(o, text);
    }
}

static void put_number(struct json_out *o, const char *name, int64_t n) {
    if (n != 0) {
        json_put_name(o, name);
        json_put_int(o, n);
    }
}

static void put_flag(struct json_out *o, const char *name, bool on) {
    if (on) {
        json_put_name(o, name);
        json_put_bool(o, true);
    }
}

static void put_item(struct json_out *o, const struct note_item *item) {
    json_object(o);
    json_put_name(o, "kind");
    json_put_string(o, note_kind_name(item->kind));
    put_text(o, "text", item->text);
    put_text(o, "condition", item->condition);
    put_text(o, "exception", item->exception);
    put_text(o, "source", item->source);
    put_number(o, "roles", item->roles);
    put_number(o, "order", item->order);
    put_number(o, "tries", item->tries);
    put_flag(o, "allTried", item->all_tried);
    put_flag(o, "severalPeople", item->several_people);
    put_number(o, "actions", item->actions);
    put_number(o, "tier", item->tier);
    put_number(o, "severity", item->severity);
    put_flag(o, "code", item->code);
    put_flag(o, "forDesk", item->for_desk);
    put_flag(o, "mended", item->mended);
    put_number(o, "line", item->line);
    put_number(o, "group", item->group);
    json_object_end(o);
}

esi_err note_encode(const struct note *note, struct buf *out, esi_error *err) {
    struct json_out o;
    json_begin(&o, out);
    json_object(&o);
    json_put_name(&o, "items");
    json_array(&o);
    for (size_t i = 0; i < note->count; i++) {
        put_item(&o, &note->items[i]);
    }
    json_array_end(&o);
    if (note->unread_count > 0) {
        json_put_name(&o, "unread");
        json_array(&o);
        for (size_t i = 0; i < note->unread_count; i++) {
            json_put_view(&o, note->unread[i]);
        }
        json_array_end(&o);
    }
    json_object_end(&o);
    if (out->failed) {
        return out->too_long
                   ? esi_fail(err, ESI_ETOOBIG, "core/note", "a handling note is too long")
                   : fail_memory(err, "core/note");
    }
    return ESI_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    esi_arena *arena;
    bool memory;
};

static struct view read_text(struct reader *reader, const json_value *v) {
    const char *text = json_string(v);
    if (text == NULL) {
        return (struct view){0};
    }
    const char *copy = arena_str(reader->arena, view_of(text));
    reader->memory = reader->memory || copy == NULL;
    return view_of(copy);
}

static int64_t read_number(const json_value *v, int64_t max) {
    int64_t n = 0;
    return json_int(v, 0, max, &n) ? n : 0;
}

/* false: a kind that a newer release added; the item is left out. */
static bool read_item(struct reader *reader, const json_value *v, struct note_item *out) {
    const char *kind = json_string(json_get(v, "kind"));
    size_t k = 0;
    while (k < sizeof kinds / sizeof kinds[0] && (kind == NULL || strcmp(kinds[k], kind) != 0)) {
        k++;
    }
    if (k == sizeof kinds / sizeof kinds[0]) {
        return false;
    }
    *out = (struct note_item){
        .kind = (enum note_kind)k,
        .text = read_text(reader, json_get(v, "text")),
        .condition = read_text(reader, json_get(v, "condition")),
        .exception = read_text(reader, json_get(v, "exception")),
        .source = read_text(reader, json_get(v, "source")),
        .roles = (uint32_t)read_number(json_get(v, "roles"), UINT32_MAX),
        .order = (int32_t)read_number(json_get(v, "order"), INT32_MAX),
        .tries = (int32_t)read_number(json_get(v, "tries"), INT32_MAX),
        .all_tried = json_bool(json_get(v, "allTried"), false),
        .several_people = json_bool(json_get(v, "severalPeople"), false),
        .actions = (uint32_t)read_number(json_get(v, "actions"), UINT32_MAX),
        .tier = (esi_tier)read_number(json_get(v, "tier"), ESI_TIER_3),
        .severity = (esi_severity)read_number(json_get(v, "severity"), ESI_SEVERITY_CRITICAL),
        .code = json_bool(json_get(v, "code"), false),
        .for_desk = json_bool(json_get(v, "forDesk"), false),
        .mended = json_bool(json_get(v, "mended"), false),
        .line = (int32_t)read_number(json_get(v, "line"), INT32_MAX),
        .group = (int32_t)read_number(json_get(v, "group"), INT32_MAX),
    };
    return true;
}

static esi_err read_root(struct reader *reader, const json_value *root, struct note *out,
                         esi_error *err) {
    const json_value *items = json_get(root, "items");
    const json_value *unread = json_get(root, "unread");
    const size_t room = json_count(items);
    const size_t lines = json_count(unread);
    if (room > NOTE_ITEMS_MAX || lines > NOTE_ITEMS_MAX) {
        return esi_fail(err, ESI_ETOOBIG, "core/note", "a handling note has too many items");
    }
    struct note note = {.items = ARENA_ARRAY(reader->arena, room, struct note_item),
                        .unread = ARENA_ARRAY(reader->arena, lines, struct view)};
    if (note.items == NULL || note.unread == NULL) {
        return fail_memory(err, "core/note");
    }
    for (const json_value *v = json_first(items); v != NULL; v = json_next(v)) {
        note.count += read_item(reader, v, &note.items[note.count]) ? 1 : 0;
    }
    for (const json_value *v = json_first(unread); v != NULL; v = json_next(v)) {
        note.unread[note.unread_count++] = read_text(reader, v);
    }
    if (reader->memory) {
        return fail_memory(err, "core/note");
    }
    *out = note;
    return ESI_OK;
}

esi_err note_decode(struct view json, esi_arena *arena, struct note *out, esi_error *err) {
    struct json_doc *doc = NULL;
    struct reader reader = {.arena = arena};
    if (json.n == 0) {
        *out = (struct note){0};
        return ESI_OK;
    }
    esi_err e = json_read(json, NOTE_JSON_MAX, "the handling note", &doc, err);
    if (e != ESI_OK) {
        return e;
    }
    e = read_root(&reader, json_root(doc), out, err);
    json_free(doc);
    return e;
}

/* ---- searching ------------------------------------------------------------------------------- */

void note_search_text(const struct note *note, struct buf *out) {
    for (size_t i = 0; i < note->count; i++) {
        const struct note_item *item = &note->items[i];
        if (item->text.n > 0) {
            buf_add(out, item->text);
            buf_char(out, '\n');
        }
        if (item->condition.n > 0) {
            buf_add(out, item->condition);
            buf_char(out, '\n');
        }
    }
}

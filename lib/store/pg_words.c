#include "store/pg_words.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#define ORIGIN "store/postgres"
#define SECTION_WORDS_MAX 60000u /* read of one section; a tsvector holds 1 MB */
#define LABEL_WORDS_MAX 1000u
#define WORD_BYTES_MAX 255u /* a longer one is no word */
#define JSON_TEXT_MAX (1u << 24)

struct collector {
    const char *language;
    esi_arena *arena;
    const char **items;
    size_t count;
    size_t cap;
};

static bool room(struct collector *c, size_t more) {
    if (more <= c->cap - c->count) {
        return true;
    }
    const size_t cap = c->count + more + c->cap;
    const char **grown = ARENA_ARRAY(c->arena, cap, const char *);
    if (grown == NULL) {
        return false;
    }
    if (c->count > 0) {
        memcpy(grown, c->items, c->count * sizeof *grown);
    }
    c->items = grown;
    c->cap = cap;
    return true;
}

static bool is_new(const struct collector *c, struct view word) {
    size_t i = 0;
    while (i < c->count && !view_eq(view_of(c->items[i]), word)) {
        i++;
    }
    return i == c->count;
}

/* Adds the words of a text. once: each of them only where it isn't there. */
static esi_err add_text(struct collector *c, const char *text, size_t max, bool once,
                        esi_error *err) {
    struct token *tokens;
    size_t count;
    const size_t left = max - (c->count < max ? c->count : max);
    if (text == NULL || left == 0) {
        return ESI_OK;
    }
    const esi_err rc =
        text_tokens(view_of(text), c->language, left, c->arena, &tokens, &count, err);
    if (rc != ESI_OK || !room(c, count)) {
        return rc != ESI_OK ? rc : fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        const struct view stem = tokens[i].stem;
        if (tokens[i].stop || stem.n == 0 || stem.n > WORD_BYTES_MAX ||
            (once && !is_new(c, stem))) {
            continue;
        }
        const char *copy = arena_str(c->arena, stem);
        if (copy == NULL) {
            return fail_memory(err, ORIGIN);
        }
        c->items[c->count++] = copy;
    }
    return ESI_OK;
}

static const char *language_of(const char *language) {
    return language != NULL && language[0] != '\0' ? language : NULL;
}

static void take(const struct collector *c, struct pg_words *out) {
    out->items = c->items;
    out->count = c->count;
}

/* JSON that can't be read has no words: who reads the document for people says so. */
static esi_err read_json(const char *text, const char *name, struct json_doc **out,
                         esi_error *err) {
    esi_error why = {0};
    *out = NULL;
    const esi_err rc =
        text == NULL ? ESI_OK : json_read(view_of(text), JSON_TEXT_MAX, name, out, &why);
    return rc == ESI_ENOMEM ? fail_memory(err, ORIGIN) : ESI_OK;
}

static esi_err add_tags(struct collector *c, const char *meta, esi_error *err) {
    struct json_doc *doc;
    esi_err rc = read_json(meta, "what is known of the document", &doc, err);
    const json_value *tags = json_get(doc != NULL ? json_root(doc) : NULL, "tags");
    const json_value *tag = json_type(tags) == JSON_ARRAY ? json_first(tags) : NULL;
    for (; rc == ESI_OK && tag != NULL; tag = json_next(tag)) {
        rc = add_text(c, json_string(tag), LABEL_WORDS_MAX, false, err);
    }
    json_free(doc);
    return rc;
}

esi_err pg_label_words(const esi_store_document *document, esi_arena *arena, struct pg_words *out,
                       esi_error *err) {
    struct collector c = {.language = language_of(document->language), .arena = arena};
    esi_err rc = add_text(&c, document->title, LABEL_WORDS_MAX, false, err);
    if (rc == ESI_OK) {
        rc = add_tags(&c, document->meta, err);
    }
    if (rc == ESI_OK) {
        take(&c, out);
    }
    return rc;
}

/* What the note says in other words than the section does. */
static esi_err add_note(struct collector *c, const char *note, esi_error *err) {
    struct json_doc *doc;
    esi_err rc = read_json(note, "the handling note", &doc, err);
    const json_value *items = json_get(doc != NULL ? json_root(doc) : NULL, "items");
    const json_value *item = json_type(items) == JSON_ARRAY ? json_first(items) : NULL;
    for (; rc == ESI_OK && item != NULL; item = json_next(item)) {
        rc = add_text(c, json_string(json_get(item, "text")), SECTION_WORDS_MAX, false, err);
        if (rc == ESI_OK) {
            rc = add_text(c, json_string(json_get(item, "condition")), SECTION_WORDS_MAX, false,
                          err);
        }
    }
    json_free(doc);
    return rc;
}

esi_err pg_section_words(const esi_store_document *document, const esi_store_section *section,
                         const struct pg_words *label, esi_arena *arena, struct pg_words *out,
                         esi_error *err) {
    struct collector c = {.language = language_of(document->language), .arena = arena};
    esi_err rc = room(&c, label->count + 1) ? ESI_OK : fail_memory(err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < label->count; i++) {
        c.items[c.count++] = label->items[i];
    }
    if (rc == ESI_OK) {
        rc = add_text(&c, section->heading, SECTION_WORDS_MAX, false, err);
    }
    if (rc == ESI_OK) {
        rc = add_text(&c, section->text, SECTION_WORDS_MAX, false, err);
    }
    if (rc == ESI_OK) {
        rc = add_note(&c, section->note, err);
    }
    if (rc == ESI_OK) {
        take(&c, out);
    }
    return rc;
}

esi_err pg_question_words(const char *question, const char *language, size_t max, esi_arena *arena,
                          struct pg_words *out, esi_error *err) {
    struct collector c = {.language = language_of(language), .arena = arena};
    const esi_err rc = add_text(&c, question, max, true, err);
    if (rc == ESI_OK) {
        take(&c, out);
    }
    return rc;
}

#include "desk/rivalry.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/rival.h"
#include "desk/meta.h"

#define ORIGIN "desk/rivalry"
#define SECTIONS_MAX                                                                               \
    4000 /* each is compared with each: above this, only what is said openly counts */
#define PAIRS_MAX 1000
#define WORDS_MAX 64

struct entry {
    struct rival rival;
    struct view heading;
    const struct authority *authority;
    size_t document;
};

struct rivalry {
    const esi_desk *desk;
    esi_arena arena;
    struct entry *entries;
    size_t count, capacity;
    size_t documents;
};

esi_err rivalry_create(const esi_desk *desk, struct rivalry **out, esi_error *err) {
    struct rivalry *r = calloc(1, sizeof(*r));
    if (!r) {
        return fail_memory(err, ORIGIN);
    }
    r->desk = desk;
    *out = r;
    return ESI_OK;
}

void rivalry_free(struct rivalry *r) {
    if (r) {
        arena_clear(&r->arena);
        free(r->entries);
        free(r);
    }
}

static bool copy_view(esi_arena *arena, struct view text, struct view *out) {
    const char *copy = arena_str(arena, text);
    *out = (struct view){copy, text.n};
    return copy != NULL;
}

/* The stems of title and heading that carry meaning, separated by spaces. */
static esi_err heading_words(struct rivalry *r, const esi_store_document *d,
                             const esi_store_section *s, struct view *out, esi_error *err) {
    struct buf text;
    struct buf words;
    struct token *tokens;
    size_t count;
    esi_arena scratch = {0};
    buf_init(&text, 1u << 16);
    buf_init(&words, 1u << 16);
    buf_printf(&text, "%s %s", d->title, s->heading);
    esi_err rc =
        text_tokens(buf_view(&text), d->language, WORDS_MAX, &scratch, &tokens, &count, err);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        if (!text_is_stopword(tokens[i].form, d->language)) {
            buf_add(&words, tokens[i].stem);
            buf_char(&words, ' ');
        }
    }
    if (rc == ESI_OK && (words.failed || !copy_view(&r->arena, buf_view(&words), out))) {
        rc = fail_memory(err, ORIGIN);
    }
    buf_clear(&text);
    buf_clear(&words);
    arena_clear(&scratch);
    return rc;
}

static esi_err copy_authority(struct rivalry *r, const struct authority *from,
                              struct authority **out, esi_error *err) {
    struct authority *a = ARENA_NEW(&r->arena, struct authority);
    struct view *supersedes = ARENA_ARRAY(&r->arena, from->supersedes_count, struct view);
    struct view *names = ARENA_ARRAY(&r->arena, from->names_count, struct view);
    bool fits = a && supersedes && names;
    for (size_t i = 0; fits && i < from->supersedes_count; i++) {
        fits = copy_view(&r->arena, from->supersedes[i], &supersedes[i]);
    }
    for (size_t i = 0; fits && i < from->names_count; i++) {
        fits = copy_view(&r->arena, from->names[i], &names[i]);
    }
    if (!fits) {
        return fail_memory(err, ORIGIN);
    }
    *a = *from;
    a->supersedes = supersedes;
    a->names = names;
    if (!copy_view(&r->arena, from->superseded_by, &a->superseded_by)) {
        return fail_memory(err, ORIGIN);
    }
    a->reason = (struct view){0};
    if (!copy_view(&r->arena, from->subject, &a->subject)) {
        return fail_memory(err, ORIGIN);
    }
    *out = a;
    return ESI_OK;
}

static bool grow(struct rivalry *r) {
    if (r->count < r->capacity) {
        return true;
    }
    const size_t more = r->capacity ? r->capacity * 2 : 256;
    struct entry *grown = realloc(r->entries, more * sizeof(*grown));
    if (!grown) {
        return false;
    }
    r->entries = grown;
    r->capacity = more;
    return true;
}

esi_err rivalry_add(struct rivalry *r, const struct document *document, esi_error *err) {
    const esi_store_document *d = &document->record;
    const size_t dimensions = (size_t)r->desk->embedder.info.dimensions;
    struct authority *authority = NULL;
    struct contender who = {.standing = document->authority.standing,
                            .declares_rule = document->authority.declares_rule,
                            .defers = document->authority.defers};
    esi_err rc = copy_authority(r, &document->authority, &authority, err);
    if (rc == ESI_OK && !(copy_view(&r->arena, view_of(d->id), &who.id) &&
                          copy_view(&r->arena, view_of(d->title), &who.title) &&
                          copy_view(&r->arena, view_of(d->version), &who.version) &&
                          copy_view(&r->arena, view_of(d->updated), &who.updated))) {
        rc = fail_memory(err, ORIGIN);
    }
    who.subject = authority ? authority->subject : (struct view){0};
    struct meta meta;
    struct view tags = {0};
    if (rc == ESI_OK) {
        rc = meta_decode(view_of(d->meta), &r->arena, &meta, err);
    }
    if (rc == ESI_OK) {
        rc = meta_tags(&meta, &r->arena, &tags, err);
    }
    for (size_t i = 0; rc == ESI_OK && i < d->section_count; i++) {
        struct entry e = {
            .rival = {.who = who, .tags = tags}, .authority = authority, .document = r->documents};
        const float *made = d->sections[i].vector; /* NULL: it is still to be made */
        float *vector = made ? arena_array(&r->arena, dimensions, sizeof(float)) : NULL;
        if ((made && !vector) || !grow(r) ||
            !copy_view(&r->arena, view_of(d->sections[i].heading), &e.heading) ||
            !copy_view(&r->arena, view_of(d->sections[i].text), &e.rival.text)) {
            return fail_memory(err, ORIGIN);
        }
        if (made) {
            memcpy(vector, made, dimensions * sizeof(float));
        }
        e.rival.vector = vector;
        e.rival.heading = rival_heading(e.heading);
        rc = heading_words(r, d, &d->sections[i], &e.rival.title_words, err);
        if (rc == ESI_OK && d->sections[i].note) {
            rc = note_decode(view_of(d->sections[i].note), &r->arena, &e.rival.note, err);
        }
        r->entries[r->count] = e;
        r->count += rc == ESI_OK;
    }
    r->documents += rc == ESI_OK;
    return rc;
}

/* Is it the document that is meant, by its id or by its title? */
static bool is_meant(const struct contender *who, struct view said) {
    return authority_is_meant(who->id, who->title, said);
}

/* What the documents say of one another. */
static void apply_authority(struct rivalry *r) {
    for (size_t i = 0; i < r->count; i++) {
        const struct authority *a = r->entries[i].authority;
        struct contender *who = &r->entries[i].rival.who;
        if (i > 0 && r->entries[i - 1].document == r->entries[i].document) {
            who->superseded_by = r->entries[i - 1].rival.who.superseded_by;
            continue;
        }
        for (size_t j = 0; j < r->count; j++) {
            struct contender *other = &r->entries[j].rival.who;
            if (r->entries[j].document == r->entries[i].document) {
                continue;
            }
            for (size_t k = 0; k < a->supersedes_count; k++) {
                if (is_meant(other, a->supersedes[k])) {
                    other->superseded_by = who->id;
                }
            }
            for (size_t k = 0; k < a->names_count; k++) {
                other->named = other->named || (who->standing < STANDING_DEPRECATED &&
                                                is_meant(other, a->names[k]));
            }
            if (a->superseded_by.n > 0 && is_meant(other, a->superseded_by)) {
                who->superseded_by = other->id;
            }
        }
    }
}

struct finding {
    size_t winner, loser; /* entries */
    const char *reason;
};

static bool is_known(const struct rivalry *r, const struct finding *found, size_t count, size_t a,
                     size_t b) {
    for (size_t i = 0; i < count; i++) {
        const size_t w = r->entries[found[i].winner].document;
        const size_t l = r->entries[found[i].loser].document;
        const size_t x = r->entries[a].document;
        const size_t y = r->entries[b].document;
        if ((w == x && l == y) || (w == y && l == x)) {
            return true;
        }
    }
    return false;
}

static esi_err find_pairs(struct rivalry *r, struct finding *found, size_t *out, esi_error *err) {
    const size_t dimensions = (size_t)r->desk->embedder.info.dimensions;
    const size_t last = r->count < SECTIONS_MAX ? r->count : SECTIONS_MAX;
    size_t count = 0;
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < last; i++) {
        rc = rival_read(&r->entries[i].rival, NULL, &r->arena, err);
    }
    for (size_t i = 0; rc == ESI_OK && i < last; i++) {
        for (size_t j = i + 1; j < last && count < PAIRS_MAX; j++) {
            const struct rival *a = &r->entries[i].rival;
            const struct rival *b = &r->entries[j].rival;
            struct rivals pair;
            rival_compare(a, b, dimensions, &pair);
            if (pair.order != 0 && !is_known(r, found, count, i, j)) {
                const bool first = pair.order < 0;
                found[count++] = (struct finding){first ? i : j, first ? j : i, pair.reason};
            }
        }
    }
    *out = count;
    return rc;
}

esi_err rivalry_report(struct rivalry *r, struct report *report, esi_error *err) {
    esi_arena *keep = &report->arena;
    struct finding *found = ARENA_ARRAY(&r->arena, PAIRS_MAX, struct finding);
    if (!found) {
        return fail_memory(err, ORIGIN);
    }
    apply_authority(r);
    size_t count = 0;
    const esi_err rc = find_pairs(r, found, &count, err);
    if (rc != ESI_OK) {
        return rc;
    }
    const esi_kb_rivalry **list = ARENA_ARRAY(keep, count, const esi_kb_rivalry *);
    if (!list) {
        return fail_memory(err, ORIGIN);
    }
    for (size_t i = 0; i < count; i++) {
        const struct entry *winner = &r->entries[found[i].winner];
        const struct entry *loser = &r->entries[found[i].loser];
        esi_kb_rivalry *row = ARENA_NEW(keep, esi_kb_rivalry);
        if (!row || !(row->winner = arena_str(keep, winner->rival.who.id)) ||
            !(row->loser = arena_str(keep, loser->rival.who.id)) ||
            !(row->subject = arena_str(keep, winner->heading))) {
            return fail_memory(err, ORIGIN);
        }
        row->reason = found[i].reason;
        list[i] = row;
    }
    report->report.rivalries = list;
    report->report.rivalry_count = count;
    return ESI_OK;
}

#include "core/handling.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "core/grow.h"
#include "core/handling_parts.h"

#define SECTION_TEXT_MAX ((size_t)1 << 24)

/* ---- what the files share -------------------------------------------------------------------- */

void hand_add(struct hand *h, struct note_item item) {
    struct note *note = &h->section->note;
    struct note_item *items = grow(h->arena, note->items, note->count, &h->item_cap, sizeof *items);
    if (items == NULL) {
        h->memory = true;
        return;
    }
    item.source = h->source;
    item.line = h->line;
    item.group = h->group;
    item.mended = h->mended;
    const bool own = item.kind == NOTE_STEP || item.kind == NOTE_NEVER || item.kind == NOTE_SAY ||
                     item.kind == NOTE_ASK;
    if (!own && (item.roles & (1u << ESI_ROLE_TRAINEE)) != 0) {
        item.roles = 0; /* what holds for trainees may be known to all */
    }
    note->items = items;
    note->items[note->count++] = item;
}

void hand_unread(struct hand *h, struct view line) {
    struct note *note = &h->section->note;
    if (note->unread_count > 0 && view_eq(note->unread[note->unread_count - 1], line)) {
        return;
    }
    struct view *lines =
        grow(h->arena, note->unread, note->unread_count, &h->unread_cap, sizeof *lines);
    if (lines == NULL) {
        h->memory = true;
        return;
    }
    note->unread = lines;
    note->unread[note->unread_count++] = line;
}

struct view hand_format(struct hand *h, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    char *text = n < 0 ? NULL : arena_alloc(h->arena, (size_t)n + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)n + 1, format, again);
    }
    h->memory = h->memory || text == NULL;
    va_end(args);
    va_end(again);
    return (struct view){text, text == NULL ? 0 : (size_t)n};
}

bool hand_read_words(struct hand *h, struct view text, struct hand_words *out) {
    if (text.n > 0 && h->split.text.p == text.p && h->split.text.n == text.n) {
        *out = h->split;
        return true;
    }
    const bool ok = hand_split(h->lexicon, text, h->arena, out);
    h->memory = h->memory || !ok;
    h->split = ok ? *out : (struct hand_words){0};
    return ok;
}

/* ---- sections -------------------------------------------------------------------------------- */

/* All headings of the path, the outer ones first. */
static void read_headings(struct hand *h, struct view path) {
    struct hand_scope scope = {0};
    while (path.n > 0) {
        const size_t at = view_find(path, VIEW(" > "), 0);
        const struct view one = view_slice(path, 0, at);
        const struct hand_scope lead = hand_lead(h, one, LEAD_HEADING);
        scope = hand_within(&scope, &lead);
        path = at == SIZE_MAX ? (struct view){0} : view_slice(path, at + 3, path.n);
    }
    h->heading = scope;
    h->label = h->list = h->item = h->local = (struct hand_scope){0};
    h->carry = (struct hand_carry){0};
    h->last_condition = h->last_asked = (struct view){0};
    h->label_listed = false;
    h->order = 0;
    h->number = 0;
    h->group = 0;
    h->list_lead = (struct view){0};
    h->list_fact = 0;
    h->before = BLOCK_PARAGRAPH;
    h->column_count = 0;
}

/* "NL-4012: Seat image not found", or a quoted message, as a heading: what is seen. */
static void read_title(struct hand *h, const struct chunk *chunk) {
    struct hand_words w;
    if (chunk->title.n == 0 || !hand_read_words(h, chunk->title, &w) || w.count == 0) {
        return;
    }
    bool digit = false, mark = false;
    const struct view first = w.items[0].form;
    for (size_t i = 0; i < first.n; i++) {
        digit = digit || (first.p[i] >= '0' && first.p[i] <= '9');
        mark = mark || first.p[i] == '-' || first.p[i] == '_' ||
               (first.p[i] >= 'A' && first.p[i] <= 'Z' && i > 0);
    }
    const bool letter = first.n > 2 && (first.p[0] | 0x20) >= 'a' && (first.p[0] | 0x20) <= 'z';
    if ((digit && mark && letter) || w.items[0].code || w.items[0].quoted) {
        h->line = chunk->line;
        h->source = chunk->title;
        hand_add(h, (struct note_item){.kind = NOTE_SYMPTOM, .text = chunk->title});
    }
}

static void add_reference(struct hand *h, struct view id) {
    const struct note *note = &h->section->note;
    if (id.n == 0 || view_eq_nocase(id, h->front->id)) {
        return;
    }
    for (size_t i = 0; i < note->count; i++) {
        if (note->items[i].kind == NOTE_REFER && view_eq_nocase(note->items[i].text, id)) {
            return;
        }
    }
    hand_add(h, (struct note_item){.kind = NOTE_REFER, .text = id});
}

/* "../net/kb-vpn.md#drops" is kb-vpn. */
static struct view target_id(struct view link) {
    const size_t hash = view_find(link, VIEW("#"), 0);
    const struct view path = view_slice(link, 0, hash);
    return view_ends(path, VIEW("/")) ? (struct view){0} : front_default_id(path);
}

static void read_references(struct hand *h, const struct block *b) {
    struct hand_words w;
    h->line = b->line;
    h->source = b->text;
    if (b->kind != BLOCK_CODE && hand_read_words(h, b->text, &w)) {
        for (size_t i = 0; i < w.count; i++) {
            if (hand_is_document(h->front, &w.items[i])) {
                const struct view form = w.items[i].form;
                add_reference(h, w.items[i].code ? view_slice(form, 1, form.n - 1) : form);
            }
        }
    }
    for (size_t i = 0; i < b->link_count; i++) {
        add_reference(h, target_id(b->links[i]));
    }
}

/* Text that speaks to a model to turn it around; the guardrail looks closer. */
static bool is_suspicious(struct hand *h, struct view text) {
    static const char *const phrases[] = {
        "ignore all previous", "ignore previous", "ignore your",        "ignore the above",
        "disregard your",      "disregard all",   "disregard previous", "forget your instructions",
        "forget all previous", "system prompt",   "you are now",        "new instructions:",
        "override your",       "developer mode",  "jailbreak",
    };
    struct hand_words w;
    if (!hand_read_words(h, text, &w)) {
        return false;
    }
    for (size_t i = 0; i < w.count; i++) {
        for (size_t k = 0; k < sizeof phrases / sizeof phrases[0]; k++) {
            if (hand_seq(&w, i, phrases[k]) > 0) {
                return true;
            }
        }
    }
    return false;
}

static void read_chunk(struct hand *h, const struct chunk *chunk, bool same_heading) {
    if (!same_heading) {
        read_headings(h, chunk->heading);
        read_title(h, chunk);
    }
    h->blocks_end = chunk->blocks + chunk->block_count;
    h->listed = chunk->blocks;
    for (size_t i = 0; i < chunk->block_count && !h->memory; i++) {
        const struct block *b = &chunk->blocks[i];
        hand_block(h, b, i + 1 < chunk->block_count ? b + 1 : NULL);
        h->section->suspicious = h->section->suspicious || is_suspicious(h, b->text);
    }
    for (size_t i = 0; i < chunk->block_count && !h->memory; i++) {
        read_references(h, &chunk->blocks[i]);
    }
}

esi_err handling_read(const struct front *front, struct view title, const struct chunk *chunks,
                      size_t count, esi_arena *arena, struct handling_section *out,
                      esi_error *err) {
    struct hand *h = ARENA_NEW(arena, struct hand);
    const struct hand_lexicon *lexicon = hand_lexicon(arena);
    struct handling_section *sections = ARENA_ARRAY(arena, count, struct handling_section);
    (void)title;
    if (h == NULL || lexicon == NULL || sections == NULL) {
        return fail_memory(err, "core/handling");
    }
    struct buf text;
    buf_init(&text, SECTION_TEXT_MAX);
    *h = (struct hand){.arena = arena, .lexicon = lexicon, .front = front, .text = &text};
    for (size_t i = 0; i < count && !h->memory; i++) {
        h->section = &sections[i];
        h->item_cap = h->unread_cap = 0;
        h->groups = h->group = 0;
        buf_empty(&text);
        read_chunk(h, &chunks[i], i > 0 && view_eq(chunks[i].heading, chunks[i - 1].heading));
        const char *copy = arena_str(arena, buf_view(&text));
        sections[i].text = view_of(copy);
        h->memory = h->memory || copy == NULL || (text.failed && !text.too_long);
    }
    buf_clear(&text);
    if (h->memory) {
        return fail_memory(err, "core/handling");
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = sections[i];
    }
    return ESI_OK;
}

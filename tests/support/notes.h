/* notes.h: what core/handling reads out of a small document, as lines that are easy to compare. */
#ifndef ESIHELP_TESTS_NOTES_H
#define ESIHELP_TESTS_NOTES_H

#include <stdio.h>
#include <string.h>

#include "core/handling.h"
#include "tap.h"

static inline void notes_item(struct buf *out, const struct note_item *item) {
    buf_str(out, note_kind_name(item->kind));
    if ((item->actions & NOTE_SET_TIER) != 0) {
        buf_printf(out, " T%d", (int)item->tier);
    }
    if ((item->actions & NOTE_SET_SEVERITY) != 0) {
        buf_printf(out, " %s", esi_severity_name(item->severity));
    }
    buf_str(out, (item->actions & NOTE_NO_ESCALATE) != 0 ? " stays" : "");
    if (item->tries > 0) {
        buf_printf(out, " x%d", (int)item->tries);
    }
    buf_str(out, item->all_tried ? " all" : "");
    buf_str(out, item->several_people ? " several" : "");
    if (item->roles != 0) {
        buf_str(out, (item->roles & (1u << ESI_ROLE_TRAINEE)) != 0 ? " @trainee" : " @staff");
    }
    if (item->group > 0) {
        buf_printf(out, " #%d", (int)item->group);
    }
    if (item->condition.n > 0) {
        buf_printf(out, " (%.*s)", (int)item->condition.n, item->condition.p);
    }
    if (item->exception.n > 0) {
        buf_printf(out, " (unless %.*s)", (int)item->exception.n, item->exception.p);
    }
    buf_printf(out, ": %.*s\n", (int)item->text.n, item->text.p);
}

/* The notes of all sections, a line each; lines that weren't read come as "unread: ...". */
static inline void notes_of(const char *text, esi_arena *arena, struct buf *out) {
    struct front front;
    struct view title;
    struct chunk *chunks;
    size_t count;
    esi_error err;
    const struct view document = view_of(text);
    ck_assert_int_eq(front_read(document, arena, &front, &err), ESI_OK);
    ck_assert_int_eq(chunk_read(view_slice(document, front.body, document.n), front.body_line,
                                arena, &title, &chunks, &count, &err),
                     ESI_OK);
    struct handling_section *sections = ARENA_ARRAY(arena, count, struct handling_section);
    ck_assert_int_eq(handling_read(&front, title, chunks, count, arena, sections, &err), ESI_OK);
    for (size_t i = 0; i < count; i++) {
        const struct note *note = &sections[i].note;
        for (size_t k = 0; k < note->count; k++) {
            notes_item(out, &note->items[k]);
        }
        for (size_t k = 0; k < note->unread_count; k++) {
            buf_printf(out, "unread: %.*s\n", (int)note->unread[k].n, note->unread[k].p);
        }
    }
}

static inline void notes_check(const char *text, const char *want) {
    esi_arena arena;
    struct buf got;
    arena_init(&arena, 0);
    buf_init(&got, 1 << 16);
    notes_of(text, &arena, &got);
    buf_char(&got, '\0');
    const bool same = !got.failed && strcmp(got.p, want) == 0;
    if (!same) {
        fprintf(stderr, "---\n%s--- gives\n%s--- and not\n%s", text, got.p, want);
    }
    ck_assert_msg(same, "other notes than wanted");
    buf_clear(&got);
    arena_clear(&arena);
}

#endif

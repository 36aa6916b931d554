#include "core/handling.h"

#include "base/error.h"
#include "base/text.h"
#include "core/grow.h"

struct hand {
    esi_arena *arena;
    struct note *note;
    size_t item_cap;
    bool memory;
};

static void add_item(struct hand *h, struct note_item item) {
    struct note *note = h->note;
    struct note_item *items = grow(h->arena, note->items, note->count, &h->item_cap, sizeof *items);
    if (items == NULL) {
        h->memory = true;
        return;
    }
    note->items = items;
    note->items[note->count++] = item;
}

static void read_block(struct hand *h, const struct block *b) {
    struct note_item item = {.kind = NOTE_FACT, .line = b->line, .source = b->text};
    if (b->kind == BLOCK_CODE || b->number > 0) {
        item.kind = b->number > 0 ? NOTE_STEP : NOTE_FACT;
        item.order = b->number;
        item.code = b->kind == BLOCK_CODE;
        item.text = b->text;
        add_item(h, item);
        return;
    }
    struct view rest = b->text;
    while (!b->header && text_sentence(&rest, &item.text)) {
        item.source = item.text;
        add_item(h, item);
    }
}

esi_err handling_read(const struct front *front, struct view title, const struct chunk *chunks,
                      size_t count, esi_arena *arena, struct handling_section *out,
                      esi_error *err) {
    (void)front;
    (void)title;
    for (size_t i = 0; i < count; i++) {
        struct hand h = {.arena = arena, .note = &out[i].note};
        struct buf text;
        out[i] = (struct handling_section){0};
        buf_init(&text, (size_t)1 << 24);
        for (size_t k = 0; k < chunks[i].block_count; k++) {
            read_block(&h, &chunks[i].blocks[k]);
            buf_add(&text, chunks[i].blocks[k].text);
            buf_str(&text, "\n\n");
        }
        const char *copy = arena_str(arena, view_trim(buf_view(&text)));
        out[i].text = view_of(copy);
        buf_clear(&text);
        if (h.memory || copy == NULL) {
            return fail_memory(err, "core/handling");
        }
    }
    return ESI_OK;
}

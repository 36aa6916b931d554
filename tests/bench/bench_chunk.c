/* bench_chunk.c: what reading a document costs: its sections, and what they tell the desk. */
#include "base/str.h"
#include "bench.h"
#include "core/handling.h"

static const char page[] =
    "## Dropped connections\n\n**Symptom:** The tunnel drops every few minutes while you work in "
    "the\nlab and comes back by itself.\n\n1. Close the client on every other machine.\n2. Switch "
    "the transport to TCP 443 under **Settings > Transport**.\n3. Restart the client and wait ten "
    "minutes.\n\n| State | Meaning |\n| --- | --- |\n| Red | The machine is off |\n\nAssistant "
    "guidance:\n\n- Ask which network the learner is on.\n- Tell the learner that progress is kept."
    "\n- Escalate to Tier 2 if it still drops after two attempts.\n\n";

#define PAGES 400

struct reading {
    struct buf text;
    bool notes;
};

static void read_document(void *context, size_t i) {
    struct reading *r = context;
    esi_arena arena;
    struct view title;
    struct chunk *chunks;
    const struct front front = {0};
    size_t count;
    (void)i;
    arena_init(&arena, 0);
    bench_need(chunk_read(buf_view(&r->text), 1, &arena, &title, &chunks, &count, NULL) == ESI_OK,
               "chunk_read");
    if (r->notes) {
        struct handling_section *out = ARENA_ARRAY(&arena, count, struct handling_section);
        bench_need(out != NULL &&
                       handling_read(&front, title, chunks, count, &arena, out, NULL) == ESI_OK,
                   "handling_read");
    }
    arena_clear(&arena);
}

int main(void) {
    struct reading r = {0};
    buf_init(&r.text, (size_t)1 << 24);
    for (int i = 0; i < PAGES; i++) {
        buf_str(&r.text, page);
    }
    bench_need(!r.text.failed, "memory");
    const double chunking = bench_ns(read_document, &r, 5);
    r.notes = true;
    const double reading = bench_ns(read_document, &r, 5);
    printf("%-56s %10.2f MB/s\n", "sections of a document", (double)r.text.n * 1e3 / chunking);
    printf("%-56s %10.2f MB/s\n", "sections and handling notes", (double)r.text.n * 1e3 / reading);
    bench_print("one page of about 700 bytes, with its notes", reading / PAGES);
    buf_clear(&r.text);
    return 0;
}

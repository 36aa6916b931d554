/* A structured reply gives the same, however it is cut, keeps what its listeners are promised, and
 * a reply that a model was told to write is read as it was meant. */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "provider/structured.h"

#define SOURCES 4
#define HEARD_MAX ((size_t)1 << 22)

static const esi_prompt_source sources[SOURCES] = {
    {"s1", {"a", 1}}, {"s2", {"b", 1}}, {"s3", {"c", 1}}, {"s14", {"d", 1}}};
static const char *const categories[] = {"vm", "network"};

/* ---- reading ----------------------------------------------------------------------------------
 * */

struct heard {
    struct buf cited, text; /* what the listeners heard */
    struct buf all;         /* and all of the result, as words */
    size_t cited_calls, text_calls;
    bool found, has_cited;
};

static int on_cited(const char *const *ids, size_t count, void *context) {
    struct heard *h = context;
    FUZZ_HOLDS(h->cited_calls++ == 0 && h->text_calls == 0);
    for (size_t i = 0; i < count; i++) {
        buf_printf(&h->cited, "%s ", ids[i]);
    }
    return 0;
}

static int on_text(const char *text, size_t size, void *context) {
    struct heard *h = context;
    const struct view piece = {text, size};
    FUZZ_HOLDS(size > 0);
    for (size_t at = 0; at < size;) {
        const size_t n = view_utf8(view_slice(piece, at, size));
        const unsigned char c = (unsigned char)text[at];
        FUZZ_HOLDS(n > 0 && (c >= 0x20 || c == '\n' || c == '\t') && c != 0x7f);
        at += n;
    }
    h->text_calls++;
    buf_add(&h->text, piece);
    return 0;
}

static void add_result(const struct structured_out *out, struct heard *h) {
    const esi_advice *a = &out->advice;
    buf_printf(&h->all, "%d %d %d %d %zu|", out->found, out->broken, out->complete, out->has_cited,
               out->unknown);
    buf_printf(&h->all, "%d %d %d %d %d %d %s|", a->has_tier, (int)a->tier, a->has_severity,
               (int)a->severity, a->has_escalate, a->escalate,
               a->category == NULL ? "" : a->category);
    for (size_t i = 0; i < out->open_count; i++) {
        FUZZ_HOLDS(strlen(out->open[i]) <= 300 && *out->open[i] != '\0');
        buf_printf(&h->all, "%s\n", out->open[i]);
    }
    buf_add(&h->all, (struct view){out->text.data, out->text.size});
}

static void check_result(const struct structured_out *out, const struct heard *h) {
    struct buf ids;
    buf_init(&ids, HEARD_MAX);
    for (size_t i = 0; i < out->cited_count; i++) {
        buf_printf(&ids, "%s ", out->cited[i]);
        for (size_t k = 0; k < i; k++) {
            FUZZ_HOLDS(strcmp(out->cited[k], out->cited[i]) != 0);
        }
    }
    FUZZ_HOLDS(out->cited_count <= SOURCES && out->open_count <= STRUCTURED_OPEN_MAX);
    FUZZ_HOLDS(view_eq(buf_view(&ids), buf_view(&h->cited)));
    FUZZ_HOLDS(h->cited_calls == (out->has_cited ? 1 : 0));
    FUZZ_HOLDS(view_eq(buf_view(&h->text), (struct view){out->text.data, out->text.size}));
    FUZZ_HOLDS(!out->stopped && !(out->found && out->broken));
    FUZZ_HOLDS(!out->broken || out->text.size == 0);
    buf_clear(&ids);
}

/* Pieces of sizes drawn from `seed`; 0: all at once. Each is a block of its own. */
static esi_err feed(struct structured *s, struct view reply, uint32_t seed) {
    const bool whole = seed == 0;
    esi_err result = ESI_OK;
    for (size_t at = 0; at < reply.n && result == ESI_OK;) {
        seed = seed * 1664525u + 1013904223u;
        const size_t most = (seed >> 8) % 4 == 0 ? 60 : 3;
        const struct view piece =
            view_slice(reply, at, whole ? reply.n : at + 1 + (seed >> 16) % most);
        char *copy = malloc(piece.n);
        FUZZ_HOLDS(copy != NULL);
        memcpy(copy, piece.p, piece.n);
        result = structured_feed(s, (struct view){copy, piece.n}, NULL);
        free(copy);
        at += piece.n;
    }
    return result;
}

static esi_err hear(struct view reply, uint32_t seed, struct heard *h) {
    *h = (struct heard){.found = false};
    buf_init(&h->cited, HEARD_MAX);
    buf_init(&h->text, HEARD_MAX);
    buf_init(&h->all, HEARD_MAX);
    const struct structured_in in = {.sources = sources,
                                     .source_count = SOURCES,
                                     .categories = categories,
                                     .category_count = 2,
                                     .on_cited = on_cited,
                                     .on_text = on_text,
                                     .context = h};
    struct structured *s = NULL;
    FUZZ_HOLDS(structured_create(&in, &s, NULL) == ESI_OK);
    esi_err result = feed(s, reply, seed);
    if (result == ESI_OK) {
        esi_arena arena = {.max = 0};
        struct structured_out out;
        result = structured_end(s, &arena, &out, NULL);
        FUZZ_HOLDS(result == ESI_OK);
        check_result(&out, h);
        add_result(&out, h);
        arena_clear(&arena);
    } else {
        FUZZ_HOLDS(result == ESI_ETOOBIG && reply.n > STRUCTURED_MAX);
    }
    structured_free(s);
    return result;
}

static void clear(struct heard *h) {
    buf_clear(&h->cited);
    buf_clear(&h->text);
    buf_clear(&h->all);
}

static void check_cuttings(struct view reply, struct heard *whole) {
    struct heard cut;
    const esi_err result = hear(reply, 0, whole);
    for (uint32_t seed = 1; seed < 4; seed++) {
        const esi_err again = hear(reply, seed * 2654435761u + (uint32_t)reply.n, &cut);
        FUZZ_HOLDS(again == result);
        FUZZ_HOLDS(result != ESI_OK || view_eq(buf_view(&cut.all), buf_view(&whole->all)));
        FUZZ_HOLDS(result != ESI_OK || view_eq(buf_view(&cut.cited), buf_view(&whole->cited)));
        clear(&cut);
    }
}

/* ---- writing ----------------------------------------------------------------------------------
 * */

/* Chance out of the input's bytes. */
struct dice {
    const uint8_t *data;
    size_t size, at;
    uint32_t state;
};

static uint32_t roll(struct dice *d, uint32_t n) {
    const uint32_t byte = d->at < d->size ? d->data[d->at++] : 0;
    d->state = (d->state ^ byte) * 1664525u + 1013904223u;
    return (d->state >> 8) % n;
}

static void put_utf8(struct buf *to, uint32_t c) {
    if (c < 0x80) {
        buf_char(to, (char)c);
    } else if (c < 0x800) {
        buf_char(to, (char)(0xc0 | c >> 6));
        buf_char(to, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buf_char(to, (char)(0xe0 | c >> 12));
        buf_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_char(to, (char)(0x80 | (c & 0x3f)));
    } else {
        buf_char(to, (char)(0xf0 | c >> 18));
        buf_char(to, (char)(0x80 | (c >> 12 & 0x3f)));
        buf_char(to, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_char(to, (char)(0x80 | (c & 0x3f)));
    }
}

/* A character that means something to somebody on the way. */
static uint32_t roll_char(struct dice *d) {
    static const uint32_t odd[] = {'"',  '\\', '/',  '{',    '}',    ',',    ':',     ' ',    '\n',
                                   '\t', '`',  '\'', 0x3010, 0x3011, 0xfeff, 0x1f600, 0x20ac, 0xe9};
    return roll(d, 2) == 0 ? 'a' + roll(d, 26) : odd[roll(d, sizeof odd / sizeof *odd)];
}

static void put_escape(struct buf *to, uint32_t unit, struct dice *d) {
    buf_printf(to, roll(d, 2) == 0 ? "\\u%04x" : "\\u%04X", unit);
}

/* One character as a JSON string may hold it. */
static void put_written(struct buf *to, uint32_t c, struct dice *d) {
    static const char shorts[] = "\"\"\\\\//n\nt\t"; /* the escape, then what it says */
    if (roll(d, 4) == 0) {
        if (c < 0x10000) {
            put_escape(to, c, d);
        } else {
            put_escape(to, 0xd800 + ((c - 0x10000) >> 10), d);
            put_escape(to, 0xdc00 + ((c - 0x10000) & 0x3ff), d);
        }
        return;
    }
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
        if (c == (unsigned char)shorts[i + 1] && (c != '/' || roll(d, 2) == 0)) {
            buf_char(to, '\\');
            buf_char(to, shorts[i]);
            return;
        }
    }
    put_utf8(to, c);
}

static void put_space(struct buf *to, struct dice *d) {
    static const char *const spaces[] = {"", "", " ", "\n  ", "\t", "\r\n"};
    buf_str(to, spaces[roll(d, 6)]);
}

static void put_unknown(struct buf *to, struct dice *d) {
    static const char *const values[] = {
        "\"x\":null",     "\"answers\":[\"{\\\"answer\\\":\"]", "\"a\":{\"answer\":\"no\"}",
        "\"b\":-1.5e+10", "\"c\":[[],{},[{\"cited\":3}]]",      "\"d\":\"\\\\\\\"}\"",
        "\"open_\":true"};
    buf_str(to, values[roll(d, 7)]);
}

struct meant {
    struct buf reply, text;
    const char *ids[SOURCES];
    size_t count;
};

static void put_cited(struct meant *m, struct dice *d) {
    buf_str(&m->reply, "\"cited\":[");
    for (size_t i = 0; i < SOURCES; i++) {
        if (roll(d, 2) == 0) {
            buf_str(&m->reply, m->count > 0 ? "," : "");
            buf_printf(&m->reply, "\"%s\"", sources[i].id);
            m->ids[m->count++] = sources[i].id;
        }
    }
    buf_char(&m->reply, ']');
}

static void put_answer(struct meant *m, struct dice *d) {
    buf_str(&m->reply, "\"answer\":\"");
    for (uint32_t n = roll(d, 60); n > 0; n--) {
        const uint32_t c = roll_char(d);
        put_utf8(&m->text, c);
        put_written(&m->reply, c, d);
    }
    buf_char(&m->reply, '"');
}

static void put_member(struct meant *m, uint32_t which, struct dice *d) {
    switch (which) {
    case 0:
        put_cited(m, d);
        return;
    case 1:
        put_answer(m, d);
        return;
    case 2:
        buf_str(&m->reply, "\"open\":[\"one\"]");
        return;
    case 3:
        buf_str(&m->reply, "\"labels\":{\"tier\":\"TIER_1\",\"escalate\":true}");
        return;
    default:
        put_unknown(&m->reply, d);
        return;
    }
}

/* A reply as a model may write it, and what it means. */
static void write_reply(struct meant *m, struct dice *d) {
    static const char *const heads[] = {
        "", "", "```json\n", "Here it is:\n", "\xef\xbb\xbf", "<think>{\"answer\":\"no\"}</think>"};
    static const char *const tails[] = {"", "", "\n```\n", "\nI hope that helps.", "{", "\xff"};
    uint32_t order[6] = {0, 1, 2, 3, 4, 5};
    for (uint32_t i = 5; i > 0; i--) {
        const uint32_t k = roll(d, i + 1), was = order[i];
        order[i] = order[k];
        order[k] = was;
    }
    buf_str(&m->reply, heads[roll(d, 6)]);
    buf_char(&m->reply, '{');
    for (size_t i = 0; i < 6; i++) {
        put_space(&m->reply, d);
        buf_str(&m->reply, i > 0 ? "," : "");
        put_space(&m->reply, d);
        put_member(m, order[i], d);
    }
    put_space(&m->reply, d);
    buf_char(&m->reply, '}');
    buf_str(&m->reply, tails[roll(d, 6)]);
}

static void check_round_trip(const uint8_t *data, size_t size) {
    struct dice d = {.data = data, .size = size};
    struct meant m = {.count = 0};
    struct heard h;
    struct buf wanted;
    buf_init(&m.reply, HEARD_MAX);
    buf_init(&m.text, HEARD_MAX);
    buf_init(&wanted, HEARD_MAX);
    write_reply(&m, &d);
    check_cuttings(buf_view(&m.reply), &h);
    buf_str(&wanted, "1 0 1 1 0|1 1 0 0 1 1 |one\n");
    buf_add(&wanted, buf_view(&m.text));
    if (!view_eq(buf_view(&wanted), buf_view(&h.all))) {
        (void)fprintf(stderr, "reply:  %s\nwanted: %s\nread:   %s\n", m.reply.p, wanted.p, h.all.p);
    }
    FUZZ_HOLDS(view_eq(buf_view(&wanted), buf_view(&h.all)));
    buf_empty(&wanted);
    for (size_t i = 0; i < m.count; i++) {
        buf_printf(&wanted, "%s ", m.ids[i]);
    }
    FUZZ_HOLDS(view_eq(buf_view(&wanted), buf_view(&h.cited)));
    clear(&h);
    buf_clear(&wanted);
    buf_clear(&m.reply);
    buf_clear(&m.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct heard whole;
    check_cuttings((struct view){(const char *)data, size}, &whole);
    clear(&whole);
    check_round_trip(data, size);
    return 0;
}

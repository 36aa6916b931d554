/* A reply to a request for an answer is read the same, however it is cut; what is right JSON says
 * to the reader in place what it says to the one that builds a tree. */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "provider/openai_reply.h"

static esi_err read_pieces(struct view text, uint32_t seed, struct reply *r) {
    const bool whole = seed == 0;
    esi_err result = ESI_OK;
    reply_init(r);
    for (size_t at = 0; at < text.n && result == ESI_OK;) {
        seed = seed * 1664525u + 1013904223u;
        const size_t most = (seed >> 8) % 4 == 0 ? 60 : 4;
        const size_t size = whole ? text.n : 1 + (seed >> 16) % most;
        const struct view piece = view_slice(text, at, at + size);
        char *copy = malloc(piece.n);
        FUZZ_HOLDS(copy != NULL);
        memcpy(copy, piece.p, piece.n);
        result = reply_take(r, (struct view){copy, piece.n}, NULL);
        free(copy);
        at += piece.n;
    }
    return result == ESI_OK ? reply_end(r, NULL) : result;
}

static void check_same(const struct reply *a, const struct reply *b) {
    FUZZ_HOLDS(a->form == b->form && a->finish == b->finish);
    FUZZ_HOLDS(a->any == b->any && a->ended == b->ended && a->pieces == b->pieces);
    FUZZ_HOLDS(view_eq(buf_view(&a->content), buf_view(&b->content)));
    FUZZ_HOLDS(view_eq(buf_view(&a->refusal), buf_view(&b->refusal)));
    FUZZ_HOLDS(view_eq(buf_view(&a->model), buf_view(&b->model)));
    FUZZ_HOLDS(view_eq(buf_view(&a->error), buf_view(&b->error)));
    FUZZ_HOLDS(a->usage.said == b->usage.said && a->usage.input == b->usage.input &&
               a->usage.cached == b->usage.cached && a->usage.output == b->usage.output);
}

static void check_sane(const struct reply *r) {
    FUZZ_HOLDS(!r->usage.said || (r->usage.input > 0 && r->usage.output >= 0));
    FUZZ_HOLDS(r->usage.cached >= 0 && r->usage.cached <= r->usage.input);
    FUZZ_HOLDS(r->pieces == 0 || r->any);
}

/* The text of the only choice, by the tree; NULL where there is none, or another form of it. */
static const char *content_of(const json_value *root) {
    const json_value *choices = json_get(root, "choices");
    const json_value *choice = json_first(choices), *content = NULL;
    if (json_type(choices) != JSON_ARRAY || json_count(choices) != 1 ||
        json_type(choice) != JSON_OBJECT || json_number(json_get(choice, "index"), 0) != 0) {
        return NULL;
    }
    for (const json_value *m = json_first(choice); m != NULL; m = json_next(m)) {
        const bool message =
            strcmp(json_name(m), "message") == 0 || strcmp(json_name(m), "delta") == 0;
        const json_value *found = message ? json_get(m, "content") : NULL;
        content = found != NULL ? found : content;
    }
    return json_string(content);
}

/* Names are compared as they are written, so that one with \u in it isn't known. */
static void check_tree(struct view text, const struct reply *r) {
    struct json_doc *doc = NULL;
    if (r->form != REPLY_WHOLE || view_find(text, VIEW("\\u"), 0) != SIZE_MAX ||
        json_read(text, REPLY_MAX, "the reply", &doc, NULL) != ESI_OK) {
        return;
    }
    const json_value *root = json_root(doc);
    const char *content = content_of(root);
    FUZZ_HOLDS(json_type(root) != JSON_OBJECT || r->ended);
    FUZZ_HOLDS(content == NULL || view_eq(view_of(content), buf_view(&r->content)));
    json_free(doc);
}

/* What events say one by one, each to a reader that has seen no other. */
struct alone {
    struct buf content;
    enum reply_finish finish;
    size_t pieces;
    bool any;
};

static int take_alone(struct view type, struct view data, void *context) {
    struct alone *alone = context;
    struct reply r;
    struct view line;
    reply_init(&r);
    if (!view_eq(type, VIEW("error"))) {
        for (struct view rest = data; view_split(&rest, '\n', &line);) {
            FUZZ_HOLDS(reply_take(&r, VIEW("data: "), NULL) == ESI_OK &&
                       reply_take(&r, line, NULL) == ESI_OK &&
                       reply_take(&r, VIEW("\n"), NULL) == ESI_OK);
        }
        FUZZ_HOLDS(reply_end(&r, NULL) == ESI_OK);
    }
    buf_add(&alone->content, buf_view(&r.content));
    alone->finish = r.finish == REPLY_UNFINISHED ? alone->finish : r.finish;
    alone->pieces += r.pieces;
    alone->any = alone->any || r.any;
    reply_clear(&r);
    return 0;
}

/* What is remembered from event to event changes nothing, but for a pair in two of them. Rubbish at
 * the very beginning is read over. */
static void check_alone(struct view text, const struct reply *r) {
    if (r->form != REPLY_STREAM || !view_starts(text, VIEW("data")) ||
        view_find(text, VIEW("\\u"), 0) != SIZE_MAX) {
        return;
    }
    struct alone alone = {.finish = REPLY_UNFINISHED};
    struct sse sse;
    buf_init(&alone.content, REPLY_MAX);
    sse_init(&sse, REPLY_MAX, take_alone, &alone);
    FUZZ_HOLDS(sse_feed(&sse, text, NULL) == ESI_OK && sse_end(&sse, NULL) == ESI_OK);
    sse_clear(&sse);
    FUZZ_HOLDS(view_eq(buf_view(&alone.content), buf_view(&r->content)));
    FUZZ_HOLDS(alone.finish == r->finish && alone.pieces == r->pieces && alone.any == r->any);
    buf_clear(&alone.content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct view text = {(const char *)data, size};
    struct reply whole, cut;
    const esi_err result = read_pieces(text, 0, &whole);
    FUZZ_HOLDS(result == ESI_OK || result == ESI_ETOOBIG);
    check_sane(&whole);
    if (result == ESI_OK) {
        check_tree(text, &whole);
        check_alone(text, &whole);
    }
    for (uint32_t seed = 1; seed < 4; seed++) {
        FUZZ_HOLDS(read_pieces(text, seed * 2654435761u + (uint32_t)size, &cut) == result);
        if (result == ESI_OK) {
            check_same(&whole, &cut);
        }
        reply_clear(&cut);
    }
    reply_clear(&whole);
    return 0;
}

/* section_features.c: what a search sees of each candidate section, as a table to fit weights to.
 *
 * section_features DOCUMENTS ROWS...: reads a folder of documents and files of JSON lines
 * (scenarios, coverage, passages; only the first turn of each). Prints a line for each candidate,
 * separated by tabs: row, act, expected coverage, place, section, document is wanted (1, 0; -1:
 * nobody says), how much of what is to be said the section has (-1: nobody says), then the features
 * by relevance.h. fit_relevance.py reads it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <esihelp/esihelp.h>

#include "base/json.h"
#include "base/os.h"
#include "base/text.h"
#include "bench.h"
#include "core/issue.h"
#include "core/relevance.h"
#include "desk/lookup.h"

#define CANDIDATES 60
#define LOOKED_AT RELEVANCE_LOOKED_AT
#define TOKENS_MAX 2048

static esi_arena arena;

static void need_ok(esi_err code, const esi_error *error, const char *what) {
    if (code != ESI_OK) {
        fprintf(stderr, "%s: %s\n", what, error->message);
        exit(1);
    }
}

/* Lower case, white space once, marks of emphasis left out. */
static char *plain(const char *text) {
    char *out = arena_alloc(&arena, strlen(text) + 1);
    size_t n = 0;
    bench_need(out != NULL, "memory");
    for (; *text != '\0'; text++) {
        const char c = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
        if (c == '*' || c == '`') {
            continue;
        }
        const bool space = c == ' ' || c == '\n' || c == '\t';
        if (!space || (n > 0 && out[n - 1] != ' ')) {
            out[n++] = space ? ' ' : c;
        }
    }
    out[n] = '\0';
    return out;
}

/* Has the text one of "this|that"? */
static bool has_one(const char *text, const char *item) {
    struct view rest = view_of(plain(item)), one;
    while (view_split(&rest, '|', &one)) {
        one = view_trim(one);
        if (one.n > 0 && view_find(view_of(text), one, 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static const char *text_of(esi_desk *desk, struct view id, const esi_wait *wait) {
    const char *ids[1] = {arena_str(&arena, id)};
    esi_store *store = NULL;
    const esi_store_passage *passage = NULL;
    size_t count = 0;
    esi_error error = {0};
    need_ok(desk_store(desk, &store, &error), &error, "store");
    need_ok(desk->store_ops->kb_fetch(store, desk->settings.collection, ids, 1, wait, &arena,
                                      &passage, &count, &error),
            &error, "fetch");
    if (count == 0) {
        return "";
    }
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_str(&text, passage->heading);
    buf_char(&text, ' ');
    buf_str(&text, passage->text);
    const char *out = plain(arena_str(&arena, buf_view(&text)));
    buf_clear(&text);
    return out;
}

/* One question on its way. */
struct asked {
    const char *row;
    const json_value *expect;
    struct reading reading;
    struct lookup found;
};

static int cited(const struct asked *a, const char *document) {
    const json_value *cites = json_get(a->expect, "cites");
    for (const json_value *v = json_first(cites); v != NULL; v = json_next(v)) {
        if (has_one(plain(document), json_string(v))) {
            return 1;
        }
    }
    return cites == NULL ? -1 : 0;
}

/* How many of what is to be said stand there. */
static int said(const struct asked *a, const char *text) {
    int count = 0;
    const json_value *says = json_get(a->expect, "says");
    for (const json_value *v = json_first(says); v != NULL; v = json_next(v)) {
        count += has_one(text, json_string(v));
    }
    return says == NULL ? -1 : count;
}

static void print_row(esi_desk *desk, const struct index *index, struct asked *a,
                      const esi_wait *wait) {
    static const char acts[] = "qtrahgs";
    const char *expected = json_string(json_get(a->expect, "coverage"));
    const size_t count = a->found.hit_count < LOOKED_AT ? a->found.hit_count : LOOKED_AT;
    const struct relevance_in in = {
        .index = index, .query = &a->found.query, .aim = &a->found.aim, .act = a->reading.act};
    float *features = ARENA_ARRAY(&arena, count * RELEVANCE_COUNT, float);
    esi_error error = {0};
    bench_need(features != NULL, "memory");
    need_ok(
        relevance_features(&in, a->found.hits, a->found.hit_count, count, &arena, features, &error),
        &error, "features");
    for (size_t i = 0; i < count; i++) {
        const uint32_t section = a->found.hits[i].hit.section;
        const char *document =
            arena_str(&arena, index_document_at(index, index_section_document(index, section)).id);
        const struct view heading = index_section_heading(index, section);
        printf("%s\t%c\t%s\t%zu\t%s#%.*s\t%d\t%d", a->row, acts[a->reading.act],
               expected != NULL ? expected : "?", i, document, (int)heading.n, heading.p,
               cited(a, document), said(a, text_of(desk, index_section_id(index, section), wait)));
        for (size_t f = 0; f < RELEVANCE_COUNT; f++) {
            printf("\t%.5g", (double)features[i * RELEVANCE_COUNT + f]);
        }
        putchar('\n');
    }
}

static void ask(esi_desk *desk, const char *message, esi_role role, struct asked *a) {
    esi_error error = {0};
    struct token *tokens;
    size_t count;
    struct snapshot *snapshot = knowledge_snapshot(desk->knowledge);
    const esi_wait wait = wait_for_ms(10000, NULL);
    const struct view words = view_of(message);
    const char *language = text_language(words);
    need_ok(text_tokens(words, language, TOKENS_MAX, &arena, &tokens, &count, &error), &error,
            "tokens");
    need_ok(issue_read(desk->policy, words, tokens, count, false, &arena, &a->reading, &error),
            &error, "reading");
    const struct lookup_in in = {.words = words,
                                 .language = language,
                                 .act = a->reading.act,
                                 .role = role,
                                 .most = CANDIDATES,
                                 .wait = wait};
    need_ok(lookup_search(desk, snapshot->index, &in, &arena, &a->found, &error), &error, "lookup");
    print_row(desk, snapshot->index, a, &wait);
    snapshot_unref(snapshot);
}

static void read_rows(esi_desk *desk, const char *path) {
    struct buf text;
    esi_error error = {0};
    buf_init(&text, 1 << 24);
    need_ok(os_read_file(path, 1 << 24, &text, &error), &error, path);
    struct view rest = buf_view(&text), line;
    while (view_line(&rest, &line)) {
        struct json_doc *doc = NULL;
        if (text_blank(line)) {
            continue;
        }
        need_ok(json_read(line, 1 << 20, path, &doc, &error), &error, path);
        const json_value *row = json_root(doc);
        const json_value *turn =
            json_get(row, "turns") != NULL ? json_first(json_get(row, "turns")) : row;
        const char *role = json_string(json_get(row, "role"));
        static struct asked asked;
        asked = (struct asked){.row = json_string(json_get(row, "id")),
                               .expect = json_get(turn, "expect")};
        const bool history = json_get(row, "history") != NULL;
        if (!history && !json_bool(json_get(asked.expect, "blocked"), false)) {
            static const char *const roles[] = {"",         "trainee",          "instructor",
                                                "operator", "support_engineer", "admin"};
            int r = 1;
            for (int i = 1; i < 6; i++) {
                r = role != NULL && strcmp(role, roles[i]) == 0 ? i : r;
            }
            ask(desk, json_string(json_get(turn, "message")), (esi_role)r, &asked);
        }
        json_free(doc);
        arena_clear(&arena);
    }
    buf_clear(&text);
}

int main(int argc, char **argv) {
    esi_desk *desk = NULL;
    esi_error error = {0};
    esi_options options = ESI_OPTIONS_INIT;
    options.store = ":memory:";
    options.provider = "offline";
    need_ok(esi_desk_open(&options, &desk, &error), &error, "open");
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = argc > 1 ? argv[1] : "kb";
    esi_kb_report *report = NULL;
    need_ok(esi_kb_ingest(desk, &source, &report, &error), &error, "ingest");
    esi_kb_report_free(report);
    arena_init(&arena, 0);
    printf("row\tact\texpected\tplace\tsection\tcited\tsaid");
#define X(name) printf("\t" #name);
    RELEVANCE_FEATURES(X)
#undef X
    putchar('\n');
    for (int i = 2; i < argc; i++) {
        read_rows(desk, argv[i]);
    }
    arena_clear(&arena);
    esi_desk_close(desk);
    return 0;
}

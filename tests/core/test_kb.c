#include "core/handling.h"

#include <string.h>

#include "base/os.h"
#include "tap.h"

/* Every document of the sample knowledge base gives the same notes however it is laid out. */

static esi_arena arena;
static const char *const *paths;
static size_t path_count;

struct document {
    struct chunk *chunks;
    struct handling_section *sections;
    size_t count;
};

static struct view read_file(const char *name) {
    char *path = arena_printf(&arena, "%s/kb/%s", TEST_SOURCE_ROOT, name);
    struct buf text;
    esi_error err;
    buf_init(&text, 1 << 20);
    ck_assert_int_eq(os_read_file(path, 1 << 20, &text, &err), ESI_OK);
    const char *copy = arena_str(&arena, buf_view(&text));
    buf_clear(&text);
    return view_of(copy);
}

static struct document read_document(struct view text) {
    struct document d;
    struct front front;
    struct view title;
    esi_error err;
    ck_assert_int_eq(front_read(text, &arena, &front, &err), ESI_OK);
    ck_assert_int_eq(chunk_read(view_slice(text, front.body, text.n), front.body_line, &arena,
                                &title, &d.chunks, &d.count, &err),
                     ESI_OK);
    d.sections = ARENA_ARRAY(&arena, d.count, struct handling_section);
    ck_assert_int_eq(handling_read(&front, title, d.chunks, d.count, &arena, d.sections, &err),
                     ESI_OK);
    return d;
}

static bool same_item(const struct note_item *a, const struct note_item *b) {
    return a->kind == b->kind && view_eq(a->text, b->text) && view_eq(a->condition, b->condition) &&
           a->roles == b->roles && a->order == b->order && a->tries == b->tries &&
           a->all_tried == b->all_tried && a->actions == b->actions && a->tier == b->tier &&
           a->severity == b->severity && a->code == b->code && a->for_desk == b->for_desk &&
           a->group == b->group;
}

static void check_same(const char *name, const struct document *a, const struct document *b) {
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct note *x = &a->sections[i].note;
        const struct note *y = &b->sections[i].note;
        ck_assert(view_eq(a->chunks[i].heading, b->chunks[i].heading));
        for (size_t k = 0; k < x->count && k < y->count; k++) {
            ck_assert_msg(same_item(&x->items[k], &y->items[k]), "%s: \"%.*s\" and \"%.*s\"", name,
                          (int)x->items[k].text.n, x->items[k].text.p, (int)y->items[k].text.n,
                          y->items[k].text.p);
        }
        ck_assert_uint_eq(x->count, y->count);
        ck_assert_uint_eq(x->unread_count, y->unread_count);
    }
}

/* Three or more of one of "-*_" and nothing else. */
static bool is_rule(struct view words) {
    size_t same = 0;
    for (size_t i = 0; i < words.n; i++) {
        same += words.p[i] == words.p[0] ? 1 : 0;
    }
    return words.n >= 3 && same == words.n && strchr("-*_", words.p[0]) != NULL;
}

struct layout_of {
    bool spaced, flat, plain, windows;
};

static struct view relaid(struct view text, const struct layout_of *l) {
    char *out = arena_alloc(&arena, text.n * 4 + 1);
    size_t n = 0;
    struct view line;
    while (view_line(&text, &line)) {
        const struct view words = view_trim(line);
        if (l->plain && is_rule(words)) {
            continue;
        }
        const struct view kept = l->flat ? words : line;
        memcpy(out + n, kept.p, kept.n);
        n += kept.n;
        for (int i = 0; i < (l->spaced ? 2 : 1); i++) {
            if (l->windows) {
                out[n++] = '\r';
            }
            out[n++] = '\n';
        }
    }
    return (struct view){out, n};
}

static void setup(void) {
    static const char *const endings[] = {".md", NULL};
    esi_error err;
    arena_init(&arena, 0);
    ck_assert_int_eq(
        os_list_tree(TEST_SOURCE_ROOT "/kb", endings, 100, &arena, &paths, &path_count, &err),
        ESI_OK);
}

static void teardown(void) {
    arena_clear(&arena);
}

START_TEST(there_are_at_least_sixteen_documents) {
    ck_assert_uint_ge(path_count, 16);
}
END_TEST

START_TEST(layout_does_not_change_the_notes) {
    const struct layout_of layout = {(_i & 1) != 0, (_i & 2) != 0, (_i & 4) != 0, (_i & 8) != 0};
    for (size_t i = 0; i < path_count; i++) {
        const struct view text = read_file(paths[i]);
        const struct document want = read_document(text);
        const struct document got = read_document(relaid(text, &layout));
        check_same(paths[i], &want, &got);
    }
}
END_TEST

START_TEST(every_document_says_something) {
    for (size_t i = 0; i < path_count; i++) {
        const struct document d = read_document(read_file(paths[i]));
        size_t items = 0;
        for (size_t k = 0; k < d.count; k++) {
            items += d.sections[k].note.count;
            ck_assert(!d.sections[k].suspicious);
        }
        ck_assert_uint_ge(items, 5);
    }
}
END_TEST

START_TEST(no_order_to_the_assistant_reaches_the_user) {
    static const char *const voices[] = {"ell the learner", "ell the user", "sk the learner",
                                         "ave the learner", "Escalate to",  "Assistant guidance"};
    for (size_t i = 0; i < path_count; i++) {
        const struct document d = read_document(read_file(paths[i]));
        for (size_t k = 0; k < d.count; k++) {
            for (size_t v = 0; v < sizeof voices / sizeof voices[0]; v++) {
                ck_assert_msg(view_find(d.sections[k].text, view_of(voices[v]), 0) == SIZE_MAX,
                              "%s: %.*s", paths[i], (int)d.sections[k].text.n,
                              d.sections[k].text.p);
            }
        }
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("kb");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, there_are_at_least_sixteen_documents);
    tcase_add_loop_test(t, layout_does_not_change_the_notes, 1, 16);
    tcase_add_test(t, every_document_says_something);
    tcase_add_test(t, no_order_to_the_assistant_reaches_the_user);
    return tap_run("core/kb", t);
}

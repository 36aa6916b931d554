#include "base/arena.h"
#include "fail_alloc.h"
#include "provider/dialect.h"
#include "provider/sse.h"
#include "provider/structured.h"
#include "tap.h"

static int take(struct view type, struct view data, void *context) {
    size_t *bytes = context;
    *bytes += type.n + data.n;
    return 0;
}

/* Events in two pieces. What goes wrong between arm and disarm is told by ESI_EINTERNAL. */
static esi_err read_events(void) {
    struct sse sse;
    size_t bytes = 0;
    esi_error err = {.code = ESI_OK};
    sse_init(&sse, 1000, take, &bytes);
    esi_err result = sse_feed(&sse, VIEW("event: a\ndata: one\ndata: tw"), &err);
    if (result == ESI_OK) {
        result = sse_feed(&sse, VIEW("o\n\ndata: three"), &err);
    }
    if (result == ESI_OK) {
        result = sse_end(&sse, &err);
    }
    sse_clear(&sse);
    return err.code == result && (result != ESI_OK || bytes == 13) ? result : ESI_EINTERNAL;
}

static const esi_prompt_source sources[] = {{"s1", {"a", 1}}, {"s2", {"b", 1}}};
static const char *const categories[] = {"vm"};

static esi_err read_reply(struct view reply, bool found) {
    const struct structured_in in = {
        .sources = sources, .source_count = 2, .categories = categories, .category_count = 1};
    struct structured *s = NULL;
    struct structured_out out = {.found = false};
    esi_arena arena = {0};
    esi_error err = {.code = ESI_OK};
    esi_err result = structured_create(&in, &s, &err);
    for (size_t at = 0; at < reply.n && result == ESI_OK; at += 50) {
        result = structured_feed(s, view_slice(reply, at, at + 50), &err);
    }
    if (result == ESI_OK) {
        result = structured_end(s, &arena, &out, &err);
    }
    structured_free(s);
    const bool right = out.found == found && out.has_cited && out.cited_count == 1;
    const bool told = err.code == result && (result == ESI_OK ? right : out.text.data == NULL);
    arena_clear(&arena);
    return told ? result : ESI_EINTERNAL;
}

static esi_err read_structured(void) {
    return read_reply(
        VIEW("{\"cited\":[\"s1\",\"source\\u0020s9\"],\"answer\":\"Restart the machine and "
             "wait until it is back [s1].\\nThen try again \\u00e9\",\"open\":[\"a\","
             "\"b\"],\"labels\":{\"tier\":\"TIER_1\",\"category\":\"vm\"}}"),
        true);
}

static esi_err read_quoted(void) {
    return read_reply(VIEW("\"{\\\"answer\\\":\\\"x\\\",\\\"cited\\\":[\\\"s2\\\"]}\""), true);
}

static esi_err read_words(void) {
    return read_reply(VIEW("Restart it [s2]. Then wait until it is back, and try again."), false);
}

static esi_err write_schema(void) {
    const struct structured_in in = {.categories = categories, .category_count = 1};
    struct buf out;
    esi_error err = {.code = ESI_OK};
    buf_init(&out, 4096);
    const esi_err result = structured_schema(&in, &out, &err);
    buf_clear(&out);
    return err.code == result ? result : ESI_EINTERNAL;
}

static esi_err read_error(void) {
    esi_arena arena = {0};
    struct api_error e = {.message = {NULL, 0}};
    esi_error err = {.code = ESI_OK};
    const esi_err result = api_error_read(
        VIEW("{\"error\":{\"message\":\"too much\",\"type\":\"a\",\"code\":\"b\"},\"detail\":"
             "[{\"loc\":[\"body\",\"stream\"]}]}"),
        &arena, &e, &err);
    const bool told = err.code == result && (e.message.p != NULL) == (result == ESI_OK);
    arena_clear(&arena);
    return told ? result : ESI_EINTERNAL;
}

static esi_err (*const uses[])(void) = {read_events, read_structured, read_quoted,
                                        read_words,  write_schema,    read_error};

static void each_fails(esi_err (*use)(void), void (*arm)(size_t), bool (*disarm)(void)) {
    size_t n = 1;
    for (;; n++) {
        arm(n);
        const esi_err result = use();
        if (!disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        ck_assert_int_eq(result, ESI_ENOMEM);
    }
    ck_assert_uint_gt(n, 1);
}

START_TEST(a_reader_without_our_memory) {
    each_fails(uses[_i], fail_own_arm, fail_own_disarm);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("readers");
    tcase_add_loop_test(t, a_reader_without_our_memory, 0, sizeof(uses) / sizeof(*uses));
    return tap_run("fault/readers", t);
}

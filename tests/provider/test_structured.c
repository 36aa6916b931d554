#include "provider/structured.h"

#include <string.h>

#include "base/json.h"
#include "tap.h"

/* ---- a reply is read in pieces of each size, and gives the same ------------------------------ */

static const esi_prompt_source sources[] = {
    {"s1", {"one", 3}}, {"s2", {"two", 3}}, {"s3", {"three", 5}}, {"s12", {"twelve", 6}}};
static const char *const categories[] = {"vm", "network", "access"};

struct heard {
    struct buf cited, text;
    int calls_cited, calls_text;
    int stop_cited, stop_text; /* at that call; 0: never */
};
static struct heard heard;
static esi_arena arena;
static struct structured_out out;

static void setup(void) {
    buf_init(&heard.cited, 1 << 16);
    buf_init(&heard.text, 1 << 20);
    arena_init(&arena, 0);
}

static void teardown(void) {
    buf_clear(&heard.cited);
    buf_clear(&heard.text);
    arena_clear(&arena);
    memset(&heard, 0, sizeof heard);
}

static void join(struct buf *to, const char *const *ids, size_t count) {
    buf_str(to, "");
    for (size_t i = 0; i < count; i++) {
        buf_str(to, i == 0 ? "" : " ");
        buf_str(to, ids[i]);
    }
}

static int on_cited(const char *const *ids, size_t count, void *context) {
    struct heard *h = context;
    ck_assert_int_eq(h->calls_text, 0);
    join(&h->cited, ids, count);
    return ++h->calls_cited == h->stop_cited;
}

static int on_text(const char *text, size_t size, void *context) {
    struct heard *h = context;
    const struct view piece = {text, size};
    ck_assert_uint_gt(size, 0);
    for (size_t at = 0; at < size;) {
        const size_t n = view_utf8(view_slice(piece, at, size));
        ck_assert_uint_gt(n, 0);
        at += n;
    }
    buf_add(&h->text, piece);
    return ++h->calls_text == h->stop_text;
}

static struct structured *create(void) {
    const struct structured_in in = {.sources = sources,
                                     .source_count = 4,
                                     .categories = categories,
                                     .category_count = 3,
                                     .on_cited = on_cited,
                                     .on_text = on_text,
                                     .context = &heard};
    struct structured *s = NULL;
    heard.calls_cited = heard.calls_text = 0;
    buf_empty(&heard.cited);
    buf_empty(&heard.text);
    arena_clear(&arena);
    ck_assert_int_eq(structured_create(&in, &s, NULL), ESI_OK);
    return s;
}

static void finish(struct structured *s) {
    ck_assert_int_eq(structured_end(s, &arena, &out, NULL), ESI_OK);
    structured_free(s);
    buf_str(&heard.text, "");
    buf_str(&heard.cited, "");
    ck_assert_uint_eq(heard.text.n, out.text.size);
    ck_assert_str_eq(heard.text.p, out.text.data);
    ck_assert_int_eq(heard.calls_cited, out.has_cited ? 1 : 0);
}

static void read_pieces(struct view reply, size_t size) {
    struct structured *s = create();
    for (size_t at = 0; at < reply.n; at += size) {
        ck_assert_int_eq(structured_feed(s, view_slice(reply, at, at + size), NULL), ESI_OK);
    }
    finish(s);
}

static void check_cited(const char *wanted) {
    struct buf ids;
    buf_init(&ids, 1 << 16);
    join(&ids, out.cited, out.cited_count);
    ck_assert_str_eq(ids.p, wanted);
    ck_assert_str_eq(heard.cited.p, wanted);
    buf_clear(&ids);
}

/* Every cutting gives that text and those ids ("-": it doesn't say). */
static void check_reply(struct view reply, const char *cited, const char *text) {
    for (size_t size = 1; size <= reply.n; size += size < 20 ? 1 : reply.n) {
        read_pieces(reply, size);
        ck_assert(out.found);
        ck_assert_str_eq(out.text.data, text);
        ck_assert_int_eq(out.has_cited, strcmp(cited, "-") != 0);
        if (out.has_cited) {
            check_cited(cited);
        }
    }
}

static void check_whole(const char *reply, const char *cited, const char *text) {
    check_reply(view_of(reply), cited, text);
    ck_assert(out.complete);
}

static void check_cut(const char *reply, const char *cited, const char *text) {
    check_reply(view_of(reply), cited, text);
    ck_assert(!out.complete);
}

/* The reply has no object with an answer: its words are the text. */
static void check_words(const char *reply, const char *text) {
    const struct view all = view_of(reply);
    for (size_t size = 1; size <= all.n; size++) {
        read_pieces(all, size);
        ck_assert(!out.found && !out.broken && !out.has_cited);
        ck_assert_str_eq(out.text.data, text);
    }
}

static void check_broken(const char *reply) {
    const struct view all = view_of(reply);
    for (size_t size = 1; size <= all.n; size++) {
        read_pieces(all, size);
        ck_assert(!out.found && out.broken && !out.has_cited);
        ck_assert_uint_eq(out.text.size, 0);
    }
}

/* ---- tests ----------------------------------------------------------------------------------- */

START_TEST(a_reply_is_read) {
    check_whole("{\"cited\":[\"s1\",\"s3\"],\"answer\":\"Restart it.\",\"open\":[\"Which VM?\"],"
                "\"labels\":{\"tier\":\"TIER_2\",\"severity\":\"HIGH\",\"category\":\"network\","
                "\"escalate\":true}}",
                "s1 s3", "Restart it.");
    ck_assert_uint_eq(out.open_count, 1);
    ck_assert_str_eq(out.open[0], "Which VM?");
    ck_assert(out.advice.has_tier && out.advice.has_severity && out.advice.has_escalate);
    ck_assert_int_eq(out.advice.tier, ESI_TIER_2);
    ck_assert_int_eq(out.advice.severity, ESI_SEVERITY_HIGH);
    ck_assert(out.advice.escalate);
    ck_assert_str_eq(out.advice.category, "network");
    ck_assert_uint_eq(out.unknown, 0);
}
END_TEST

START_TEST(text_is_given_as_it_comes) {
    struct structured *s = create();
    ck_assert_int_eq(structured_feed(s, VIEW("{\"cited\":[\"s2\"],\"answer\":\"Res"), NULL),
                     ESI_OK);
    ck_assert_str_eq(heard.cited.p, "s2");
    ck_assert_str_eq(heard.text.p, "Res");
    ck_assert_int_eq(structured_feed(s, VIEW("tart"), NULL), ESI_OK);
    ck_assert_str_eq(heard.text.p, "Restart");
    ck_assert_int_eq(heard.calls_text, 2);
    finish(s);
    ck_assert(!out.complete);
}
END_TEST

START_TEST(text_before_its_sources_is_held_to_the_end) {
    struct structured *s = create();
    ck_assert_int_eq(structured_feed(s, VIEW("{\"answer\":\"Restart\",\"cited\":[\"s2\"]}"), NULL),
                     ESI_OK);
    ck_assert_int_eq(heard.calls_text + heard.calls_cited, 0);
    finish(s);
    ck_assert(out.complete);
    ck_assert_str_eq(heard.cited.p, "s2");
    ck_assert_str_eq(heard.text.p, "Restart");
    ck_assert_int_eq(heard.calls_text, 1);
}
END_TEST

START_TEST(a_reply_that_does_not_cite_is_given_at_the_end) {
    check_whole("{\"answer\":\"Hello\"}", "-", "Hello");
    check_whole("{\"cited\":null,\"answer\":\"Hello\"}", "-", "Hello");
    check_whole("{\"cited\":{\"s1\":1},\"answer\":\"Hello\"}", "-", "Hello");
}
END_TEST

START_TEST(citing_nothing_is_said) {
    check_whole("{\"cited\":[],\"answer\":\"Hello\"}", "", "Hello");
    check_whole("{\"cited\":[\"s9\",\"kb-vpn\"],\"answer\":\"Hello\"}", "", "Hello");
    ck_assert_uint_eq(out.unknown, 2);
}
END_TEST

START_TEST(ids_are_read_in_many_forms) {
    check_whole("{\"cited\":[1,\"S2\",\" [s3] \"],\"answer\":\"x\"}", "s1 s2 s3", "x");
    check_whole("{\"cited\":[{\"id\":\"s1\",\"title\":\"s2\"},{\"id\":3}],\"answer\":\"x\"}",
                "s1 s3", "x");
    check_whole("{\"cited\":[\"source s1\",\"Source 2\",\"(s3)\"],\"answer\":\"x\"}", "s1 s2 s3",
                "x");
    check_whole("{\"cited\":[\"s1, s2\",\"s3 and s12\"],\"answer\":\"x\"}", "s1 s2 s3 s12", "x");
    check_whole("{\"cited\":\"s1\",\"answer\":\"x\"}", "s1", "x");
    check_whole("{\"cited\":2,\"answer\":\"x\"}", "s2", "x");
    check_whole("{\"cited\":[[\"s1\"],[\"s2\"]],\"answer\":\"x\"}", "s1 s2", "x");
    check_whole("{\"cited\":[\"\\u0073\\u0031\"],\"answer\":\"x\"}", "s1", "x");
    ck_assert_uint_eq(out.unknown, 0);
}
END_TEST

START_TEST(an_id_counts_once_and_only_if_it_was_offered) {
    check_whole("{\"cited\":[\"s1\",\"s4\",\"s1\",1,\"s11\",12,\"\",\"see s2 too\"],"
                "\"answer\":\"x\"}",
                "s1 s12", "x");
    ck_assert_uint_eq(out.unknown, 4);
}
END_TEST

START_TEST(members_stand_in_any_order) {
    check_whole("{\"labels\":{\"escalate\":false},\"open\":[],\"cited\":[\"s1\"],"
                "\"answer\":\"x\"}",
                "s1", "x");
    ck_assert(out.advice.has_escalate && !out.advice.escalate);
    check_whole("{ \"open\" : [ \"a\" ] , \"answer\" : \"x\" , \"cited\" : [ \"s1\" ] }", "s1",
                "x");
    ck_assert_str_eq(out.open[0], "a");
    check_whole("{\"Cited\":[\"s1\"],\"ANSWER\":\"x\"}", "s1", "x");
}
END_TEST

START_TEST(unknown_members_are_passed_over) {
    check_whole("{\"a\":1,\"b\":null,\"c\":[1,{\"answer\":\"no\"},\"]}\"],\"cited\":[\"s1\"],"
                "\"d\":\"\\\"}\",\"e\":{\"answer\":\"no\",\"cited\":[\"s2\"]},\"answer\":\"yes\","
                "\"f\":-1.5e3,\"g\":true,\"h\":{}}",
                "s1", "yes");
}
END_TEST

START_TEST(the_first_of_a_name_counts) {
    check_whole("{\"cited\":[\"s1\"],\"cited\":[\"s2\"],\"answer\":\"one\",\"answer\":\"two\","
                "\"open\":[\"a\"],\"open\":[\"b\"],\"labels\":{\"tier\":\"TIER_1\","
                "\"tier\":\"TIER_2\"}}",
                "s1", "one");
    ck_assert_str_eq(out.open[0], "a");
    ck_assert_int_eq(out.advice.tier, ESI_TIER_1);
}
END_TEST

START_TEST(what_is_of_another_type_is_left_out) {
    check_whole("{\"answer\":null,\"cited\":[\"s1\"],\"answer\":\"x\",\"open\":7,\"labels\":[]}",
                "s1", "x");
    ck_assert_uint_eq(out.open_count, 0);
    ck_assert(!out.advice.has_tier);
}
END_TEST

START_TEST(labels_are_read_strictly) {
    check_whole("{\"answer\":\"x\",\"labels\":{\"tier\":\"TIER_9\",\"severity\":3,"
                "\"category\":\"weather\",\"escalate\":\"true\"}}",
                "-", "x");
    ck_assert(!out.advice.has_tier && !out.advice.has_severity && !out.advice.has_escalate);
    ck_assert_ptr_null(out.advice.category);
    check_whole("{\"answer\":\"x\",\"labels\":{\"more\":{\"tier\":\"TIER_3\"},\"escalate\":null,"
                "\"severity\":\"CRITICAL\",\"category\":\"vm\"}}",
                "-", "x");
    ck_assert(!out.advice.has_tier && !out.advice.has_escalate);
    ck_assert_int_eq(out.advice.severity, ESI_SEVERITY_CRITICAL);
    ck_assert_str_eq(out.advice.category, "vm");
}
END_TEST

START_TEST(escapes_are_decoded) {
    check_whole("{\"cited\":[],\"answer\":\"a\\\"b\\\\c\\/d\\n\\te\\u00e9\\u20ac\\ud83d\\ude00.\"}",
                "", "a\"b\\c/d\n\te\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80.");
}
END_TEST

START_TEST(a_lone_surrogate_is_replaced) {
    check_whole("{\"cited\":[],\"answer\":\"\\ud83d-\\ude00-\\ud83d\\n\\ud83d\\ud83d\\ude00"
                "\\ud83d\\u0041\\ud83d\"}",
                "",
                "\xef\xbf\xbd-\xef\xbf\xbd-\xef\xbf\xbd\n\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd"
                "A\xef\xbf\xbd");
}
END_TEST

START_TEST(a_control_character_becomes_a_space) {
    check_whole("{\"cited\":[],\"answer\":\"a\\u0000b\\u001bc\\bd\\u007fe\\u0085f\xc2\x85g\001h\"}",
                "", "a b c d e f g h");
}
END_TEST

START_TEST(raw_line_breaks_are_taken) {
    check_whole("{\"cited\":[],\"answer\":\"one\ntwo\tthree\"}", "", "one\ntwo\tthree");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_replaced) {
    check_reply(VIEW("{\"cited\":[],\"answer\":\"a\xff"
                     "b\xc3(\xe2\x82\xf0\x9f\x98\x80\xed\xa0\x80\xc0\xaf\xe2\x82\"}"),
                "",
                "a\xef\xbf\xbd"
                "b\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd"
                "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(an_escape_that_json_lacks_stands_as_it_came) {
    check_whole("{\"cited\":[],\"answer\":\"It\\'s C:\\Windows\\u12 \\user\\xff\\\xc3\xa9\"}", "",
                "It's C:\\Windows\\u12 \\user\\xff\\\xc3\xa9");
}
END_TEST

START_TEST(fences_and_words_around_are_passed_over) {
    check_whole("```json\n{\"cited\":[\"s1\"],\"answer\":\"x\"}\n```", "s1", "x");
    check_whole(
        "Here {it} is: {\"a\":1} {\"b\" [{\"cited\":[\"s1\"],\"answer\":\"x\"}] {\"answer\":"
        "\"y\"}",
        "s1", "x");
    check_whole("\xef\xbb\xbf \n{\"cited\":[\"s1\"],\"answer\":\"x\"} Bye.", "s1", "x");
}
END_TEST

START_TEST(what_a_model_thinks_first_is_no_answer) {
    check_whole("<think>\nSay {\"cited\":[\"s2\"],\"answer\":\"draft\"}?\n</think>\n"
                "{\"cited\":[\"s1\"],\"answer\":\"x\"}",
                "s1", "x");
    check_words("<think>Hm.</think>\n\nRestart it.", "Restart it.");
    check_broken("<think>Hm, {\"answer\":\"draft\"}");
    check_whole("\n<reasoning>{\"answer\":\"draft\"}</think></reasoning>{\"answer\":\"x\"}", "-",
                "x");
    check_words("<thinking>Hm.</thinking>\n\nRestart it.", "Restart it.");
    check_words("<thinner> Restart it.", "<thinner> Restart it.");
    check_words("Hm.\n</think>\n\nRestart it.", "Restart it.");
}
END_TEST

START_TEST(an_object_that_is_wrapped_is_found) {
    check_whole("{\"response\":{\"cited\":[\"s1\"],\"answer\":\"x\"}}", "s1", "x");
    check_whole("{\"id\":7,\"result\":[{\"cited\":[\"s1\"],\"answer\":\"x\"}]}", "s1", "x");
    check_whole("{\"response\":{\"answer\":\"x\",\"cited\":[\"s1\"]}}", "s1", "x");
    check_whole("[{\"cited\":[\"s1\"],\"answer\":\"x\"}]", "s1", "x");
    check_whole("\"{\\\"cited\\\":[\\\"s1\\\"],\\\"answer\\\":\\\"say \\\\\\\"x\\\\\\\"\\\"}\"",
                "s1", "say \"x\"");
}
END_TEST

START_TEST(a_schema_that_is_echoed_is_no_reply) {
    check_whole("{\"type\":\"object\",\"properties\":{\"cited\":{\"type\":\"array\"},\"answer\":"
                "{\"type\":\"string\"}},\"required\":[\"cited\",\"answer\"]}\n"
                "{\"cited\":[\"s1\"],\"answer\":\"x\"}",
                "s1", "x");
}
END_TEST

START_TEST(a_cut_reply_keeps_its_text_so_far) {
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"", "s1", "");
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"Res", "s1", "Res");
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"Res\\", "s1", "Res");
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"Res\\ud83d\\ude0", "s1", "Res");
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"Res\xe2\x82", "s1", "Res");
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"Res\"", "s1", "Res");
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"Res\",\"op", "s1", "Res");
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"Res\",\"open\":[\"a\",\"b", "s1", "Res");
    check_cut("{\"answer\":\"Res\",\"cited\":[\"s1\",\"s", "-", "Res");
}
END_TEST

START_TEST(an_object_without_an_answer_shows_nothing) {
    check_broken("{\"cited\":[\"s1\"]}");
    check_broken("{\"cited\":[\"s1\"],\"ans");
    check_broken("{\"answer\":7}");
    check_broken("{\"error\":{\"message\":\"overloaded\"}}");
    check_broken("{'cited': ['s1'], 'answer': 'x'}");
    check_broken("```json\n{answer: x}\n```");
}
END_TEST

START_TEST(words_without_an_object_are_the_text) {
    check_words("Restart the VM.\n", "Restart the VM.");
    check_words("Use ${HOME} or {\"a\" b}.", "Use ${HOME} or {\"a\" b}.");
    check_words("\xef\xbb\xbf \"{x}\" is caf\xc3\xa9 \xff.",
                "\"{x}\" is caf\xc3\xa9 \xef\xbf\xbd.");
    read_pieces(VIEW(""), 1);
    ck_assert(!out.found && !out.broken);
    ck_assert_uint_eq(out.text.size, 0);
}
END_TEST

START_TEST(a_quote_that_was_not_escaped_is_text) {
    check_whole("{\"cited\":[\"s1\"],\"answer\":\"Press \"Save\", then \"OK\".\",\"open\":[]}",
                "s1", "Press \"Save\", then \"OK\".");
    check_whole("{\"cited\":[\"s1\"],\"answer\":\"Press \"Save\"\" }", "s1", "Press \"Save\"");
}
END_TEST

START_TEST(commas_may_be_missing_or_too_many) {
    check_whole("{\"cited\":[\"s1\",],\"answer\":\"x\" \"open\":[\"a\",],}", "s1", "x");
    ck_assert_uint_eq(out.open_count, 1);
}
END_TEST

START_TEST(a_fault_behind_the_answer_only_cuts) {
    check_cut("{\"cited\":[\"s1\"],\"answer\":\"x\",\"open\":[\"a\"},\"labels\":{}}", "s1", "x");
    ck_assert_uint_eq(out.open_count, 0);
}
END_TEST

START_TEST(marks_of_sources_are_left_out_of_the_text) {
    check_whole(
        "{\"cited\":[\"s1\"],\"answer\":\"Restart it [s1]. Then wait (s1, S2) a bit [source "
        "s3]\\n[s2] Done [s1][s2], [s3]; (see s1).\"}",
        "s1", "Restart it. Then wait a bit\nDone.");
    check_whole("{\"cited\":[\"s1\"],\"answer\":\" [s1] Restart \xe3\x80\x90s1\xe3\x80\x91\"}",
                "s1", "Restart");
}
END_TEST

START_TEST(other_brackets_stay) {
    const char *text =
        "[s9] [the s1] [1] a[s [s1 (s1] [] ( ) \xe3\x80\x90 s1 s2, [x](s) \xe3\x81\x82";
    struct buf reply;
    buf_init(&reply, 1 << 16);
    buf_printf(&reply, "{\"cited\":[\"s1\"],\"answer\":\"%s\"}", text);
    check_whole(reply.p, "s1", text);
    buf_clear(&reply);
}
END_TEST

START_TEST(marks_cite_where_nothing_else_does) {
    check_whole("{\"answer\":\"Restart it [s3]. Wait (s1).\"}", "s3 s1", "Restart it. Wait.");
    const struct view words = VIEW("Restart it [s3]. Wait [s9] [s3].");
    for (size_t size = 1; size <= words.n; size++) {
        read_pieces(words, size);
        ck_assert(!out.found && out.has_cited);
        check_cited("s3");
        ck_assert_str_eq(out.text.data, "Restart it. Wait [s9].");
    }
}
END_TEST

START_TEST(open_lines_are_short_single_lines) {
    struct buf reply;
    buf_init(&reply, 1 << 16);
    buf_str(&reply, "{\"answer\":\"x\",\"open\":[\"\",\" a\\nb \",7,\"");
    for (size_t i = 0; i < 200; i++) {
        buf_str(&reply, "\xc3\xa9");
    }
    buf_str(&reply, "x\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}");
    read_pieces(buf_view(&reply), 7);
    ck_assert_uint_eq(out.open_count, STRUCTURED_OPEN_MAX);
    ck_assert_str_eq(out.open[0], "a b");
    ck_assert_uint_eq(strlen(out.open[1]), 300);
    ck_assert_str_eq(out.open[7], "8");
    buf_clear(&reply);
}
END_TEST

START_TEST(a_listener_stops_the_reading) {
    const struct view reply = VIEW("{\"cited\":[\"s1\"],\"answer\":\"one two three\",\"open\":[]}");
    heard.stop_cited = 1;
    read_pieces(reply, 3);
    ck_assert(out.stopped && out.found && !out.complete);
    ck_assert_uint_eq(out.text.size, 0);
    heard.stop_cited = 0;
    heard.stop_text = 2;
    read_pieces(reply, 3);
    ck_assert(out.stopped && out.found && !out.complete);
    ck_assert_int_eq(heard.calls_text, 2);
    check_cited("s1");
    heard.stop_text = 1;
    read_pieces(VIEW("{\"answer\":\"one\"}"), 3);
    ck_assert(out.stopped && out.complete);
}
END_TEST

START_TEST(nesting_has_a_limit) {
    struct buf reply;
    buf_init(&reply, 1 << 20);
    for (int deep = 60; deep < 70; deep++) {
        buf_empty(&reply);
        buf_str(&reply, "{\"x\":");
        for (int i = 1; i < deep; i++) {
            buf_char(&reply, '[');
        }
        for (int i = 1; i < deep; i++) {
            buf_char(&reply, ']');
        }
        buf_str(&reply, ",\"answer\":\"x\"}");
        read_pieces(buf_view(&reply), 1000);
        ck_assert_int_eq(out.found, deep <= 64);
    }
    buf_clear(&reply);
}
END_TEST

START_TEST(a_reply_over_the_limit_is_refused) {
    static char much[STRUCTURED_MAX + 1];
    memset(much, 'x', sizeof much);
    struct structured *s = create();
    ck_assert_int_eq(structured_feed(s, (struct view){much, STRUCTURED_MAX}, NULL), ESI_OK);
    finish(s);
    ck_assert_uint_eq(out.text.size, STRUCTURED_MAX);
    s = create();
    ck_assert_int_eq(structured_feed(s, (struct view){much, sizeof much}, NULL), ESI_ETOOBIG);
    structured_free(s);
}
END_TEST

START_TEST(the_schema_is_strict_and_always_the_same) {
    const struct structured_in in = {
        .sources = sources, .source_count = 2, .categories = categories, .category_count = 3};
    struct structured_in other = in;
    struct buf a, b;
    buf_init(&a, 4096);
    buf_init(&b, 4096);
    ck_assert_int_eq(structured_schema(&in, &a, NULL), ESI_OK);
    other.source_count = 1;
    ck_assert_int_eq(structured_schema(&other, &b, NULL), ESI_OK);
    ck_assert_str_eq(a.p, b.p);
    ck_assert_str_eq(
        a.p,
        "{\"type\":\"object\",\"properties\":{\"cited\":{\"type\":\"array\",\"items\":{\"type\":"
        "\"string\"}},\"answer\":{\"type\":\"string\"},\"open\":{\"type\":\"array\",\"items\":"
        "{\"type\":\"string\"}},\"labels\":{\"type\":\"object\",\"properties\":{\"tier\":{\"type\":"
        "\"string\",\"enum\":[\"TIER_0\",\"TIER_1\",\"TIER_2\",\"TIER_3\"]},\"severity\":{\"type\":"
        "\"string\",\"enum\":[\"LOW\",\"MEDIUM\",\"HIGH\",\"CRITICAL\"]},\"escalate\":{\"type\":"
        "\"boolean\"},\"category\":{\"type\":\"string\",\"enum\":[\"vm\",\"network\",\"access\"]}},"
        "\"required\":[\"tier\",\"severity\",\"escalate\",\"category\"],\"additionalProperties\":"
        "false}},\"required\":[\"cited\",\"answer\",\"open\",\"labels\"],"
        "\"additionalProperties\":false}");
    struct json_doc *doc = NULL;
    ck_assert_int_eq(json_read(buf_view(&a), a.n, "schema", &doc, NULL), ESI_OK);
    json_free(doc);
    buf_empty(&b);
    other.category_count = 0;
    ck_assert_int_eq(structured_schema(&other, &b, NULL), ESI_OK);
    ck_assert_uint_eq(view_find(buf_view(&b), VIEW("category"), 0), SIZE_MAX);
    buf_clear(&a);
    buf_init(&a, 20);
    ck_assert_int_eq(structured_schema(&in, &a, NULL), ESI_ETOOBIG);
    buf_clear(&a);
    buf_clear(&b);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("structured");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_reply_is_read);
    tcase_add_test(t, text_is_given_as_it_comes);
    tcase_add_test(t, text_before_its_sources_is_held_to_the_end);
    tcase_add_test(t, a_reply_that_does_not_cite_is_given_at_the_end);
    tcase_add_test(t, citing_nothing_is_said);
    tcase_add_test(t, ids_are_read_in_many_forms);
    tcase_add_test(t, an_id_counts_once_and_only_if_it_was_offered);
    tcase_add_test(t, members_stand_in_any_order);
    tcase_add_test(t, unknown_members_are_passed_over);
    tcase_add_test(t, the_first_of_a_name_counts);
    tcase_add_test(t, what_is_of_another_type_is_left_out);
    tcase_add_test(t, labels_are_read_strictly);
    tcase_add_test(t, escapes_are_decoded);
    tcase_add_test(t, a_lone_surrogate_is_replaced);
    tcase_add_test(t, a_control_character_becomes_a_space);
    tcase_add_test(t, raw_line_breaks_are_taken);
    tcase_add_test(t, bytes_that_are_no_text_are_replaced);
    tcase_add_test(t, an_escape_that_json_lacks_stands_as_it_came);
    tcase_add_test(t, fences_and_words_around_are_passed_over);
    tcase_add_test(t, what_a_model_thinks_first_is_no_answer);
    tcase_add_test(t, an_object_that_is_wrapped_is_found);
    tcase_add_test(t, a_schema_that_is_echoed_is_no_reply);
    tcase_add_test(t, a_cut_reply_keeps_its_text_so_far);
    tcase_add_test(t, an_object_without_an_answer_shows_nothing);
    tcase_add_test(t, words_without_an_object_are_the_text);
    tcase_add_test(t, a_quote_that_was_not_escaped_is_text);
    tcase_add_test(t, commas_may_be_missing_or_too_many);
    tcase_add_test(t, a_fault_behind_the_answer_only_cuts);
    tcase_add_test(t, marks_of_sources_are_left_out_of_the_text);
    tcase_add_test(t, other_brackets_stay);
    tcase_add_test(t, marks_cite_where_nothing_else_does);
    tcase_add_test(t, open_lines_are_short_single_lines);
    tcase_add_test(t, a_listener_stops_the_reading);
    tcase_add_test(t, nesting_has_a_limit);
    tcase_add_test(t, a_reply_over_the_limit_is_refused);
    tcase_add_test(t, the_schema_is_strict_and_always_the_same);
    return tap_run("provider/structured", t);
}

#include "core/chunk.h"

#include <esihelp/error.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static esi_arena arena;

struct document {
    struct view body, title;
    struct chunk *chunks;
    size_t count;
};

static struct document read_view(struct view body) {
    struct document d = {.body = body};
    esi_error err;
    ck_assert_int_eq(chunk_read(body, 1, &arena, &d.title, &d.chunks, &d.count, &err), ESI_OK);
    size_t at = 0;
    for (size_t i = 0; i < d.count; i++) {
        ck_assert_uint_eq(d.chunks[i].from, at);
        at = d.chunks[i].to;
    }
    ck_assert(d.count == 0 || at == body.n);
    return d;
}

static struct document read_text(const char *text) {
    return read_view(view_of(text));
}

static void check_view(struct view got, const char *want) {
    ck_assert_msg(view_eq(got, view_of(want)), "got \"%.*s\", want \"%s\"", (int)got.n, got.p,
                  want);
}

static const struct block *block_of(const struct document *d, size_t chunk, size_t block) {
    ck_assert_uint_lt(chunk, d->count);
    ck_assert_uint_lt(block, d->chunks[chunk].block_count);
    return &d->chunks[chunk].blocks[block];
}

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

START_TEST(headings_make_sections_with_their_path) {
    const struct document d = read_text(
        "# Guide\n\nIntro.\n\n## VPN\n\nText.\n\n### Drops\n\nMore.\n\n## Time\n\nLast.\n");
    ck_assert_uint_eq(d.count, 4);
    check_view(d.title, "Guide");
    check_view(d.chunks[0].heading, "");
    check_view(d.chunks[1].heading, "VPN");
    check_view(d.chunks[2].heading, "VPN > Drops");
    check_view(d.chunks[2].title, "Drops");
    check_view(d.chunks[3].heading, "Time");
    ck_assert_int_eq(d.chunks[2].line, 9);
}
END_TEST

START_TEST(headings_without_text_join_what_follows) {
    const struct document d = read_text("# A\n\n## B\n\n### C\n\nText.\n\n## D\n");
    ck_assert_uint_eq(d.count, 1);
    check_view(d.chunks[0].heading, "B > C");
}
END_TEST

START_TEST(a_blank_body_gives_no_chunks) {
    ck_assert_uint_eq(read_text("").count, 0);
    ck_assert_uint_eq(read_text(" \n\t\n\n").count, 0);
}
END_TEST

START_TEST(a_heading_alone_is_one_empty_chunk) {
    const struct document d = read_text("# Only a title\n");
    ck_assert_uint_eq(d.count, 1);
    ck_assert_uint_eq(d.chunks[0].block_count, 0);
    check_view(d.title, "Only a title");
}
END_TEST

START_TEST(blocks_lose_their_marks) {
    const struct document d = read_text(
        "Use **the** *blue* `rangectl reset` [guide](kb-vpn.md), [site](https://a.example)"
        " &amp; \\*stars\\* a_b_c 2 * 3 * 4 <br>end <your-name>.\n");
    check_view(block_of(&d, 0, 0)->text, "Use the blue `rangectl reset` guide, site "
                                         "(https://a.example) & *stars* a_b_c 2 * 3 * 4 end "
                                         "<your-name>.");
    ck_assert_uint_eq(block_of(&d, 0, 0)->link_count, 1);
    check_view(block_of(&d, 0, 0)->links[0], "kb-vpn.md");
}
END_TEST

START_TEST(lists_keep_numbers_and_depth) {
    const struct document d =
        read_text("1. One\n2. Two\n   - inner\n3. Three\n\n* star\n+ plus\n\u2022 dot\n(4) four\n"
                  "- [x] done\n");
    static const int32_t numbers[] = {1, 2, 0, 3, 0, 0, 0, 4, 0};
    static const int32_t depths[] = {0, 0, 1, 0, 0, 0, 0, 0, 0};
    ck_assert_uint_eq(d.chunks[0].block_count, 9);
    for (size_t i = 0; i < 9; i++) {
        ck_assert_int_eq(block_of(&d, 0, i)->kind, BLOCK_ITEM);
        ck_assert_int_eq(block_of(&d, 0, i)->number, numbers[i]);
        ck_assert_int_eq(block_of(&d, 0, i)->depth, depths[i]);
    }
    check_view(block_of(&d, 0, 8)->text, "done");
}
END_TEST

START_TEST(code_keeps_its_lines_and_isnt_read) {
    const struct document d =
        read_text("Do:\n\n```sh\n# not a heading\n\n  a | b\n- c\n```\n\nEnd.\n");
    ck_assert_uint_eq(d.count, 1);
    ck_assert_int_eq(block_of(&d, 0, 1)->kind, BLOCK_CODE);
    check_view(block_of(&d, 0, 1)->text, "# not a heading\n  a | b\n- c");
    check_view(block_of(&d, 0, 2)->text, "End.");
}
END_TEST

START_TEST(indented_code_is_code_but_not_inside_a_list) {
    const struct document d =
        read_text("Run:\n\n    ls -l\n    pwd\n\n- item\n\n      more text\n");
    ck_assert_int_eq(block_of(&d, 0, 1)->kind, BLOCK_CODE);
    check_view(block_of(&d, 0, 1)->text, "ls -l\npwd");
    ck_assert_int_eq(block_of(&d, 0, 3)->kind, BLOCK_PARAGRAPH);
}
END_TEST

START_TEST(tables_become_rows) {
    const struct document d = read_text(
        "| Symptom | Fix |\n| --- | --- |\n| `a|b` | **do** x |\n| c \\| d | |\n\nEnd.\n");
    ck_assert_uint_eq(d.chunks[0].block_count, 4);
    ck_assert(block_of(&d, 0, 0)->header);
    check_view(block_of(&d, 0, 0)->cells[1], "Fix");
    ck_assert_uint_eq(block_of(&d, 0, 1)->cell_count, 2);
    check_view(block_of(&d, 0, 1)->cells[0], "`a|b`");
    check_view(block_of(&d, 0, 1)->cells[1], "do x");
    check_view(block_of(&d, 0, 2)->text, "c | d | ");
}
END_TEST

START_TEST(a_table_is_read_with_blank_lines_between_its_rows) {
    const struct document d = read_text("| A | B |\n\n| --- | --- |\n\n| 1 | 2 |\n\n| 3 | 4 |\n");
    ck_assert_uint_eq(d.chunks[0].block_count, 3);
    check_view(block_of(&d, 0, 2)->cells[1], "4");
}
END_TEST

START_TEST(a_bar_in_prose_is_no_table) {
    const struct document d = read_text("Run `a | b` or\nc | d to see.\n");
    ck_assert_int_eq(block_of(&d, 0, 0)->kind, BLOCK_PARAGRAPH);
    ck_assert_uint_eq(d.chunks[0].block_count, 1);
}
END_TEST

START_TEST(a_bold_lead_is_told) {
    const struct document d =
        read_text("**Symptom:** it is black.\n**Cause**: dust.\n- **Fix:** clean it\n");
    ck_assert_uint_eq(d.chunks[0].block_count, 3);
    check_view(block_of(&d, 0, 0)->lead, "Symptom");
    check_view(block_of(&d, 0, 1)->lead, "Cause");
    check_view(block_of(&d, 0, 2)->lead, "Fix");
    check_view(block_of(&d, 0, 2)->text, "Fix: clean it");
}
END_TEST

START_TEST(pseudo_headings_begin_sections) {
    const struct document d =
        read_text("# T\n\n**How do I sign in?**\n\nType.\n\n2.1 Lost code\n\nWait."
                  "\n\nESCALATION RULES\n\nCall.\n\n**Do not:**\n\n- a\n");
    ck_assert_uint_eq(d.count, 3);
    check_view(d.chunks[0].title, "How do I sign in?");
    check_view(d.chunks[1].title, "2.1 Lost code");
    check_view(d.chunks[2].heading, "2.1 Lost code > ESCALATION RULES");
    check_view(block_of(&d, 2, 1)->text, "Do not:");
}
END_TEST

START_TEST(comments_are_no_text) {
    const struct document d = read_text("A.\n\n<!-- hidden\n\norders -->\n\nB <!-- x --> C.\n");
    ck_assert_uint_eq(d.chunks[0].block_count, 2);
    check_view(block_of(&d, 0, 1)->text, "B C.");
}
END_TEST

/* A document with all that layout may do to it. */
static const char *const sample =
    "# Lab machines\n\nEvery seat has a machine that is started when you open the lab, and it is\n"
    "suspended after an hour without input. Files are kept.\nThey outlive a restart.\n\n"
    "## Black console\n\n**Symptom:** the console stays black and doesn't take any keys from the\n"
    "keyboard.\n\n1. Press a key and wait ten seconds, because the screen of the machine may only\n"
    "   be asleep.\n2. Restart:\n   - save your work first\n   - choose **Power >\n     Restart**\n"
    "3. Report it.\n\n| State | Do |\n| --- | --- |\n| failed | stop it |\n\n---\n\n"
    "> Note that a restart takes three minutes on a busy day of the range, or\n> more.\n\n"
    "```\nrangectl restart\n```\n";

static void check_same(const struct document *a, const struct document *b) {
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert(view_eq(a->chunks[i].heading, b->chunks[i].heading));
        ck_assert_uint_eq(a->chunks[i].block_count, b->chunks[i].block_count);
        for (size_t k = 0; k < a->chunks[i].block_count; k++) {
            const struct block *x = &a->chunks[i].blocks[k];
            const struct block *y = &b->chunks[i].blocks[k];
            ck_assert_int_eq(x->kind, y->kind);
            ck_assert_int_eq(x->number, y->number);
            ck_assert_msg(view_eq(x->text, y->text), "\"%.*s\" and \"%.*s\"", (int)x->text.n,
                          x->text.p, (int)y->text.n, y->text.p);
        }
    }
}

/* spaced: a blank line after every line; flat: no indentation; plain: no rules. */
static struct view relaid(struct view text, bool spaced, bool flat, bool plain, bool windows) {
    char *out = arena_alloc(&arena, text.n * 4 + 1);
    size_t n = 0;
    struct view line;
    while (view_line(&text, &line)) {
        const struct view words = view_trim(line);
        if (plain && view_eq(words, VIEW("---"))) {
            continue;
        }
        const struct view kept = flat ? words : line;
        memcpy(out + n, kept.p, kept.n);
        n += kept.n;
        for (int i = 0; i < (spaced ? 2 : 1); i++) {
            if (windows) {
                out[n++] = '\r';
            }
            out[n++] = '\n';
        }
    }
    return (struct view){out, n};
}

START_TEST(layout_does_not_change_the_blocks) {
    const struct document want = read_text(sample);
    const struct document got = read_view(
        relaid(view_of(sample), (_i & 1) != 0, (_i & 2) != 0, (_i & 4) != 0, (_i & 8) != 0));
    check_same(&want, &got);
}
END_TEST

START_TEST(a_long_section_is_cut_between_paragraphs_and_keeps_its_heading) {
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_str(&text, "## Long\n\n");
    for (int i = 0; i < 40; i++) {
        buf_printf(&text,
                   "Paragraph %d has some words that say nothing much but fill the line, so "
                   "that the section is long.\n\n",
                   i);
    }
    const struct document d = read_view(buf_view(&text));
    ck_assert_uint_gt(d.count, 1);
    for (size_t i = 0; i < d.count; i++) {
        check_view(d.chunks[i].heading, "Long");
        size_t size = 0;
        for (size_t k = 0; k < d.chunks[i].block_count; k++) {
            size += d.chunks[i].blocks[k].text.n;
        }
        ck_assert_uint_le(size, CHUNK_TARGET);
    }
    buf_clear(&text);
}
END_TEST

START_TEST(a_list_stays_with_its_lead_in) {
    struct buf text;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 16; i++) {
        buf_printf(&text,
                   "Paragraph %d has some words that say nothing much but fill the line, so "
                   "that the text is long.\n\n",
                   i);
    }
    buf_str(&text, "Collect:\n\n");
    for (int i = 0; i < 8; i++) {
        buf_printf(&text, "- item %d of the list, which has a few words as well\n", i);
    }
    const struct document d = read_view(buf_view(&text));
    ck_assert_uint_eq(d.count, 2);
    check_view(block_of(&d, 1, 0)->text, "Collect:");
    ck_assert_uint_eq(d.chunks[1].block_count, 9);
    buf_clear(&text);
}
END_TEST

static void repeat(struct buf *out, const char *piece, size_t times) {
    for (size_t i = 0; i < times; i++) {
        buf_str(out, piece);
    }
}

static const char *const hostile[] = {
    ">",     "- ",     "[",      "[a](",     "*a ",   "`",  "``a", "<a ",   "<!--",
    "&amp",  "\\",     "|a",     "_a __b ",  "\t",    "![", "**",  "- a\n", "> > > > > > > > a\n",
    "```\n", "1. a\n", "a\n=\n", "[a]: b\n", "|-|\n",
};

START_TEST(hostile_text_is_cut_in_reasonable_time) {
    struct buf text;
    buf_init(&text, 1 << 21);
    repeat(&text, hostile[_i], 200000 / strlen(hostile[_i]));
    (void)read_view(buf_view(&text));
    buf_clear(&text);
}
END_TEST

START_TEST(nesting_is_limited) {
    struct buf text;
    buf_init(&text, 1 << 24);
    for (int i = 0; i < 1000; i++) {
        for (int k = 0; k < i; k++) {
            buf_str(&text, "  ");
        }
        buf_str(&text, "- a\n");
    }
    const struct document d = read_view(buf_view(&text));
    ck_assert_uint_ge(d.count, 1);
    buf_clear(&text);
}
END_TEST

START_TEST(too_many_sections_or_lines_are_refused) {
    struct buf text;
    struct view title = VIEW("untouched");
    struct chunk *chunks = NULL;
    size_t count = 7;
    esi_error err;
    buf_init(&text, 1 << 22);
    repeat(&text, "# a\nb\n", CHUNK_COUNT_MAX + 1);
    ck_assert_int_eq(chunk_read(buf_view(&text), 1, &arena, &title, &chunks, &count, &err),
                     ESI_ETOOBIG);
    buf_empty(&text);
    repeat(&text, "a\n", CHUNK_LINES_MAX + 1);
    ck_assert_int_eq(chunk_read(buf_view(&text), 1, &arena, &title, &chunks, &count, &err),
                     ESI_ETOOBIG);
    ck_assert_uint_eq(count, 7);
    check_view(title, "untouched");
    buf_clear(&text);
}
END_TEST

START_TEST(running_out_of_memory_is_an_error) {
    for (size_t max = 0; max < 40000; max += 500) {
        esi_arena small;
        struct view title;
        struct chunk *chunks;
        size_t count;
        esi_error err;
        arena_init(&small, max);
        const esi_err e = chunk_read(view_of(sample), 1, &small, &title, &chunks, &count, &err);
        ck_assert(e == ESI_OK || e == ESI_ENOMEM);
        arena_clear(&small);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("chunk");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, headings_make_sections_with_their_path);
    tcase_add_test(t, headings_without_text_join_what_follows);
    tcase_add_test(t, a_blank_body_gives_no_chunks);
    tcase_add_test(t, a_heading_alone_is_one_empty_chunk);
    tcase_add_test(t, blocks_lose_their_marks);
    tcase_add_test(t, lists_keep_numbers_and_depth);
    tcase_add_test(t, code_keeps_its_lines_and_isnt_read);
    tcase_add_test(t, indented_code_is_code_but_not_inside_a_list);
    tcase_add_test(t, tables_become_rows);
    tcase_add_test(t, a_table_is_read_with_blank_lines_between_its_rows);
    tcase_add_test(t, a_bar_in_prose_is_no_table);
    tcase_add_test(t, a_bold_lead_is_told);
    tcase_add_test(t, pseudo_headings_begin_sections);
    tcase_add_test(t, comments_are_no_text);
    tcase_add_loop_test(t, layout_does_not_change_the_blocks, 1, 16);
    tcase_add_test(t, a_long_section_is_cut_between_paragraphs_and_keeps_its_heading);
    tcase_add_test(t, a_list_stays_with_its_lead_in);
    tcase_add_loop_test(t, hostile_text_is_cut_in_reasonable_time, 0,
                        (int)(sizeof hostile / sizeof hostile[0]));
    tcase_add_test(t, nesting_is_limited);
    tcase_add_test(t, too_many_sections_or_lines_are_refused);
    tcase_add_test(t, running_out_of_memory_is_an_error);
    return tap_run("core/chunk", t);
}

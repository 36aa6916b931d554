#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "conversation.h"
#include "tap.h"

#define DOCUMENT_MAX 8192

static struct talk talk;
static struct buf document;

static void setup(void) {
    talk_begin(&talk);
    buf_init(&document, DOCUMENT_MAX);
}

static void teardown(void) {
    buf_clear(&document);
    talk_end(&talk);
}

static void begin_section(const char *heading, bool ruling) {
    talk.passage_count = 0;
    struct passage *p = talk_section(&talk, "kb-x", heading);
    p->ruling = ruling;
    buf_empty(&document);
    buf_printf(&document, "# Help\n\n## %s\n\n", heading);
}

/* Reads what stands in the document so far into the section's note. */
static void read_section(void) {
    struct front front;
    struct view title;
    struct chunk *chunks;
    size_t count;
    const struct view text = view_of(arena_str(&talk.arena, buf_view(&document)));
    ck_assert_int_eq(front_read(text, &talk.arena, &front, NULL), ESI_OK);
    ck_assert_int_eq(chunk_read(text, front.body_line, &talk.arena, &title, &chunks, &count, NULL),
                     ESI_OK);
    struct handling_section *sections = ARENA_ARRAY(&talk.arena, count, struct handling_section);
    ck_assert_int_eq(handling_read(&front, title, chunks, count, &talk.arena, sections, NULL),
                     ESI_OK);
    talk.passages[0].note = sections[count - 1].note;
    talk.passages[0].text = sections[count - 1].text;
}

/* What was decided last, as the file says it: "no", "T2 HIGH". */
static void describe(char out[32], bool severity) {
    const struct decision *d = &talk.decision;
    if (!d->escalate && d->tier == ESI_TIER_0) {
        snprintf(out, 32, "no");
    } else {
        snprintf(out, 32, "%sT%d%s%s", d->escalate ? "" : "not escalated ", (int)d->tier,
                 severity ? " " : "", severity ? esi_severity_name(d->severity) : "");
    }
}

static void print_reasons(void) {
    static const char *const names[] = {[CONDITION_MET] = "met",
                                        [CONDITION_CONTRADICTED] = "no",
                                        [CONDITION_OPEN] = "open",
                                        [CONDITION_LATER] = "later"};
    for (size_t i = 0; i < talk.reasons.count; i++) {
        const struct view condition = talk.reasons.items[i].item->condition;
        fprintf(stderr, "#     %s: %.*s\n", names[talk.reasons.items[i].state], (int)condition.n,
                condition.p);
    }
}

static bool is_right(struct view line) {
    struct view rest = line;
    struct view wanted = {NULL, 0};
    char got[32];
    ck_assert(view_split(&rest, ':', &wanted));
    talk_anew(&talk);
    while (rest.n > 0) {
        struct view message = {NULL, 0};
        (void)view_split(&rest, '/', &message);
        (void)talk_say(&talk, arena_str(&talk.arena, view_trim(message)));
    }
    wanted = view_trim(wanted);
    describe(got, wanted.n > 2);
    if (!view_eq(wanted, view_of(got))) {
        fprintf(stderr, "# %s, not %.*s (%.*s)\n", got, (int)line.n, line.p,
                (int)talk.passages[0].heading.n, talk.passages[0].heading.p);
        print_reasons();
        return false;
    }
    return true;
}

START_TEST(sections_decide_by_what_was_said) {
    struct buf file;
    struct view line;
    size_t asked = 0;
    size_t right = 0;
    buf_init(&file, 1 << 20);
    ck_assert_int_eq(os_read_file(TEST_SOURCE_ROOT "/tests/data/cases.txt", 1 << 20, &file, NULL),
                     ESI_OK);
    struct view rest = buf_view(&file);
    while (view_line(&rest, &line)) {
        const bool ruling = view_starts(line, VIEW("rules "));
        if (ruling || view_starts(line, VIEW("section "))) {
            struct view heading = view_slice(line, ruling ? 6 : 8, line.n);
            begin_section(arena_str(&talk.arena, heading), ruling);
        } else if (view_starts(line, VIEW(">"))) {
            buf_add(&document, view_slice(line, 2, line.n));
            buf_char(&document, '\n');
            read_section();
        } else if (line.n > 0 && line.p[0] != '#') {
            asked++;
            right += is_right(line);
        }
    }
    fprintf(stderr, "# %zu of %zu\n", right, asked);
    ck_assert_uint_gt(asked, 0);
    ck_assert_double_ge((double)right / (double)asked, 0.9);
    buf_clear(&file);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("cases");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, sections_decide_by_what_was_said);
    return tap_run("core/cases", t);
}

#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "conversation.h"
#include "tap.h"

#define PARTS_MAX 12

static struct talk talk;

static void setup(void) {
    talk_begin(&talk);
}

static void teardown(void) {
    talk_end(&talk);
}

/* A section with one condition, as a line each of the file tells them. */
struct example {
    struct view section;
    struct view condition;
    int32_t tries;
    bool all, unless;
};

static const char *part(struct view *rest, char between) {
    struct view piece = {NULL, 0};
    (void)view_split(rest, between, &piece);
    return arena_str(&talk.arena, view_trim(piece));
}

static void read_when(struct view line, struct example *out) {
    out->tries = 0;
    out->all = view_starts(line, VIEW("all "));
    struct view rest = view_slice(line, out->all ? 4 : 0, line.n);
    if (view_starts(rest, VIEW("tries "))) {
        out->tries = rest.p[6] - '0';
        rest = view_slice(rest, 8, rest.n);
    }
    out->unless = view_starts(rest, VIEW("unless "));
    out->condition = view_slice(rest, out->unless ? 7 : 0, rest.n);
}

static void build(const struct example *example) {
    struct view rest = example->section;
    const struct view condition = example->condition;
    talk.passage_count = 0;
    talk_section(&talk, "kb-x", part(&rest, '|'));
    while (rest.n > 0) {
        talk_item(&talk, NOTE_STEP, part(&rest, '|'));
    }
    const char *text = arena_str(&talk.arena, condition);
    struct note_item *when = talk_when(&talk, example->unless ? "" : text, NOTE_ESCALATE);
    when->exception = view_of(example->unless ? text : "");
    when->tries = example->tries;
    when->all_tried = example->all;
}

/* What the condition was found to be in the last turn. */
static const char *found(void) {
    static const char *const names[] = {[CONDITION_MET] = "met",
                                        [CONDITION_CONTRADICTED] = "no",
                                        [CONDITION_OPEN] = "open",
                                        [CONDITION_LATER] = "later"};
    return talk.reasons.count > 0 ? names[talk.reasons.items[0].state] : "none";
}

static bool is_right(const struct example *example, struct view line) {
    struct view rest = line;
    const char *wanted = part(&rest, ':');
    talk_anew(&talk);
    build(example);
    while (rest.n > 0) {
        (void)talk_say(&talk, part(&rest, '/'));
    }
    if (strcmp(wanted, found()) != 0) {
        fprintf(stderr, "# %s, not %.*s (%.*s)\n", found(), (int)line.n, line.p,
                (int)example->condition.n, example->condition.p);
        return false;
    }
    return true;
}

START_TEST(conditions_are_held_against_what_was_said) {
    struct buf file;
    struct view line;
    struct example example = {.tries = 0};
    size_t asked = 0;
    size_t right = 0;
    buf_init(&file, 1 << 20);
    ck_assert_int_eq(
        os_read_file(TEST_SOURCE_ROOT "/tests/data/conditions.txt", 1 << 20, &file, NULL), ESI_OK);
    struct view rest = buf_view(&file);
    while (view_line(&rest, &line)) {
        if (view_starts(line, VIEW("section "))) {
            example.section = view_slice(line, 8, line.n);
        } else if (view_starts(line, VIEW("when "))) {
            read_when(view_slice(line, 5, line.n), &example);
        } else if (line.n > 0 && line.p[0] != '#') {
            asked++;
            right += is_right(&example, line);
        }
    }
    fprintf(stderr, "# %zu of %zu\n", right, asked);
    ck_assert_uint_gt(asked, 0);
    ck_assert_double_ge((double)right / (double)asked, 0.95);
    buf_clear(&file);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("heard");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, conditions_are_held_against_what_was_said);
    return tap_run("core/heard", t);
}

#include "core/handling.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

/* A site mends in front matter what was read of a section. */

static esi_arena arena;
static struct front front;
static struct handling_section *sections;
static size_t count;
static struct view *problems;
static size_t problem_count;

static const char *const body =
    "\n# Kiosk\n\n## Card refused\n\n1. Wipe the card.\n2. Insert it once more.\n\nEscalate to "
    "Tier "
    "1 if it is refused after three attempts. Ask for the badge number. The queue is long at "
    "noon.\n\n"
    "## 2. Slot jammed\n\nPull the drawer out. Handle people gently.\n\n## Left\n\n### Fix\n\nPush "
    "it.\n\n## Right\n\n### Fix\n\nPull it.\n";

static esi_err mend(esi_arena *where, const char *handling, esi_error *err) {
    struct view title;
    struct chunk *chunks;
    const char *text =
        arena_printf(where, "---\nid: kb-kiosk\nhandling:\n%s---\n%s", handling, body);
    const struct view document = view_of(text);
    esi_err e = text == NULL ? ESI_ENOMEM : front_read(document, where, &front, err);
    if (e == ESI_OK) {
        e = chunk_read(view_slice(document, front.body, document.n), front.body_line, where, &title,
                       &chunks, &count, err);
    }
    sections = e == ESI_OK ? ARENA_ARRAY(where, count, struct handling_section) : NULL;
    if (e == ESI_OK && sections == NULL) {
        return ESI_ENOMEM;
    }
    if (e == ESI_OK) {
        e = handling_read(&front, title, chunks, count, where, sections, err);
    }
    if (e == ESI_OK) {
        const struct handling_mended in = {&front, chunks, count, sections};
        e = handling_mend(&in, where, &problems, &problem_count, err);
    }
    return e;
}

static void read_mended(const char *handling) {
    esi_error err;
    ck_assert_int_eq(mend(&arena, handling, &err), ESI_OK);
}

/* Everything was used. */
static void read_clean(const char *handling) {
    read_mended(handling);
    for (size_t i = 0; i < front.problem_count; i++) {
        ck_abort_msg("%.*s", (int)front.problems[i].n, front.problems[i].p);
    }
    ck_assert_uint_eq(problem_count, 0);
}

static void check_kinds(size_t section, enum note_kind kind, const char *want) {
    char got[400] = "";
    for (size_t i = 0; i < sections[section].note.count; i++) {
        const struct note_item *item = &sections[section].note.items[i];
        if (item->kind == kind) {
            (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s%s",
                           got[0] == '\0' ? "" : "|", (int)item->text.n, item->text.p,
                           item->mended ? "*" : "");
        }
    }
    ck_assert_str_eq(got, want);
}

static const struct note_item *rule_of(size_t section) {
    for (size_t i = 0; i < sections[section].note.count; i++) {
        if (sections[section].note.items[i].kind == NOTE_WHEN) {
            return &sections[section].note.items[i];
        }
    }
    ck_abort_msg("no rule");
    return NULL;
}

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

START_TEST(steps_stand_in_place_of_those_that_were_read) {
    read_clean("- section: Card refused\n  steps:\n  - Turn the card over\n  - Wait.\n");
    check_kinds(0, NOTE_STEP, "Turn the card over.*|Wait.*");
    ck_assert_int_eq(sections[0].note.items[1].order, 2);
}
END_TEST

START_TEST(also_adds_to_what_was_read) {
    read_clean("- section: Card refused\n  also_steps: Wait.\n  also ask: hall\n");
    check_kinds(0, NOTE_STEP, "Wipe the card.|Insert it once more.|Wait.*");
    check_kinds(0, NOTE_ASK, "Could you tell me the badge number?|Could you tell me the hall?*");
}
END_TEST

START_TEST(a_heading_may_be_the_key) {
    read_clean("  Slot jammed:\n    say: The drawer is safe to pull.\n    capture: [slot, card]\n"
               "    never: Offer a refund\n");
    check_kinds(1, NOTE_SAY, "The drawer is safe to pull.*");
    check_kinds(1, NOTE_CAPTURE, "slot*|card*");
    check_kinds(1, NOTE_NEVER, "Offer a refund.*");
}
END_TEST

START_TEST(the_number_of_tries_is_set) {
    read_clean("- {section: Card refused, tries: 1, tier: 2, severity: high}\n");
    const struct note_item *rule = rule_of(0);
    ck_assert_int_eq(rule->tries, 1);
    ck_assert_int_eq(rule->tier, ESI_TIER_2);
    ck_assert_int_eq(rule->severity, ESI_SEVERITY_HIGH);
    ck_assert(rule->mended);
}
END_TEST

START_TEST(tries_without_a_rule_make_one) {
    read_clean("- {section: slot jammed, tries: 4}\n");
    ck_assert_int_eq(rule_of(1)->tries, 4);
    ck_assert_uint_eq(rule_of(1)->actions, NOTE_ESCALATE);
}
END_TEST

START_TEST(escalation_is_said_anew) {
    read_clean("- section: Card refused\n  escalate: [when several people are hit, always]\n");
    ck_assert(rule_of(0)->several_people);
    check_kinds(0, NOTE_WHEN, "Escalate.*|Escalate.*");
    read_clean("- {section: Card refused, escalate: never}\n");
    check_kinds(0, NOTE_WHEN, "");
}
END_TEST

START_TEST(a_section_is_given_to_a_role) {
    read_clean("- {section: Slot jammed, who: operators}\n");
    ck_assert_uint_ne(sections[1].note.items[0].roles & (1u << ESI_ROLE_OPERATOR), 0);
    ck_assert_uint_eq(sections[1].note.items[0].roles & (1u << ESI_ROLE_TRAINEE), 0);
}
END_TEST

START_TEST(a_sentence_is_ignored) {
    read_clean("- {section: Card refused, ignore: The queue}\n");
    ck_assert_uint_eq(sections[0].note.unread_count, 0);
    ck_assert(view_find(sections[0].text, VIEW("The queue"), 0) == SIZE_MAX);
    ck_assert(view_find(sections[0].text, VIEW("Wipe the card"), 0) != SIZE_MAX);
}
END_TEST

START_TEST(a_sentence_is_no_order) {
    read_clean("- {section: Card refused, statement: Ask for the badge}\n");
    check_kinds(0, NOTE_ASK, "");
    ck_assert(view_find(sections[0].text, VIEW("Ask for the badge number."), 0) != SIZE_MAX);
}
END_TEST

START_TEST(an_order_is_read_as_the_documents_own) {
    read_clean("- \"Slot jammed: escalate to Tier 3 if the slot smokes\"\n");
    check_kinds(1, NOTE_WHEN, "Escalate to Tier 3.*");
}
END_TEST

START_TEST(a_path_names_one_of_several_sections) {
    read_clean("- {section: Right > Fix, steps: Turn it.}\n");
    check_kinds(2, NOTE_STEP, "Push it.");
    check_kinds(3, NOTE_STEP, "Turn it.*");
}
END_TEST

/* The front matter is right YAML, but an entry can't be used; the next one is. */
static const struct {
    const char *entry;
    const char *problem;
} wrong[] = {
    {"- {section: Nowhere, ask: x}\n", "line 4: handling: there is no section \"Nowhere\""},
    {"- {section: Fix, ask: x}\n", "line 4: handling: several sections have this heading; write "
                                   "the one above it first, as \"Above > Heading\": \"Fix\""},
    {"- {section: Left > Fix, ignore: Shake}\n",
     "line 4: handling: no sentence of this section begins with \"Shake\""},
    {"- {section: Slot jammed, tier: 2}\n",
     "line 4: handling: nothing says when; add `escalate` to the section \"Slot jammed\""},
    {"- \"Left > Fix: dream of the coast for a while\"\n",
     "line 4: handling: this order isn't understood: \"dream of the coast for a while\""},
    {"- section: Left > Fix\n  tier: 9\n",
     "line 5: handling: \"tier\" is to be a number from 0 to 3, not \"9\""},
    {"- section: Left > Fix\n  severity: soon\n",
     "line 5: handling: \"severity\" is to be low, medium, "
     "high or critical, not \"soon\""},
    {"- section: Left > Fix\n  tries: 0\n",
     "line 5: handling: \"tries\" is to be a number from 1 to 20, not \"0\""},
    {"- section: Left > Fix\n  who: gnomes\n",
     "line 5: handling: \"who\" is to be a role, as instructor, not \"gnomes\""},
    {"- section: Left > Fix\n  ask:\n", "line 5: handling: \"ask\" is empty"},
    {"- {ask: x}\n", "line 4: handling: this entry names no section"},
    {"- [a, b]\n", "line 4: handling: nested deeper than it may be"},
    {"- plain words\n", "line 4: handling: \"plain words\" isn't \"Heading: order\""},
};

START_TEST(a_bad_entry_is_told_with_its_line_and_left_out) {
    read_mended(arena_printf(&arena, "%s- {section: Slot jammed, say: Fine.}\n", wrong[_i].entry));
    const struct view got = front.problem_count > 0 ? front.problems[0]
                            : problem_count > 0     ? problems[0]
                                                    : VIEW("none");
    ck_assert_uint_eq(front.problem_count + problem_count, 1);
    ck_assert_msg(view_eq(got, view_of(wrong[_i].problem)), "%.*s", (int)got.n, got.p);
    check_kinds(1, NOTE_SAY, "Fine.*");
}
END_TEST

START_TEST(an_unknown_key_is_told_with_those_that_are_known) {
    read_mended("- section: Left > Fix\n  askk: x\n  ask: y\n");
    ck_assert_uint_eq(front.problem_count, 1);
    ck_assert(view_starts(front.problems[0],
                          VIEW("line 5: handling: \"askk\" isn't known; known are section, ")));
}
END_TEST

START_TEST(values_have_a_limit) {
    char *text = arena_printf(&arena, "- section: Left > Fix\n  ask: %01200d\n", 7);
    read_mended(text);
    ck_assert_uint_eq(front.problem_count, 1);
    ck_assert_uint_eq(front.mend_count, 0);
}
END_TEST

START_TEST(running_out_of_memory_is_an_error) {
    for (size_t max = 2000; max < 200000; max += 1999) {
        esi_arena small;
        esi_error err;
        arena_init(&small, max);
        const esi_err e =
            mend(&small,
                 "- {section: Card refused, steps: [a, b], tries: 1, ignore: The queue, "
                 "who: operators}\n- {section: Nowhere, ask: x}\n",
                 &err);
        ck_assert(e == ESI_OK || e == ESI_ENOMEM);
        arena_clear(&small);
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("mend");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, steps_stand_in_place_of_those_that_were_read);
    tcase_add_test(t, also_adds_to_what_was_read);
    tcase_add_test(t, a_heading_may_be_the_key);
    tcase_add_test(t, the_number_of_tries_is_set);
    tcase_add_test(t, tries_without_a_rule_make_one);
    tcase_add_test(t, escalation_is_said_anew);
    tcase_add_test(t, a_section_is_given_to_a_role);
    tcase_add_test(t, a_sentence_is_ignored);
    tcase_add_test(t, a_sentence_is_no_order);
    tcase_add_test(t, an_order_is_read_as_the_documents_own);
    tcase_add_test(t, a_path_names_one_of_several_sections);
    tcase_add_loop_test(t, a_bad_entry_is_told_with_its_line_and_left_out, 0,
                        (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(t, an_unknown_key_is_told_with_those_that_are_known);
    tcase_add_test(t, values_have_a_limit);
    tcase_add_test(t, running_out_of_memory_is_an_error);
    return tap_run("core/mend", t);
}

#include "core/note.h"

#include <string.h>

#include "tap.h"

static esi_arena arena;
static struct buf out;

static void setup(void) {
    arena_init(&arena, 0);
    buf_init(&out, 1 << 20);
}

static void teardown(void) {
    arena_clear(&arena);
    buf_clear(&out);
}

static struct note_item full = {
    .kind = NOTE_WHEN,
    .text = {"Escalate to Tier 2", 18},
    .condition = {"it persists after one restart", 29},
    .source = {"Escalate to Tier 2 if it \"persists\".", 36},
    .roles = 6,
    .order = 3,
    .tries = 1,
    .all_tried = true,
    .several_people = true,
    .actions = NOTE_ESCALATE | NOTE_SET_TIER,
    .tier = ESI_TIER_2,
    .severity = ESI_SEVERITY_HIGH,
    .code = true,
    .for_desk = true,
    .line = 41,
};

START_TEST(an_item_comes_back_as_it_was) {
    struct view unread = VIEW("what is this");
    const struct note note = {.items = &full, .count = 1, .unread = &unread, .unread_count = 1};
    struct note back;
    esi_error err;
    ck_assert_int_eq(note_encode(&note, &out, &err), ESI_OK);
    ck_assert_int_eq(note_decode(buf_view(&out), &arena, &back, &err), ESI_OK);
    ck_assert_uint_eq(back.count, 1);
    const struct note_item *item = &back.items[0];
    ck_assert_int_eq(item->kind, NOTE_WHEN);
    ck_assert(view_eq(item->text, full.text));
    ck_assert(view_eq(item->condition, full.condition));
    ck_assert(view_eq(item->source, full.source));
    ck_assert_uint_eq(item->roles, 6);
    ck_assert_int_eq(item->order, 3);
    ck_assert_int_eq(item->tries, 1);
    ck_assert(item->all_tried && item->several_people && item->code && item->for_desk);
    ck_assert_uint_eq(item->actions, NOTE_ESCALATE | NOTE_SET_TIER);
    ck_assert_int_eq(item->tier, ESI_TIER_2);
    ck_assert_int_eq(item->severity, ESI_SEVERITY_HIGH);
    ck_assert_int_eq(item->line, 41);
    ck_assert_uint_eq(back.unread_count, 1);
    ck_assert(view_eq(back.unread[0], unread));
}
END_TEST

START_TEST(an_empty_note_and_an_empty_text_are_empty_notes) {
    const struct note note = {0};
    struct note back = {.count = 9};
    esi_error err;
    ck_assert_int_eq(note_encode(&note, &out, &err), ESI_OK);
    ck_assert_int_eq(note_decode(buf_view(&out), &arena, &back, &err), ESI_OK);
    ck_assert_uint_eq(back.count, 0);
    back.count = 9;
    ck_assert_int_eq(note_decode(VIEW(""), &arena, &back, &err), ESI_OK);
    ck_assert_uint_eq(back.count, 0);
}
END_TEST

START_TEST(what_a_newer_release_added_is_left_out) {
    struct note back;
    esi_error err;
    const struct view json =
        VIEW("{\"items\":[{\"kind\":\"song\",\"text\":\"la\"},{\"kind\":\"fact\","
             "\"text\":\"a\",\"mood\":[1]}],\"more\":{}}");
    ck_assert_int_eq(note_decode(json, &arena, &back, &err), ESI_OK);
    ck_assert_uint_eq(back.count, 1);
    ck_assert_int_eq(back.items[0].kind, NOTE_FACT);
}
END_TEST

START_TEST(damage_is_an_error_and_leaves_the_output) {
    struct note back = {.count = 9};
    esi_error err;
    ck_assert_int_eq(note_decode(VIEW("{\"items\":["), &arena, &back, &err), ESI_EPARSE);
    ck_assert_uint_eq(back.count, 9);
}
END_TEST

START_TEST(a_full_buffer_is_an_error) {
    const struct note note = {.items = &full, .count = 1};
    struct buf small;
    esi_error err;
    buf_init(&small, 40);
    ck_assert_int_eq(note_encode(&note, &small, &err), ESI_ETOOBIG);
    buf_clear(&small);
}
END_TEST

START_TEST(the_search_text_holds_texts_and_conditions) {
    const struct note note = {.items = &full, .count = 1};
    note_search_text(&note, &out);
    ck_assert_str_eq(out.p, "Escalate to Tier 2\nit persists after one restart\n");
}
END_TEST

START_TEST(every_kind_has_a_name) {
    for (int kind = NOTE_SYMPTOM; kind <= NOTE_REFER; kind++) {
        ck_assert_uint_gt(strlen(note_kind_name((enum note_kind)kind)), 0);
    }
    ck_assert_str_eq(note_kind_name((enum note_kind)99), "");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("note");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_item_comes_back_as_it_was);
    tcase_add_test(t, an_empty_note_and_an_empty_text_are_empty_notes);
    tcase_add_test(t, what_a_newer_release_added_is_left_out);
    tcase_add_test(t, damage_is_an_error_and_leaves_the_output);
    tcase_add_test(t, a_full_buffer_is_an_error);
    tcase_add_test(t, the_search_text_holds_texts_and_conditions);
    tcase_add_test(t, every_kind_has_a_name);
    return tap_run("core/note", t);
}

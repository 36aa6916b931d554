#include "prompt_fixture.h"
#include "tap.h"

/* ---- history --------------------------------------------------------------------------------- */

START_TEST(speakers_take_turns) {
    vpn_sections();
    said(false, "Good morning!");
    said(true, "hello");
    said(true, "is anybody there?");
    said(false, "Yes.");
    said(true, "The VPN");
    build();
    ck_assert_uint_eq(out.turn_count, 5);
    ck_assert_str_eq(turn_at(0).p,
                     "(Earlier messages are left out.)\n\nhello\n\nis anybody there?");
    ck_assert_str_eq(turn_at(1).p, "Yes.");
    ck_assert_str_eq(turn_at(2).p, "The VPN");
    ck_assert_str_eq(turn_at(3).p, "(There was no answer.)");
    for (size_t i = 0; i < out.turn_count; i++) {
        ck_assert_int_eq(out.turns[i].speaker,
                         i % 2 == 0 ? ESI_SPEAKER_USER : ESI_SPEAKER_ASSISTANT);
    }
}
END_TEST

START_TEST(older_messages_are_told_in_a_line) {
    static const char log[] = "Hello everybody. The console of my seat stays black. I have tried "
                              "it with two browsers, with and without the extension, and I have "
                              "restarted the machine twice; nothing of that has changed anything.";
    vpn_sections();
    for (size_t i = 0; i < 20; i++) {
        said(true, log);
        said(false, "Sorry about the trouble.\n\n1. Close the tab.\n2. Open it again.");
    }
    build();
    ck_assert_str_eq(turn_at(out.turn_count - 3).p, log);
    ck_assert_str_eq(turn_at(2).p, "The console of my seat stays black. (...)");
    ck_assert_str_eq(turn_at(3).p, "1. Close the tab. (...)");
}
END_TEST

START_TEST(one_long_message_leaves_room_for_others) {
    char *log = arena_alloc(&talk.arena, 8001);
    for (size_t i = 0; i < 8000; i += 20) {
        memcpy(log + i, "Nov 22 error 0x80070", 19);
        log[i + 19] = '\n';
    }
    vpn_sections();
    said(true, "The console stays black");
    said(false, "What does it say?");
    said(true, log);
    said(false, "Thanks.");
    build();
    ck_assert_uint_eq(out.turn_count, 5);
    ck_assert_str_eq(turn_at(0).p, "The console stays black");
    ck_assert(view_ends(turn_at(2), VIEW(" (...)")));
    ck_assert_uint_le(token_count(turn_at(2)), 520);
}
END_TEST

START_TEST(oldest_history_gives_way_first) {
    char text[600];
    memset(text, 'h', sizeof(text));
    vpn_sections();
    for (size_t i = 0; i < 60; i++) {
        history[i] = (struct prompt_message){i % 2 == 0, {text, sizeof(text)}};
    }
    history[59].text = VIEW("the newest");
    in.history_count = 60;
    in.budget = 3000;
    build();
    ck_assert_uint_le(out.tokens, 3000);
    ck_assert_uint_gt(out.turn_count, 3);
    ck_assert_uint_lt(out.turn_count, 40);
    ck_assert_int_eq(out.turns[0].speaker, ESI_SPEAKER_USER);
    ck_assert_str_eq(turn_at(out.turn_count - 2).p, "the newest");
    ck_assert_uint_eq(out.source_count, 2);
}
END_TEST

/* ---- limits ---------------------------------------------------------------------------------- */

START_TEST(budget_holds_whatever_is_asked) {
    vpn_sections();
    for (size_t i = 0; i < 30; i++) {
        said(i % 2 == 0, "The console of my seat stays black, and I don't know what to do.");
    }
    build();
    const size_t least = token_count(out.system) + 120;
    for (size_t budget = least; budget < least + 3000; budget += 37) {
        in.budget = budget;
        build();
        ck_assert_uint_le(out.tokens, budget);
    }
}
END_TEST

START_TEST(question_that_cannot_fit_is_refused) {
    struct prompt before;
    memset(&out, 0x5A, sizeof(out));
    memcpy(&before, &out, sizeof(out));
    in.budget = 2000;
    in.question.p = memset(arena_alloc(&talk.arena, 9000), '7', 9000);
    in.question.n = 9000;
    esi_error err = {0};
    ck_assert_int_eq(prompt_build(&in, &talk.arena, &out, &err), ESI_ETOOBIG);
    says(err.message, "more than the 2000");
    ck_assert_mem_eq(&before, &out, sizeof(out));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("prompt_history");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, speakers_take_turns);
    tcase_add_test(t, older_messages_are_told_in_a_line);
    tcase_add_test(t, one_long_message_leaves_room_for_others);
    tcase_add_test(t, oldest_history_gives_way_first);
    tcase_add_test(t, budget_holds_whatever_is_asked);
    tcase_add_test(t, question_that_cannot_fit_is_refused);
    return tap_run("core/prompt_history", t);
}

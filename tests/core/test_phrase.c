#include "core/phrase.h"

#include "tap.h"

/* The words of the desk, with the rule file that is compiled in and without one. */

static struct policy *policy;

static void setup(void) {
    ck_assert_int_eq(policy_read((struct view){0}, "default", &policy, NULL), ESI_OK);
}

static void teardown(void) {
    policy_free(policy);
}

START_TEST(the_rule_file_says_what_the_desk_says_without_it) {
    for (size_t i = 0; phrase_id(i); i++) {
        const char *reply = policy_reply(policy, phrase_id(i));
        ck_assert_msg(reply != NULL, "%s isn't in the rule file", phrase_id(i));
        const struct view own = phrase_of(NULL, phrase_id(i));
        ck_assert_str_eq(reply, own.p);
    }
}
END_TEST

START_TEST(an_unknown_phrase_is_empty) {
    ck_assert_uint_eq(phrase_of(policy, "no-such-phrase").n, 0);
}
END_TEST

START_TEST(alternatives_take_turns) {
    const struct view phrase = VIEW("Sorry. || Sorry again. || Once more.");
    ck_assert(view_eq(phrase_vary(phrase, 0), VIEW("Sorry.")));
    ck_assert(view_eq(phrase_vary(phrase, 1), VIEW("Sorry again.")));
    ck_assert(view_eq(phrase_vary(phrase, 2), VIEW("Once more.")));
    ck_assert(view_eq(phrase_vary(phrase, 3), VIEW("Sorry.")));
    ck_assert(view_eq(phrase_vary(VIEW("Sorry."), 5), VIEW("Sorry.")));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("phrase");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_rule_file_says_what_the_desk_says_without_it);
    tcase_add_test(t, an_unknown_phrase_is_empty);
    tcase_add_test(t, alternatives_take_turns);
    return tap_run("core/phrase", t);
}

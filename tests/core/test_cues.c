#include "core/cues.h"

#include <check.h>

#include "tap.h"

START_TEST(a_word_and_its_forms_have_the_cues_of_their_entry) {
    ck_assert(cues_of(VIEW("escalate")) & CUE_VERB);
    ck_assert(cues_of(VIEW("escalating")) & CUE_VERB);
    ck_assert_uint_eq(cues_of(VIEW("escal")), 0);
    ck_assert_uint_eq(cues_of(VIEW("")), 0);
}
END_TEST

/* Documents may hold any byte: a table's string ends before it. */
START_TEST(a_word_that_goes_on_behind_a_zero_byte_is_another) {
    ck_assert_uint_eq(cues_of(VIEW("escalate\0\0x")), 0);
    ck_assert_uint_eq(cues_kinds(VIEW("escalate\0\0x")), 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("cues");
    tcase_add_test(t, a_word_and_its_forms_have_the_cues_of_their_entry);
    tcase_add_test(t, a_word_that_goes_on_behind_a_zero_byte_is_another);
    return tap_run("core/cues", t);
}

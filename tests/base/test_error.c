#include "base/error.h"

#include <string.h>

#include "base/clock.h"
#include "tap.h"

START_TEST(a_failure_tells_all_it_knows) {
    esi_error err;
    memset(&err, 0x5a, sizeof err);
    ck_assert_int_eq(esi_fail(&err, ESI_ENOTFOUND, "store/mine", "no %s number %d", "ticket", 7),
                     ESI_ENOTFOUND);
    ck_assert_int_eq(err.code, ESI_ENOTFOUND);
    ck_assert_int_eq(err.http_status, 404);
    ck_assert_int_eq(err.upstream_status, 0);
    ck_assert(!err.retryable);
    ck_assert_int_eq(err.retry_after_ms, 0);
    ck_assert_str_eq(err.sqlstate, "");
    ck_assert_str_eq(err.origin, "store/mine");
    ck_assert_str_eq(err.pointer, "");
    ck_assert_str_eq(err.message, "no ticket number 7");
}
END_TEST

START_TEST(details_may_be_unwanted) {
    ck_assert_int_eq(esi_fail(NULL, ESI_EIO, "x", "y"), ESI_EIO);
    ck_assert_int_eq(fail_at(NULL, ESI_EINVAL, "x", "/a", "y"), ESI_EINVAL);
    ck_assert_int_eq(fail_memory(NULL, "x"), ESI_ENOMEM);
}
END_TEST

START_TEST(a_refused_input_is_named) {
    esi_error err;
    ck_assert_int_eq(fail_at(&err, ESI_EINVAL, "core/policy", "/rules/3", "no %s", "id"),
                     ESI_EINVAL);
    ck_assert_str_eq(err.pointer, "/rules/3");
    ck_assert_str_eq(err.message, "no id");
    ck_assert_int_eq(err.http_status, 400);
}
END_TEST

START_TEST(a_message_is_one_line) {
    esi_error err;
    (void)esi_fail(&err, ESI_EIO, "x", "a\nb\tc\x7f");
    ck_assert_str_eq(err.message, "a b c ");
}
END_TEST

START_TEST(a_long_message_is_cut_between_characters) {
    char text[ESI_ERROR_MESSAGE_MAX * 2];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t i = shift; i + 3 < sizeof text; i += 3) {
            memcpy(text + i, "\xe2\x82\xac", 3);
        }
        text[sizeof text - 3] = '\0';
        esi_error err;
        (void)esi_fail(&err, ESI_EIO, "x", "%s", text);
        const size_t n = strlen(err.message);
        ck_assert_uint_gt(n, ESI_ERROR_MESSAGE_MAX - 5);
        ck_assert_uint_eq((n - shift) % 3, 0);
        ck_assert_ptr_null(strchr(err.message, '?'));
    }
}
END_TEST

START_TEST(bytes_that_are_no_text_are_shown_as_such) {
    esi_error err;
    (void)esi_fail(&err, ESI_EIO, "x", "a\xff\x80z and more");
    ck_assert_str_eq(err.message, "a??z and more");
}
END_TEST

START_TEST(its_own_message_can_be_an_argument) {
    esi_error err;
    (void)esi_fail(&err, ESI_EIO, "x", "first");
    (void)esi_fail(&err, ESI_EIO, "y", "second after %s", err.message);
    ck_assert_str_eq(err.message, "second after first");
}
END_TEST

START_TEST(a_wait_that_ended_says_why) {
    esi_error err;
    esi_cancel *cancel = esi_cancel_create();
    const esi_wait wait = wait_for_ms(0, cancel);
    ck_assert_int_eq(fail_wait(&err, "x", &wait), ESI_ETIMEOUT);
    ck_assert_int_eq(err.http_status, 504);
    ck_assert(err.retryable);
    esi_cancel_fire(cancel);
    ck_assert_int_eq(fail_wait(&err, "x", &wait), ESI_ECANCELLED);
    ck_assert_int_eq(err.http_status, 499);
    esi_cancel_free(cancel);
}
END_TEST

START_TEST(each_code_has_its_status) {
    static const struct {
        esi_err code;
        int status;
        bool retryable;
    } want[] = {
        {ESI_EINVAL, 400, false},     {ESI_ENOMEM, 503, true},      {ESI_ENOTFOUND, 404, false},
        {ESI_EFORBIDDEN, 403, false}, {ESI_ECONFLICT, 409, false},  {ESI_EINPROGRESS, 409, true},
        {ESI_ETIMEOUT, 504, true},    {ESI_ECANCELLED, 499, false}, {ESI_EUNAVAILABLE, 503, true},
        {ESI_ETOOBIG, 413, false},    {ESI_EENCODING, 400, false},  {ESI_EPARSE, 400, false},
        {ESI_EPOLICY, 500, false},    {ESI_EIO, 500, false},        {ESI_ENOSPC, 507, false},
        {ESI_EREADONLY, 503, false},  {ESI_ECORRUPT, 500, false},   {ESI_ENEWER, 500, false},
        {ESI_EDIM, 500, false},       {ESI_EUPSTREAM, 502, false},  {ESI_EUNSUPPORTED, 501, false},
        {ESI_EMISMATCH, 422, false},  {ESI_EAUTH, 401, false},      {ESI_EINTERNAL, 500, false},
    };
    ck_assert_uint_eq(sizeof want / sizeof *want, ESI_EINTERNAL);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        esi_error err;
        (void)esi_fail(&err, want[i].code, "x", "y");
        ck_assert_int_eq(want[i].code, i + 1);
        ck_assert_int_eq(err.http_status, want[i].status);
        ck_assert_int_eq(err.retryable, want[i].retryable);
    }
}
END_TEST

START_TEST(each_code_has_a_name_and_a_text) {
    ck_assert_str_eq(esi_err_name(ESI_OK), "ESI_OK");
    ck_assert_str_eq(esi_err_name(ESI_EINVAL), "ESI_EINVAL");
    ck_assert_str_eq(esi_err_name(ESI_EINTERNAL), "ESI_EINTERNAL");
    ck_assert_str_eq(esi_err_name((esi_err)25), "ESI_EUNKNOWN");
    ck_assert_str_eq(esi_err_name((esi_err)-1), "ESI_EUNKNOWN");
    for (int code = 0; code <= ESI_EINTERNAL; code++) {
        ck_assert_ptr_nonnull(esi_err_name((esi_err)code));
        ck_assert_uint_gt(strlen(esi_err_text((esi_err)code)), 0);
    }
    ck_assert_uint_gt(strlen(esi_err_text((esi_err)99)), 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("error");
    tcase_add_test(t, a_failure_tells_all_it_knows);
    tcase_add_test(t, details_may_be_unwanted);
    tcase_add_test(t, a_refused_input_is_named);
    tcase_add_test(t, a_message_is_one_line);
    tcase_add_test(t, a_long_message_is_cut_between_characters);
    tcase_add_test(t, bytes_that_are_no_text_are_shown_as_such);
    tcase_add_test(t, its_own_message_can_be_an_argument);
    tcase_add_test(t, a_wait_that_ended_says_why);
    tcase_add_test(t, each_code_has_its_status);
    tcase_add_test(t, each_code_has_a_name_and_a_text);
    return tap_run("base/error", t);
}

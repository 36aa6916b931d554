#include "http_trial.h"

START_TEST(a_reply_comes_whole) {
    struct trial t;
    trial_run(&t, "/echo", "what was asked");
    CHECK_WHOLE(t, 200, "what was asked");
    ck_assert(t.sent);
    ck_assert_str_eq(http_reply_field(t.call, "x-kind"), "Plain Reply");
    ck_assert_str_eq(http_reply_field(t.call, "content-type"), "text/plain");
    ck_assert_ptr_null(http_reply_field(t.call, "plain"));
    trial_clear(&t);
    ck_assert_ptr_nonnull(strstr(server->last, "POST /echo HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(strstr(server->last, "Authorization: Bearer k3y-0f-th3-t3st\r\n"));
    ck_assert_ptr_nonnull(strstr(server->last, "Content-Type: text/plain\r\n"));
    ck_assert_ptr_null(strstr(server->last, "Expect"));
}
END_TEST

START_TEST(without_a_body_it_is_a_get) {
    struct trial t;
    trial_run(&t, "/echo", "");
    CHECK_WHOLE(t, 200, "");
    trial_clear(&t);
    ck_assert_ptr_nonnull(strstr(server->last, "GET /echo HTTP/1.1\r\n"));
}
END_TEST

START_TEST(single_bytes_become_the_reply) {
    struct trial t;
    trial_run(&t, "/bytes", "x");
    CHECK_WHOLE(t, 200, "one byte at a time");
    ck_assert_ptr_null(http_reply_field(t.call, "x-trailer"));
    trial_clear(&t);
}
END_TEST

START_TEST(a_connection_is_used_again) {
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(end_of("/echo"), HTTP_WHOLE);
    }
    ck_assert_int_eq(atomic_load(&server->connections), 1);
    const struct http_counts counts = http_counts(http);
    ck_assert_int_eq(counts.sent, 20);
    ck_assert_int_eq(counts.connections, 1);
    ck_assert_int_eq(counts.in_flight, 0);
    ck_assert_int_eq(counts.stopped, 0);
}
END_TEST

START_TEST(a_body_of_a_megabyte_goes_out_without_asking) {
    struct trial t;
    char *body = malloc((3 << 20) + 1);
    memset(body, 'r', 3 << 20);
    body[3 << 20] = '\0';
    trial_run(&t, "/swallow", body);
    CHECK_WHOLE(t, 200, "3145728");
    trial_clear(&t);
    free(body);
}
END_TEST

START_TEST(a_reply_until_the_connection_closes_is_whole) {
    struct trial t;
    trial_run(&t, "/until-close", "x");
    CHECK_WHOLE(t, 200, "all");
    trial_clear(&t);
}
END_TEST

START_TEST(an_interim_reply_is_not_the_reply) {
    struct trial t;
    trial_run(&t, "/interim", "x");
    CHECK_WHOLE(t, 429, "slow");
    ck_assert_ptr_null(http_reply_field(t.call, "x-early"));
    trial_clear(&t);
}
END_TEST

START_TEST(nothing_was_sent_where_nobody_listens) {
    struct trial t;
    trial_run(&t, "http://127.0.0.1:1/v1?secret=k3y", "x");
    ck_assert_int_eq(t.end, HTTP_NOT_SENT);
    ck_assert(!t.sent);
    ck_assert_int_eq(t.status, 0);
    ck_assert_ptr_null(strstr(t.problem, "k3y"));
    ck_assert(!trial_clear(&t));
    ck_assert_int_eq(http_counts(http).sent, 0);
}
END_TEST

START_TEST(a_proxy_s_password_stands_in_no_message) {
    static const char *const proxies[] = {"odd://me:k3y@127.0.0.1:1", "http://me:k3y@127.0.0.1:1",
                                          "http://me:k3y@nobody.invalid:1", "http://me:k3y@[half"};
    for (size_t i = 0; i < 4; i++) {
        struct trial t;
        trial_init(&t, "http://127.0.0.2:1/v1", "x");
        t.place.proxy = proxies[i];
        trial_start(&t, LONG_MS, NULL);
        ck_assert(trial_read(&t));
        ck_assert_int_ne(t.end, HTTP_WHOLE);
        ck_assert(!t.sent);
        ck_assert(t.problem[0] != '\0');
        ck_assert_ptr_null(strstr(t.problem, "k3y"));
        trial_clear(&t);
    }
}
END_TEST

START_TEST(nothing_was_sent_to_a_name_that_nobody_has) {
    ck_assert_int_eq(end_of("http://nobody.invalid/v1"), HTTP_NOT_SENT);
}
END_TEST

START_TEST(only_the_web_is_spoken) {
    ck_assert_int_eq(end_of("file:///etc/passwd"), HTTP_REFUSED);
    ck_assert_int_eq(end_of("ftp://127.0.0.1/x"), HTTP_REFUSED);
    ck_assert_int_eq(end_of("http://[half"), HTTP_REFUSED);
}
END_TEST

START_TEST(a_field_cannot_bring_another_one) {
    struct trial t;
    trial_init(&t, "/echo", "x");
    t.fields[1].value = "text/plain\r\nX-Evil: yes";
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_REFUSED);
    trial_clear(&t);
    ck_assert_int_eq(atomic_load(&server->requests), 0);
}
END_TEST

START_TEST(a_reset_after_sending_leaves_it_unknown) {
    struct trial t;
    trial_run(&t, "/reset", "x");
    ck_assert_int_eq(t.end, HTTP_LOST);
    ck_assert(t.sent);
    ck_assert_int_eq(t.status, 0);
    trial_clear(&t);
    ck_assert_int_eq(atomic_load(&server->requests), 1);
}
END_TEST

START_TEST(a_cut_reply_is_lost_and_what_came_is_there) {
    static const char *const paths[] = {"/half", "/half-reset"};
    for (size_t i = 0; i < 2; i++) {
        struct trial t;
        trial_run(&t, paths[i], "x");
        ck_assert_int_eq(t.end, HTTP_LOST);
        ck_assert_int_eq(t.status, 200);
        ck_assert_uint_eq(t.body.n, 4);
        trial_clear(&t);
    }
}
END_TEST

START_TEST(rubbish_is_no_reply) {
    struct trial t;
    trial_run(&t, "/rubbish", "x");
    ck_assert_int_eq(t.end, HTTP_LOST);
    ck_assert_int_eq(t.status, 0);
    trial_clear(&t);
}
END_TEST

START_TEST(a_connection_that_was_closed_meanwhile_is_not_used) {
    static const char *const paths[] = {"/fin", "/rst"};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(end_of(paths[i]), HTTP_WHOLE);
        while (atomic_load(&server->talking) > 0) {
            os_sleep(esi_clock_ns() + NS_PER_MS);
        }
        ck_assert_int_eq(end_of("/echo"), HTTP_WHOLE);
    }
    ck_assert_int_eq(http_counts(http).stopped, 0);
    ck_assert_int_eq(http_counts(http).sent, 4);
    ck_assert_int_eq(atomic_load(&server->requests), 4);
}
END_TEST

START_TEST(libcurl_never_sends_again_by_itself) {
    ck_assert_int_eq(end_of("/lost"), HTTP_WHOLE);
    struct trial t;
    trial_run(&t, "/echo", "only once");
    ck_assert_int_eq(t.end, HTTP_IDLE_LOST);
    ck_assert(t.sent);
    trial_clear(&t);
    ck_assert_int_eq(http_counts(http).stopped, 1);
    ck_assert_int_eq(atomic_load(&server->requests), 2);
    ck_assert_int_eq(end_of("/echo"), HTTP_WHOLE);
    ck_assert_int_eq(http_counts(http).stopped, 1);
    ck_assert_int_eq(atomic_load(&server->requests), 3);
}
END_TEST

START_TEST(a_redirect_is_a_reply) {
    struct plain_server *other = plain_start();
    char path[128];
    (void)snprintf(path, sizeof path, "/to=%s/echo", other->url);
    struct trial t;
    trial_run(&t, path, "x");
    CHECK_WHOLE(t, 307, "");
    trial_clear(&t);
    ck_assert_int_eq(atomic_load(&other->connections), 0);
    plain_stop(other);
}
END_TEST

START_TEST(a_stream_of_events_comes_whole) {
    struct trial t;
    trial_run(&t, "/events", "x");
    ck_assert_int_eq(t.end, HTTP_WHOLE);
    ck_assert_uint_eq(t.body.n, 40 * strlen("data: a word\n\n"));
    trial_clear(&t);
    trial_run(&t, "/events-lost", "x");
    ck_assert_int_eq(t.end, HTTP_LOST);
    trial_clear(&t);
}
END_TEST

START_TEST(a_reply_may_be_too_big) {
    static const char *const paths[] = {"/large=5000", "/chunked=5000"};
    for (size_t i = 0; i < 2; i++) {
        struct trial t;
        trial_init(&t, paths[i], "x");
        t.request.reply_max = 4999;
        trial_start(&t, LONG_MS, NULL);
        ck_assert(trial_read(&t));
        ck_assert_int_eq(t.end, HTTP_TOO_BIG);
        trial_clear(&t);
        trial_init(&t, paths[i], "x");
        t.request.reply_max = 5000;
        trial_start(&t, LONG_MS, NULL);
        ck_assert(trial_read(&t));
        ck_assert_int_eq(t.end, HTTP_WHOLE);
        ck_assert_uint_eq(t.body.n, 5000);
        trial_clear(&t);
    }
    ck_assert_int_eq(end_of("/fields"), HTTP_TOO_BIG);
}
END_TEST

START_TEST(a_proxy_is_asked_where_one_is_named) {
    struct trial t;
    trial_init(&t, "http://models.invalid/echo", "through");
    t.place.proxy = server->url;
    t.place.no_proxy = "other.invalid";
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    CHECK_WHOLE(t, 200, "through");
    trial_clear(&t);
    ck_assert_ptr_nonnull(strstr(server->last, "POST http://models.invalid/echo HTTP/1.1\r\n"));
    trial_init(&t, "http://models.invalid/echo", "straight");
    t.place.proxy = server->url;
    t.place.no_proxy = "models.invalid";
    trial_start(&t, LONG_MS, NULL);
    ck_assert(trial_read(&t));
    ck_assert_int_eq(t.end, HTTP_NOT_SENT);
    trial_clear(&t);
}
END_TEST

START_TEST(the_environment_names_a_proxy_and_whom_it_is_not_for) {
    setenv("http_proxy", server->url, 1);
    ck_assert_int_eq(end_of("http://models.invalid/echo"), HTTP_WHOLE);
    setenv("NO_PROXY", "models.invalid", 1);
    ck_assert_int_eq(end_of("http://models.invalid/echo"), HTTP_NOT_SENT);
    unsetenv("NO_PROXY");
    unsetenv("http_proxy");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("http");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, a_reply_comes_whole);
    tcase_add_test(t, without_a_body_it_is_a_get);
    tcase_add_test(t, single_bytes_become_the_reply);
    tcase_add_test(t, a_connection_is_used_again);
    tcase_add_test(t, a_body_of_a_megabyte_goes_out_without_asking);
    tcase_add_test(t, a_reply_until_the_connection_closes_is_whole);
    tcase_add_test(t, an_interim_reply_is_not_the_reply);
    tcase_add_test(t, nothing_was_sent_where_nobody_listens);
    tcase_add_test(t, a_proxy_s_password_stands_in_no_message);
    tcase_add_test(t, nothing_was_sent_to_a_name_that_nobody_has);
    tcase_add_test(t, only_the_web_is_spoken);
    tcase_add_test(t, a_field_cannot_bring_another_one);
    tcase_add_test(t, a_reset_after_sending_leaves_it_unknown);
    tcase_add_test(t, a_cut_reply_is_lost_and_what_came_is_there);
    tcase_add_test(t, rubbish_is_no_reply);
    tcase_add_test(t, a_connection_that_was_closed_meanwhile_is_not_used);
    tcase_add_test(t, libcurl_never_sends_again_by_itself);
    tcase_add_test(t, a_redirect_is_a_reply);
    tcase_add_test(t, a_stream_of_events_comes_whole);
    tcase_add_test(t, a_reply_may_be_too_big);
    tcase_add_test(t, a_proxy_is_asked_where_one_is_named);
    tcase_add_test(t, the_environment_names_a_proxy_and_whom_it_is_not_for);
    return tap_run("provider/http", t);
}

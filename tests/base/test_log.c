#include "base/log.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

struct seen {
    int count;
    esi_log_level level;
    char origin[32], request_id[32], message[1024];
};

static void see(const esi_log_entry *entry, void *context) {
    struct seen *seen = context;
    seen->count++;
    seen->level = entry->level;
    (void)snprintf(seen->origin, sizeof seen->origin, "%s", entry->origin);
    (void)snprintf(seen->request_id, sizeof seen->request_id, "%s",
                   entry->request_id == NULL ? "(none)" : entry->request_id);
    (void)snprintf(seen->message, sizeof seen->message, "%s", entry->message);
}

START_TEST(an_event_reaches_the_host) {
    struct seen seen = {0};
    const esi_logger log = {see, &seen};
    log_warn(&log, "store/sqlite", "r-1", "waited %d ms", 12);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.level, ESI_LOG_WARN);
    ck_assert_str_eq(seen.origin, "store/sqlite");
    ck_assert_str_eq(seen.request_id, "r-1");
    ck_assert_str_eq(seen.message, "waited 12 ms");
    log_debug(&log, "desk/chat", NULL, "next");
    ck_assert_int_eq(seen.count, 2);
    ck_assert_int_eq(seen.level, ESI_LOG_DEBUG);
    ck_assert_str_eq(seen.request_id, "(none)");
}
END_TEST

START_TEST(without_a_host_nothing_happens) {
    const esi_logger log = {NULL, NULL};
    log_warn(&log, "x", NULL, "y");
    log_debug(NULL, "x", NULL, "y");
}
END_TEST

START_TEST(an_event_is_one_line_of_text) {
    struct seen seen = {0};
    const esi_logger log = {see, &seen};
    log_warn(&log, "x", NULL, "a\nb\rc");
    ck_assert_str_eq(seen.message, "a b c");
    char text[2000];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i + 3 < sizeof text; i += 3) {
        memcpy(text + i, "\xe2\x82\xac", 3);
    }
    text[sizeof text - 2] = '\0';
    log_warn(&log, "x", NULL, "%s", text);
    ck_assert_uint_gt(strlen(seen.message), 400);
    ck_assert_uint_eq(strlen(seen.message) % 3, 0);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("log");
    tcase_add_test(t, an_event_reaches_the_host);
    tcase_add_test(t, without_a_host_nothing_happens);
    tcase_add_test(t, an_event_is_one_line_of_text);
    return tap_run("base/log", t);
}

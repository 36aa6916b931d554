/* test_budget.c: what models may cost: by session, by day, by all desks on a store, by many
 * turns at once. */
#include "script.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "desk/budget.h"

/* ---- through a desk -------------------------------------------------------------------------- */

static esi_options options_of(struct script *script, const char *store) {
    esi_options options = ESI_OPTIONS_INIT;
    options.store = store;
    options.provider = "custom";
    options.provider_ops = &script_ops;
    options.provider_context = script;
    return options;
}

static esi_desk *open_desk(const esi_options *options) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    must(esi_desk_open(options, &desk, &err), &err);
    put_document(desk, "print.md", printing_doc);
    return desk;
}

static bool is_spent(const esi_reply *r) {
    const bool spent = r->fallback && strcmp(r->fallback, "budget") == 0;
    ck_assert(!spent || strstr(r->answer, "is used up for now"));
    ck_assert(!spent || (strcmp(r->model, "offline") == 0 && strstr(r->answer, "rear flap")));
    return spent;
}

/* Asks, and tells whether the budget was used up. */
static bool spent(esi_desk *desk, const char *session) {
    esi_reply *r = ask(desk, session, jam);
    const bool was = is_spent(r);
    esi_reply_free(r);
    return was;
}

static struct script dear(int64_t input_tokens, const char *model) {
    return (struct script){
        .pieces = {GOOD, ALSO},
        .charges = {{.model = model, .input_tokens = input_tokens, .output_tokens = 100}},
        .charge_count = 1};
}

START_TEST(a_session_has_its_tokens_and_another_has_its_own) {
    struct script script = dear(20000, "gpt-4o");
    esi_options options = options_of(&script, ":memory:");
    options.session_tokens = 20500;
    esi_desk *desk = open_desk(&options);
    ck_assert(!spent(desk, "s-1"));
    ck_assert(!spent(desk, "s-2"));
    ck_assert(spent(desk, "s-1"));
    ck_assert(spent(desk, "s-1"));
    ck_assert_int_eq(script.asked, 2);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_session_has_its_money) {
    struct script script = dear(100000, "gpt-4o"); /* 0.251 */
    esi_options options = options_of(&script, ":memory:");
    options.session_cost = 500000;
    esi_desk *desk = open_desk(&options);
    ck_assert(!spent(desk, "s-1"));
    ck_assert(!spent(desk, "s-1"));
    ck_assert(spent(desk, "s-1"));
    esi_desk_close(desk);
}
END_TEST

START_TEST(an_answer_that_could_go_beyond_is_not_asked_for) {
    struct script script = dear(1, "gpt-4o");
    esi_options options = options_of(&script, ":memory:");
    options.session_tokens = 700; /* as many as the answer alone may have */
    esi_desk *desk = open_desk(&options);
    ck_assert(spent(desk, "s-1"));
    ck_assert_int_eq(script.asked, 0);
    esi_desk_close(desk);
}
END_TEST

START_TEST(a_day_is_of_all_desks_on_a_store) {
    struct script script = dear(20000, "gpt-4o");
    char folder[] = "/tmp/esi-budget-XXXXXX";
    char store[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(store, sizeof(store), "%s/desk.db", folder);
    esi_options options = options_of(&script, store);
    options.day_tokens = 40600;
    esi_desk *first = open_desk(&options);
    ck_assert(!spent(first, "s-1"));
    ck_assert(!spent(first, "s-2"));
    esi_desk *second = open_desk(&options);
    ck_assert(spent(second, "s-3"));
    ck_assert(spent(first, "s-4"));
    ck_assert_int_eq(script.asked, 2);
    esi_desk_close(first);
    esi_desk_close(second);
    char command[96];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

static int stop(const esi_event *event, void *context) {
    (void)context;
    return event->kind == ESI_EVENT_TICK;
}

START_TEST(what_a_cancelled_turn_cost_counts_for_the_day) {
    struct script script = dear(20000, "gpt-4o");
    esi_options options = options_of(&script, ":memory:");
    options.day_tokens = 20500;
    esi_desk *desk = open_desk(&options);
    esi_error err = {0};
    esi_reply *r = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    script.ticks = 1;
    request.message = jam;
    request.on_event = stop;
    ck_assert_int_eq(esi_chat_ask(desk, &request, &r, &err), ESI_ECANCELLED);
    script.ticks = 0;
    ck_assert(spent(desk, "s-1"));
    esi_desk_close(desk);
}
END_TEST

static _Atomic int warnings;

static void count_warnings(const esi_log_entry *entry, void *context) {
    (void)context;
    warnings += entry->level == ESI_LOG_WARN && strstr(entry->message, "table of prices") != NULL;
}

START_TEST(a_model_without_a_price_is_free_and_that_is_said_once) {
    struct script script = dear(20000, "somebody-else");
    esi_options options = options_of(&script, ":memory:");
    options.day_cost = 1;
    options.log = count_warnings;
    warnings = 0;
    esi_desk *desk = open_desk(&options);
    ck_assert(!spent(desk, "s-1"));
    ck_assert(!spent(desk, "s-2"));
    ck_assert_int_eq(warnings, 1);
    esi_desk_close(desk);
}
END_TEST

/* A file with that text; its name is in `path`. */
static void write_prices(char path[32], const char *text) {
    (void)snprintf(path, 32, "/tmp/esi-prices-XXXXXX");
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (int)strlen(text));
    close(file);
}

START_TEST(another_table_of_prices_takes_the_place_of_ours) {
    struct script script = dear(1000, "script-1");
    char path[32];
    write_prices(path, "{\"unit\":\"EUR\",\"models\":{\"script-1\":{\"input\":3,\"output\":5}}}");
    esi_options options = options_of(&script, ":memory:");
    options.prices = path;
    esi_desk *desk = open_desk(&options);
    esi_reply *r = ask(desk, NULL, jam);
    ck_assert_int_eq(r->cost, 3000 + 500);
    esi_reply_free(r);
    esi_desk_close(desk);
    unlink(path);
}
END_TEST

START_TEST(a_table_that_is_wrong_is_refused_with_its_line) {
    struct script script = dear(1, "script-1");
    esi_error err = {0};
    esi_desk *desk = NULL;
    char path[32];
    write_prices(path, "{\"unit\":\"EUR\",\n\"models\":{\n\"m\":{\"input\":-3}}}");
    esi_options options = options_of(&script, ":memory:");
    options.prices = path;
    ck_assert_int_eq(esi_desk_open(&options, &desk, &err), ESI_EPARSE);
    ck_assert_ptr_nonnull(strstr(err.message, path));
    ck_assert_ptr_nonnull(strstr(err.message, ":3:"));
    unlink(path);
    ck_assert_int_eq(esi_desk_open(&options, &desk, &err), ESI_ENOTFOUND);
}
END_TEST

/* ---- by itself ------------------------------------------------------------------------------- */

#define TODAY (INT64_C(20718) * MS_PER_DAY)

static _Atomic int readings;
static struct {
    esi_err rc;
    int64_t tokens, cost, since_ms;
} day;

static esi_err tell_usage(esi_store *store, int64_t since_ms, const esi_wait *wait,
                          int64_t *out_tokens, int64_t *out_cost, esi_error *err) {
    (void)store;
    (void)wait;
    readings++;
    if (day.rc != ESI_OK) {
        return esi_fail(err, day.rc, "test/usage", "nobody knows");
    }
    day.since_ms = since_ms;
    *out_tokens = day.tokens;
    *out_cost = day.cost;
    return ESI_OK;
}

static const esi_store_ops usage_ops = {.size = sizeof(esi_store_ops), .usage = tell_usage};

static struct budget *day_budget(int64_t tokens) {
    const struct settings settings = {.day_tokens = tokens};
    struct budget *budget = NULL;
    esi_error err = {0};
    readings = 0;
    must(budget_create(&settings, &budget, &err), &err);
    return budget;
}

/* Of 100 tokens. */
static bool admits(struct bill *bill, int64_t now_ms) {
    const struct budget_ask ask = {.ops = &usage_ops,
                                   .wait = wait_for_ms(5000, NULL),
                                   .now_ms = now_ms,
                                   .model = "gpt-4o",
                                   .input_tokens = 60,
                                   .output_tokens = 40};
    return budget_admits(bill, &ask);
}

START_TEST(the_day_begins_at_midnight_and_is_read_seldom) {
    day.rc = ESI_OK;
    day.tokens = 800;
    struct budget *budget = day_budget(1000);
    struct bill bill = {.budget = budget};
    ck_assert(admits(&bill, TODAY + 5000));
    ck_assert_int_eq(day.since_ms, TODAY);
    ck_assert(admits(&bill, TODAY + 6000));
    ck_assert(!admits(&bill, TODAY + 7000));
    ck_assert_int_eq(readings, 1);
    bill_close(&bill, true);
    ck_assert(admits(&bill, TODAY + 8000)); /* what was reserved and not spent is there again */
    bill_close(&bill, true);
    day.tokens = 0;
    ck_assert(admits(&bill, TODAY + MS_PER_DAY));
    ck_assert_int_eq(day.since_ms, TODAY + MS_PER_DAY);
    ck_assert_int_eq(readings, 2);
    bill_close(&bill, false);
    budget_free(budget);
}
END_TEST

START_TEST(what_is_spent_after_a_reading_counts_at_once) {
    day.rc = ESI_OK;
    day.tokens = 0;
    struct budget *budget = day_budget(1000);
    const esi_charge charge = {.model = "gpt-4o", .input_tokens = 450};
    for (int i = 0; i < 2; i++) {
        struct bill bill = {.budget = budget};
        ck_assert(admits(&bill, TODAY));
        bill_charge(&charge, &bill);
        bill_close(&bill, i == 0);
    }
    struct bill bill = {.budget = budget};
    ck_assert(admits(&bill, TODAY)); /* 900, and 100 */
    budget_charge(&(esi_charge){.model = "gpt-4o", .input_tokens = 1}, NULL);
    struct bill next = {.budget = budget};
    ck_assert(!admits(&next, TODAY));
    bill_close(&bill, false);
    bill_close(&next, false);
    budget_free(budget);
}
END_TEST

START_TEST(nothing_is_spent_on_a_day_that_nobody_can_tell_the_sum_of) {
    day.rc = ESI_EUNAVAILABLE;
    struct budget *budget = day_budget(1000);
    struct bill bill = {.budget = budget};
    ck_assert(!admits(&bill, TODAY));
    ck_assert(!admits(&bill, TODAY));
    ck_assert_int_eq(readings, 1); /* and isn't asked again and again */
    bill_close(&bill, false);
    budget_free(budget);
}
END_TEST

START_TEST(without_limits_nothing_is_read) {
    struct budget *budget = day_budget(0);
    struct bill bill = {.budget = budget};
    ck_assert(admits(&bill, TODAY));
    ck_assert_int_eq(readings, 0);
    bill_close(&bill, true);
    budget_free(budget);
}
END_TEST

#define THREADS 16
#define TURNS 50
#define AFFORDABLE 37

static _Atomic int admitted;

static void *spend(void *context) {
    for (int i = 0; i < TURNS; i++) {
        struct bill bill = {.budget = context};
        if (admits(&bill, TODAY)) {
            const esi_charge charge = {.model = "gpt-4o", .input_tokens = 60, .output_tokens = 40};
            admitted++;
            bill_charge(&charge, &bill);
            bill_close(&bill, i % 2 == 0);
        }
    }
    return NULL;
}

START_TEST(many_at_once_do_not_go_beyond) {
    day.rc = ESI_OK;
    day.tokens = 0;
    struct budget *budget = day_budget(AFFORDABLE * 100);
    pthread_t threads[THREADS];
    admitted = 0;
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, spend, budget), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(admitted, AFFORDABLE);
    ck_assert_int_eq(readings, 1);
    budget_free(budget);
}
END_TEST

int main(void) {
    TCase *t = tcase_create("budget");
    tcase_add_test(t, a_session_has_its_tokens_and_another_has_its_own);
    tcase_add_test(t, a_session_has_its_money);
    tcase_add_test(t, an_answer_that_could_go_beyond_is_not_asked_for);
    tcase_add_test(t, a_day_is_of_all_desks_on_a_store);
    tcase_add_test(t, what_a_cancelled_turn_cost_counts_for_the_day);
    tcase_add_test(t, a_model_without_a_price_is_free_and_that_is_said_once);
    tcase_add_test(t, another_table_of_prices_takes_the_place_of_ours);
    tcase_add_test(t, a_table_that_is_wrong_is_refused_with_its_line);
    tcase_add_test(t, the_day_begins_at_midnight_and_is_read_seldom);
    tcase_add_test(t, what_is_spent_after_a_reading_counts_at_once);
    tcase_add_test(t, nothing_is_spent_on_a_day_that_nobody_can_tell_the_sum_of);
    tcase_add_test(t, without_limits_nothing_is_read);
    tcase_add_test(t, many_at_once_do_not_go_beyond);
    return tap_run("desk/budget", t);
}

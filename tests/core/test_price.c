#include <stdlib.h>
#include <string.h>

#include "core/price.h"
#include "tap.h"

static struct price_table *table_of(const char *text) {
    struct price_table *table = NULL;
    esi_error err = {0};
    const esi_err rc = price_read(text ? view_of(text) : (struct view){0}, "p.json", &table, &err);
    ck_assert_msg(rc == ESI_OK, "%s: %s", esi_err_name(rc), err.message);
    return table;
}

static void refused(const char *text, const char *where) {
    struct price_table *table = NULL;
    esi_error err = {0};
    ck_assert_int_eq(price_read(view_of(text), "p.json", &table, &err), ESI_EPARSE);
    ck_assert_msg(strstr(err.message, where) != NULL, "%s", err.message);
    ck_assert_ptr_null(table);
}

static const char small[] = "{\"unit\":\"EUR\",\"models\":{\n"
                            "\"gpt-4o\":{\"input\":2.5,\"cachedInput\":1.25,\"output\":10},\n"
                            "\"gpt-4o-mini\":{\"input\":0.15,\"output\":0.6},\n"
                            "\"meta/llama~3\":{\"input\":0.000001}}}";

START_TEST(the_default_table_knows_the_default_models) {
    struct price_table *table = table_of(NULL);
    ck_assert_str_eq(table->unit, "USD");
    ck_assert_int_eq(price_find(table, "gpt-4o")->input, 2500000);
    ck_assert_int_eq(price_find(table, "text-embedding-3-small")->input, 20000);
    ck_assert_int_eq(price_find(table, "text-embedding-3-small")->output, 0);
    price_free(table);
}
END_TEST

START_TEST(a_name_is_found_by_the_longest_that_it_begins_with) {
    struct price_table *table = table_of(small);
    static const struct {
        const char *model, *found;
    } cases[] = {{"gpt-4o", "gpt-4o"},
                 {"GPT-4o-2024-08-06", "gpt-4o"},
                 {"gpt-4o-mini-2024-07-18", "gpt-4o-mini"},
                 {"gpt-4o:site", "gpt-4o"},
                 {"gpt-4omega", NULL},
                 {"gpt-4", NULL},
                 {"", NULL},
                 {"meta/llama~3", "meta/llama~3"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct price *p = price_find(table, cases[i].model);
        ck_assert_msg(!p == !cases[i].found && (!p || strcmp(p->model, cases[i].found) == 0), "%s",
                      cases[i].model);
    }
    ck_assert_ptr_null(price_find(table, NULL));
    price_free(table);
}
END_TEST

START_TEST(a_cost_is_exact) {
    struct price_table *table = table_of(small);
    const struct price *p = price_find(table, "gpt-4o");
    esi_charge charge = {.input_tokens = 812, .output_tokens = 140};
    ck_assert_int_eq(price_of(p, &charge), INT64_C(3430) * PRICE_PARTS);
    charge.cached_tokens = 800;
    ck_assert_int_eq(price_of(p, &charge), INT64_C(2430) * PRICE_PARTS);
    charge = (esi_charge){.input_tokens = 3};
    ck_assert_int_eq(price_of(price_find(table, "meta/llama~3"), &charge), 3);
    p = price_find(table, "gpt-4o-mini"); /* no price of its own for what is cached */
    charge = (esi_charge){.input_tokens = 10, .cached_tokens = 10};
    ck_assert_int_eq(price_of(p, &charge), 10 * 150000);
    price_free(table);
}
END_TEST

START_TEST(counts_that_make_no_sense_stay_within_64_bits) {
    struct price_table *table =
        table_of("{\"unit\":\"x\",\"models\":{\"m\":{\"input\":10000,\"output\":10000}}}");
    const struct price *p = price_find(table, "m");
    esi_charge charge = {.input_tokens = INT64_MAX, .cached_tokens = -1, .output_tokens = -5};
    ck_assert_int_eq(price_of(p, &charge), INT64_C(1000000000000000000));
    charge = (esi_charge){NULL, INT64_MAX, INT64_MAX, INT64_MAX, false};
    ck_assert_int_gt(price_of(p, &charge), 0);
    charge = (esi_charge){.input_tokens = 1, .cached_tokens = 5};
    ck_assert_int_eq(price_of(p, &charge), INT64_C(10000000000));
    price_free(table);
}
END_TEST

START_TEST(what_is_wrong_is_told_with_its_line) {
    refused("[]", "p.json:1");
    refused("{\"unit\":\"USD\"}", "\"models\"");
    refused("{\"models\":{}}", "\"unit\"");
    refused("{\"unit\":\"USD\",\n\"modles\":{}}", "p.json:2");
    refused("{\"unit\":\"USD\",\"models\":{\n\n\"a\":{\"output\":1}}}", "p.json:3");
    refused("{\"unit\":\"USD\",\"models\":{\n\"a/b~c\":{\"input\":-1}}}", "p.json:2");
    refused("{\"unit\":\"USD\",\"models\":{\n\"a\":{\"input\":0.0000001}}}", "six decimals");
    refused("{\"unit\":\"USD\",\"models\":{\n\"a\":{\"input\":\"1\"}}}", "p.json:2");
    refused("{\"unit\":\"USD\",\"models\":{\n\"a\":{\"input\":1,\"outptu\":1}}}", "p.json:2");
    refused("{\"unit\":\"USD\",\"models\":{\n\"a\":{\"input\":10001}}}", "10000");
    refused("{\"unit\":\"USD\",\"models\":{\n\"a\":3}}", "p.json:2");
}
END_TEST

START_TEST(a_long_name_of_slashes_is_refused_or_read) {
    char text[512] = "{\"unit\":\"x\",\"models\":{\"";
    char name[160];
    memset(name, '/', sizeof(name));
    name[129] = '\0';
    memcpy(text + strlen(text), name, strlen(name) + 1);
    memcpy(text + strlen(text), "\":{\"input\":1}}}", sizeof("\":{\"input\":1}}}"));
    refused(text, "128 bytes");
    name[128] = '\0';
    (void)snprintf(text, sizeof(text), "{\"unit\":\"x\",\"models\":{\"%s\":{\"input\":-1}}}", name);
    refused(text, "a price");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("price");
    tcase_add_test(t, the_default_table_knows_the_default_models);
    tcase_add_test(t, a_name_is_found_by_the_longest_that_it_begins_with);
    tcase_add_test(t, a_cost_is_exact);
    tcase_add_test(t, counts_that_make_no_sense_stay_within_64_bits);
    tcase_add_test(t, what_is_wrong_is_told_with_its_line);
    tcase_add_test(t, a_long_name_of_slashes_is_refused_or_read);
    return tap_run("core/price", t);
}

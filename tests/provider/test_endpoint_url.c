#include <string.h>

#include "provider/endpoint.h"
#include "tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const char *url_of(const char *base, const struct endpoint_verb *verb, esi_arena *memory) {
    struct endpoint_url url;
    const char *why = "";
    ck_assert_msg(endpoint_url_read(base, &url, &why), "%s: %s", base, why);
    return endpoint_url_of(&url, verb, memory);
}

START_TEST(an_address_is_completed) {
    static const struct {
        const char *base, *url;
    } rows[] = {
        {"http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/chat/completions"},
        {"http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1/chat/completions"},
        {"http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/chat/completions"},
        {"http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1/chat/completions"},
        {"http://127.0.0.1:8080/v1//", "http://127.0.0.1:8080/v1/chat/completions"},
        {" http://localhost/v1 ", "http://localhost/v1/chat/completions"},
        {"https://h/gateway/openai", "https://h/gateway/openai/chat/completions"},
        {"https://h/api/v3?team=7", "https://h/api/v3/chat/completions?team=7"},
        {"https://h?team=7", "https://h/v1/chat/completions?team=7"},
        {"https://h/v1/chat/completions", "https://h/v1/chat/completions"},
        {"https://h/v1/chat/completions/", "https://h/v1/chat/completions"},
        {"https://h/v1/embeddings", "https://h/v1/chat/completions"},
        {"https://[::1]:8443/v1", "https://[::1]:8443/v1/chat/completions"},
        {"HTTPS://Host.Example/v1", "HTTPS://Host.Example/v1/chat/completions"},
        {"https://r.openai.azure.com/openai/v1",
         "https://r.openai.azure.com/openai/v1/chat/completions"},
    };
    esi_arena memory = {.max = 0};
    const struct endpoint_verb verb = {.verb = "chat/completions"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_str_eq(url_of(rows[i].base, &verb, &memory), rows[i].url);
    }
    arena_clear(&memory);
}
END_TEST

START_TEST(azure_addresses_come_in_several_forms) {
    static const struct {
        const char *base, *version, *url;
    } rows[] = {
        {"https://r.openai.azure.com", "V",
         "https://r.openai.azure.com/openai/deployments/a%20b%2Fc/embeddings?api-version=V"},
        {"https://r.openai.azure.com/openai/", "V",
         "https://r.openai.azure.com/openai/deployments/a%20b%2Fc/embeddings?api-version=V"},
        {"https://r.openai.azure.com/openai/deployments/own", "V",
         "https://r.openai.azure.com/openai/deployments/own/embeddings?api-version=V"},
        {"https://r.openai.azure.com/openai/deployments/own/embeddings?api-version=W", NULL,
         "https://r.openai.azure.com/openai/deployments/own/embeddings?api-version=W"},
        {"https://r.openai.azure.com/?a=b", "V",
         "https://r.openai.azure.com/openai/deployments/a%20b%2Fc/embeddings?a=b&api-version=V"},
        {"https://r.openai.azure.com/?api-version=W", "V",
         "https://r.openai.azure.com/openai/deployments/a%20b%2Fc/embeddings?api-version=W"},
        {"https://r.openai.azure.com", NULL, "https://r.openai.azure.com/openai/v1/embeddings"},
        {"https://r.openai.azure.com/openai/v1/", NULL,
         "https://r.openai.azure.com/openai/v1/embeddings"},
        {"https://r.openai.azure.com/openai/v1", "preview",
         "https://r.openai.azure.com/openai/v1/embeddings?api-version=preview"},
        {"http://gateway/azure", "V",
         "http://gateway/azure/openai/deployments/a%20b%2Fc/embeddings?api-version=V"},
    };
    esi_arena memory = {.max = 0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct endpoint_verb verb = {.verb = "embeddings",
                                           .deployment = "a b/c",
                                           .api_version = rows[i].version,
                                           .azure = true};
        ck_assert_str_eq(url_of(rows[i].base, &verb, &memory), rows[i].url);
    }
    arena_clear(&memory);
}
END_TEST

START_TEST(a_key_is_good_for_the_same_scheme_host_and_port) {
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"https://h/v1", "https://H:443/other?x=y", true},
        {"http://h", "http://h:80", true},
        {"https://h", "http://h", false},
        {"https://h", "https://h:8443", false},
        {"https://h", "https://h.evil", false},
        {"https://h", "https://g", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct endpoint_url a, b;
        const char *why;
        ck_assert(endpoint_url_read(rows[i].a, &a, &why) && endpoint_url_read(rows[i].b, &b, &why));
        ck_assert_msg(endpoint_url_same(&a, &b) == rows[i].same, "%s", rows[i].b);
    }
}
END_TEST

START_TEST(loopback_is_told_from_names_that_look_like_it) {
    static const struct {
        const char *url;
        bool local;
    } rows[] = {
        {"http://127.0.0.1:1/v1", true},  {"http://127.8.9.1", true}, {"http://LOCALHOST", true},
        {"http://[::1]:80", true},        {"http://10.0.0.1", false}, {"http://127.evil", false},
        {"http://localhost.evil", false}, {"http://[::2]", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct endpoint_url url;
        const char *why;
        ck_assert(endpoint_url_read(rows[i].url, &url, &why));
        ck_assert_msg(endpoint_url_is_local(&url) == rows[i].local, "%s", rows[i].url);
    }
}
END_TEST

START_TEST(an_address_has_a_limit) {
    char text[4096] = "https://h/";
    struct endpoint_url url;
    const char *why = NULL;
    memset(text + 10, 'a', 2048);
    ck_assert(!endpoint_url_read(text, &url, &why));
    ck_assert_str_eq(why, "it is longer than 2048 bytes");
    text[2048] = '\0';
    ck_assert(endpoint_url_read(text, &url, &why));
    ck_assert(!endpoint_url_read(NULL, &url, &why));
    ck_assert(!endpoint_url_read("", &url, &why));
}
END_TEST

int main(void) {
    TCase *t = tcase_create("endpoint_url");
    tcase_add_test(t, an_address_is_completed);
    tcase_add_test(t, azure_addresses_come_in_several_forms);
    tcase_add_test(t, a_key_is_good_for_the_same_scheme_host_and_port);
    tcase_add_test(t, loopback_is_told_from_names_that_look_like_it);
    tcase_add_test(t, an_address_has_a_limit);
    return tap_run("provider/endpoint_url", t);
}

/* asker.h: asks the provider "openai" for answers, and notes what a listener hears. */
#ifndef ESIHELP_TESTS_ASKER_H
#define ESIHELP_TESTS_ASKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "provider/openai.h"
#include "tap.h"
#include "upstream.h"

#define ASKER_CHARGES 8

/* What was heard of one answer. */
struct heard {
    char text[8000];
    size_t n;
    char cited[200]; /* "s1,s2" */
    int cited_calls, pieces, restarts, ticks;
    int stop_at_piece, stop_at_cited, stop_at_restart, stop_at_tick; /* 0: never */
    esi_charge charges[ASKER_CHARGES];
    char models[ASKER_CHARGES][64];
    size_t charge_count;
};

static inline int heard_cited(const char *const *ids, size_t count, void *context) {
    struct heard *h = context;
    h->cited[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const size_t n = strlen(h->cited);
        (void)snprintf(h->cited + n, sizeof(h->cited) - n, "%s%s", i > 0 ? "," : "", ids[i]);
    }
    return ++h->cited_calls == h->stop_at_cited;
}

static inline int heard_text(const char *text, size_t size, void *context) {
    struct heard *h = context;
    if (h->n + size < sizeof(h->text)) {
        memcpy(h->text + h->n, text, size);
        h->n += size;
        h->text[h->n] = '\0';
    }
    return ++h->pieces == h->stop_at_piece;
}

static inline int heard_restart(void *context) {
    struct heard *h = context;
    h->n = 0;
    h->text[0] = '\0';
    return ++h->restarts == h->stop_at_restart;
}

static inline int heard_tick(void *context) {
    struct heard *h = context;
    return ++h->ticks == h->stop_at_tick;
}

static inline void heard_charge(const esi_charge *charge, void *context) {
    struct heard *h = context;
    if (h->charge_count < ASKER_CHARGES) {
        (void)snprintf(h->models[h->charge_count], sizeof(h->models[0]), "%s", charge->model);
        h->charges[h->charge_count] = *charge;
    }
    h->charge_count++;
}

static inline esi_answer_listener heard_listener(struct heard *h) {
    return (esi_answer_listener){.context = h,
                                 .on_cited = heard_cited,
                                 .on_text = heard_text,
                                 .on_restart = heard_restart,
                                 .on_tick = heard_tick,
                                 .on_charge = heard_charge};
}

#define ASKER_TEXT(literal)                                                                        \
    { "" literal, sizeof(literal) - 1 }
static const esi_prompt_source asker_sources[] = {{"s1", ASKER_TEXT("Restart the client.")},
                                                  {"s2", ASKER_TEXT("Check the profile.")}};
static const char *const asker_categories[] = {"vm", "network"};
static const esi_prompt_turn asker_turns[] = {
    {ESI_SPEAKER_USER, ASKER_TEXT("My VPN drops.")},
    {ESI_SPEAKER_ASSISTANT, ASKER_TEXT("Since when?")},
    {ESI_SPEAKER_USER, ASKER_TEXT("[s1]\nRestart the client. Then try again.\n"
                                  "[s2]\nCheck the profile.\n\nSince today.")}};

/* One or two endpoints, and a provider that asks them. */
struct asker {
    struct upstream *first, *second; /* second: NULL where there is one alone */
    esi_provider *provider;
    esi_arena arena;
    struct heard heard;
    esi_answer_listener listener;
    esi_answer_request request;
    esi_answer answer;
    esi_error err;
};

static inline esi_answer_request asker_request(const esi_answer_listener *listener,
                                               int64_t wait_ms) {
    return (esi_answer_request){.size = sizeof(esi_answer_request),
                                .system = ASKER_TEXT("Answer from the sources."),
                                .turns = asker_turns,
                                .turn_count = sizeof(asker_turns) / sizeof(*asker_turns),
                                .sources = asker_sources,
                                .source_count = sizeof(asker_sources) / sizeof(*asker_sources),
                                .max_tokens = 200,
                                .listener = listener,
                                .categories = asker_categories,
                                .category_count = 2,
                                .wait = wait_for_ms(wait_ms, NULL)};
}

static inline struct upstream *asker_upstream(const char *script) {
    const struct upstream_setup setup = {.script = script, .keep_requests = true};
    return script == NULL ? NULL : upstream_start(&setup);
}

/* second: the script of another endpoint; NULL: there is none. */
static inline void asker_open(struct asker *a, const char *first, const char *second) {
    char list[600];
    memset(a, 0, sizeof(*a));
    a->first = asker_upstream(first);
    a->second = asker_upstream(second);
    esi_provider_config config = {.size = sizeof(config),
                                  .api_key = "sk-secret-key",
                                  .base_url = upstream_url(a->first),
                                  .chat_model = "gpt-4o",
                                  .embedding_model = "",
                                  .wait = wait_for_ms(10000, NULL)};
    if (second != NULL) {
        (void)snprintf(list, sizeof(list),
                       "{\"chat\":[{\"name\":\"first\",\"baseUrl\":\"%s\",\"model\":\"gpt-4o\"},"
                       "{\"name\":\"second\",\"baseUrl\":\"%s\",\"model\":\"local\"}]}",
                       upstream_url(a->first), upstream_url(a->second));
        config.endpoints = list;
        config.endpoints_name = "endpoints.json";
        config.base_url = NULL;
        config.chat_model = NULL;
        config.api_key = NULL;
    }
    ck_assert_msg(openai_ops.open(&config, &a->provider, &a->err) == ESI_OK, "%s", a->err.message);
    a->listener = heard_listener(&a->heard);
    a->request = asker_request(&a->listener, 10000);
}

static inline esi_err asker_ask(struct asker *a) {
    const struct heard fresh = {.stop_at_piece = a->heard.stop_at_piece,
                                .stop_at_cited = a->heard.stop_at_cited,
                                .stop_at_restart = a->heard.stop_at_restart,
                                .stop_at_tick = a->heard.stop_at_tick};
    a->heard = fresh;
    memset(&a->answer, 0, sizeof(a->answer));
    memset(&a->err, 0, sizeof(a->err));
    return openai_ops.answer(a->provider, &a->request, &a->arena, &a->answer, &a->err);
}

/* The answer is there, and says that. */
static inline void asker_hears(struct asker *a, esi_finish finish, const char *text) {
    const esi_err result = asker_ask(a);
    ck_assert_msg(result == ESI_OK, "%s: %s", esi_err_name(result), a->err.message);
    ck_assert_int_eq(a->answer.finish, finish);
    ck_assert_str_eq(a->answer.text.data, text);
    ck_assert_uint_eq(a->answer.text.size, strlen(text));
}

static inline void asker_close(struct asker *a) {
    openai_ops.close(a->provider);
    arena_clear(&a->arena);
    upstream_stop(a->first);
    if (a->second != NULL) {
        upstream_stop(a->second);
    }
}

/* The machine's proxy has no part in this. */
static inline void asker_alone(void) {
    static const char *const names[] = {"http_proxy", "https_proxy", "all_proxy",
                                        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        unsetenv(names[i]);
    }
}

#endif

/* What an answer of a model costs in the provider beside bare programs of libcurl that send the
 * same bytes, and 2,000 that wait at once for an endpoint that takes a second: the provider's
 * answers, a bare program's, and whole turns of a desk. The endpoint is a process of its own.
 *
 * bench_provider_turns [SECONDS [desk]]   how long the waiting is counted (60); desk: whole turns,
 * too */
#include "bench_bare.h"

#include <esihelp/esihelp.h>

#include "base/arena.h"
#include "provider/provider.h"

#define SOURCES 5
#define SOURCE_SIZE 1200

static const esi_provider_ops *ops;
static esi_provider *provider;
static char base_url[128];
static char system_text[2400], last_turn[SOURCES * (SOURCE_SIZE + 100) + 200];

static void fill(char *to, size_t size, const char *with) {
    size_t n = 0;
    while (n + strlen(with) + 1 < size) {
        n += (size_t)snprintf(to + n, size - n, "%s", with);
    }
}

static void make_prompt(void) {
    fill(system_text, sizeof system_text,
         "You are the help desk of a cyber range. Answer from the sources alone. ");
    size_t n = 0;
    for (int i = 1; i <= SOURCES; i++) {
        char text[SOURCE_SIZE];
        fill(text, sizeof text, "Choose the range profile, then connect again.\n");
        n += (size_t)snprintf(last_turn + n, sizeof last_turn - n, "<source s%d>\n%s</source>\n", i,
                              text);
    }
    (void)snprintf(last_turn + n, sizeof last_turn - n, "Why does \"it\" drop every minute?\n");
}

static int hear(const char *text, size_t size, void *context) {
    (void)text;
    *(size_t *)context += size;
    return 0;
}

static void one_answer(void) {
    static const esi_prompt_source sources[SOURCES] = {
        {"s1", {"", 0}}, {"s2", {"", 0}}, {"s3", {"", 0}}, {"s4", {"", 0}}, {"s5", {"", 0}}};
    static const char *const categories[] = {"network", "account", "other"};
    const esi_prompt_turn turn = {ESI_SPEAKER_USER, {last_turn, strlen(last_turn)}};
    size_t heard = 0;
    const esi_answer_listener listener = {.context = &heard, .on_text = hear};
    const esi_answer_request request = {.size = sizeof request,
                                        .system = {system_text, strlen(system_text)},
                                        .turns = &turn,
                                        .turn_count = 1,
                                        .sources = sources,
                                        .source_count = SOURCES,
                                        .max_tokens = 600,
                                        .listener = &listener,
                                        .categories = categories,
                                        .category_count = 3,
                                        .wait = wait_for_ms(60000, NULL)};
    esi_arena arena;
    esi_answer answer;
    esi_error err = {0};
    arena_init(&arena, 4 << 20);
    if (ops->answer(provider, &request, &arena, &answer, &err) != ESI_OK) {
        bench_need(0, err.message);
    }
    bench_need(heard > 0 && answer.text.size > 0, "an answer with a text");
    arena_clear(&arena);
}

static void open_provider(int port) {
    const esi_provider_config config = {.size = sizeof config,
                                        .api_key = "sk-of-the-benchmark",
                                        .base_url = base_url,
                                        .chat_model = "gpt-4o",
                                        .embedding_model = "",
                                        .wait = wait_for_ms(10000, NULL)};
    esi_error err = {0};
    (void)snprintf(base_url, sizeof base_url, "http://127.0.0.1:%d/v1", port);
    (void)snprintf(bench_url, sizeof bench_url, "%s/chat/completions", base_url);
    if (ops->open(&config, &provider, &err) != ESI_OK) {
        bench_need(0, err.message);
    }
}

/* The bytes that the provider sends. */
static void learn_body(void) {
    struct upstream *u = upstream_start(&(struct upstream_setup){.keep_requests = true});
    open_provider(upstream_port(u));
    one_answer();
    const char *sent = upstream_request(u, 0);
    const char *body = sent != NULL ? strstr(sent, "\r\n\r\n") : NULL;
    bench_need(body != NULL && strlen(body + 4) < sizeof bench_body, "the request's body");
    bench_body_size = strlen(body + 4);
    memcpy(bench_body, body + 4, bench_body_size + 1);
    printf("%-56s %10zu bytes\n", "a request's body", bench_body_size);
    ops->close(provider);
    upstream_stop(u);
}

static void answer_lane(void *context) {
    (void)context;
    for (int i = 0; i < bench_calls; i++) {
        one_answer();
    }
}

static void answer_round(void) {
    round_of(answer_lane);
}

static void measure(const struct bench_upstream *u, int calls, const char *what) {
    open_provider(u->port);
    bench_calls = calls;
    bench_against_bare(what, "the provider", answer_round);
    ops->close(provider);
}

static void wait_answer(struct waiting *w) {
    (void)w;
    one_answer();
}

static esi_desk *desk;

static void wait_turn(struct waiting *w) {
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    char session[32];
    esi_reply *reply = NULL;
    esi_error err = {0};
    (void)snprintf(session, sizeof session, "s-%d", w->number);
    request.session_id = session;
    request.user_id = session;
    request.message = "The VPN drops every few minutes, what do I do?";
    request.deadline_ms = 60000;
    const esi_err result = esi_chat_ask(desk, &request, &reply, &err);
    if (result != ESI_OK) {
        bench_need(0, err.message);
    }
    bench_need(strcmp(reply->model, "offline") != 0, "an answer by the model");
    esi_reply_free(reply);
}

static void open_desk(void) {
    esi_error err = {0};
    esi_options options = ESI_OPTIONS_INIT;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    options.store = ":memory:";
    options.provider = "openai";
    options.embedding_provider = "offline";
    options.base_url = base_url;
    options.api_key = "sk-of-the-benchmark";
    source.name = "vpn.md";
    source.text =
        "---\nid: kb-vpn\ntitle: Using the VPN\nversion: \"1.0\"\n---\n# Using the VPN\n\n"
        "## The VPN drops\n\nThe VPN drops every few minutes where the office profile is "
        "chosen.\n\n1. Open the client's settings.\n2. Choose the range profile.\n"
        "3. Connect again.\n";
    if (esi_desk_open(&options, &desk, &err) != ESI_OK) {
        bench_need(0, err.message);
    }
    esi_kb_report *report = NULL;
    if (esi_kb_ingest(desk, &source, &report, &err) != ESI_OK) {
        bench_need(0, err.message);
    }
    esi_kb_report_free(report);
}

int main(int argc, char **argv) {
    const int seconds = argc > 1 ? atoi(argv[1]) : 60;
    const struct bench_upstream whole = bench_upstream_start("any normal");
    const struct bench_upstream words = bench_upstream_start("any normal drip=10 delta=12");
    const struct bench_upstream slow = bench_upstream_start("any normal ms=1000");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    make_prompt();
    bench_need(provider_find("openai", &ops, NULL) == ESI_OK, "the provider");
    learn_body();
    measure(&whole, 50, "an answer, at once");
    measure(&words, 2, "an answer, word by word");

    open_provider(slow.port);
    const struct waited bare = wait_all(wait_bare, seconds);
    print_waited("2,000 that wait a second: bare, a thread each", &bare);
    const struct waited ours = wait_all(wait_answer, seconds);
    print_waited("2,000 that wait a second: the provider", &ours);
    bench_print_ratio("    of the bare program's", ours.per_second, bare.per_second);
    if (argc > 2) {
        open_desk();
        const struct waited turns = wait_all(wait_turn, seconds);
        print_waited("2,000 that wait a second: turns of a desk", &turns);
        bench_print_ratio("    of the bare program's", turns.per_second, bare.per_second);
        esi_desk_close(desk);
    }
    ops->close(provider);
    bench_upstream_stop(&whole);
    bench_upstream_stop(&words);
    bench_upstream_stop(&slow);
    return 0;
}

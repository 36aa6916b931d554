/* An answer of a model while our memory runs out: it is whole, or there is an error that says so,
 * and what the caller had is as it was. libcurl's memory isn't let fail, and upstream is a program
 * of its own: its memory is not ours. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "fail_alloc.h"
#include "provider/openai.h"
#include "tap.h"

static pid_t child;
static char base_url[64];

static void start_upstream(const char *script) {
    int to[2], from[2];
    ck_assert_int_eq(pipe(to) | pipe(from), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)dup2(to[0], 0);
        (void)dup2(from[1], 1);
        (void)close(to[1]);
        (void)unsetenv("LD_PRELOAD");
        (void)execl(UPSTREAM, UPSTREAM, script, (char *)NULL);
        _exit(127);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    char port[16] = "";
    for (size_t n = 0; n + 1 < sizeof port && read(from[0], port + n, 1) == 1 && port[n] != '\n';) {
        n++;
    }
    ck_assert_int_gt(atoi(port), 0);
    (void)snprintf(base_url, sizeof base_url, "http://127.0.0.1:%d/v1", atoi(port));
}

static void stop_upstream(void) {
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

static int hear(const char *text, size_t size, void *context) {
    (void)text;
    *(size_t *)context += size;
    return 0;
}

static int hear_cited(const char *const *ids, size_t count, void *context) {
    (void)ids;
    (void)count;
    (void)context;
    return 0;
}

static esi_err answer_of(esi_provider *p, esi_finish finish, esi_error *err) {
    static const char *const categories[] = {"vm", "vpn"};
    static const esi_prompt_source sources[] = {{"s1", {"Restart.", 8}}};
    static const esi_prompt_turn turn = {ESI_SPEAKER_USER,
                                         {"[s1]\nRestart.\n\nIt is \"slow\".", 28}};
    size_t heard = 0;
    const esi_answer_listener listener = {
        .context = &heard, .on_cited = hear_cited, .on_text = hear};
    const esi_answer_request request = {.size = sizeof request,
                                        .system = {"Answer.", 7},
                                        .turns = &turn,
                                        .turn_count = 1,
                                        .sources = sources,
                                        .source_count = 1,
                                        .categories = categories,
                                        .category_count = 2,
                                        .max_tokens = 100,
                                        .listener = &listener,
                                        .wait = wait_for_ms(20000, NULL)};
    esi_arena arena = {.max = 0};
    esi_answer answer = {.finish = ESI_FINISH_STOPPED};
    esi_err result = openai_ops.answer(p, &request, &arena, &answer, err);
    const bool right = result == ESI_OK
                           ? answer.finish == finish && answer.text.size > 0 &&
                                 answer.model != NULL &&
                                 (finish == ESI_FINISH_REFUSAL || heard == answer.text.size)
                           : answer.finish == ESI_FINISH_STOPPED && answer.text.data == NULL;
    arena_clear(&arena);
    return right ? result : ESI_EINTERNAL;
}

/* From the opening to the answer. ESI_EINTERNAL: something isn't as it should be. */
static esi_err ask(esi_finish finish) {
    const esi_provider_config config = {.size = sizeof config,
                                        .base_url = base_url,
                                        .chat_model = "m",
                                        .embedding_model = "",
                                        .wait = wait_for_ms(20000, NULL)};
    esi_provider *p = NULL;
    esi_error err = {.code = ESI_OK};
    esi_err result = openai_ops.open(&config, &p, &err);
    if (result != ESI_OK) {
        return p == NULL && err.code == result ? result : ESI_EINTERNAL;
    }
    result = answer_of(p, finish, &err);
    openai_ops.close(p);
    return result == ESI_OK || err.code == result ? result : ESI_EINTERNAL;
}

static bool is_expected(esi_err code) {
    return code == ESI_OK || code == ESI_ENOMEM || code == ESI_EUNAVAILABLE ||
           code == ESI_EUPSTREAM;
}

static const struct {
    const char *script;
    esi_finish finish;
} cases[] = {
    {"normal lacks=json_schema", ESI_FINISH_STOP},
    {"refusal", ESI_FINISH_REFUSAL},
    {"normal order=answer whole=1 id=s9", ESI_FINISH_STOP},
};

START_TEST(an_answer_without_our_memory) {
    start_upstream(cases[_i].script);
    ck_assert_int_eq(ask(cases[_i].finish), ESI_OK);
    size_t n = 1;
    for (;; n++) {
        fail_own_arm(n);
        const esi_err result = ask(cases[_i].finish);
        if (!fail_own_disarm()) {
            ck_assert_int_eq(result, ESI_OK);
            break;
        }
        ck_assert_msg(is_expected(result), "%zu: %s", n, esi_err_name(result));
    }
    ck_assert_uint_gt(n, 30);
    stop_upstream();
}
END_TEST

int main(void) {
    TCase *t = tcase_create("answer");
    tcase_add_loop_test(t, an_answer_without_our_memory, 0, sizeof cases / sizeof *cases);
    return tap_run("fault/answer", t);
}

/* script.h: a desk whose answers a scripted model writes, brought through sys/provider.h. */
#ifndef ESIHELP_TESTS_DESK_SCRIPT_H
#define ESIHELP_TESTS_DESK_SCRIPT_H

#include <esihelp/sys/provider.h>

#include "fixture.h"

struct script {
    const char *pieces[16]; /* what it writes, NULL-terminated */
    const char *cited[4];
    size_t cited_count;
    bool says_cited;
    esi_err fails; /* after the pieces */
    esi_finish finish;
    bool wait_for_ever; /* until its wait ends */
    bool whole;         /* nothing is given while it writes */
    bool early;         /* cited ids come before the text */
    int restart_at;     /* before that piece another endpoint begins anew; 0: none does */
    int ticks;          /* before it writes */
    int upstream_status;
    const char *open[12];
    size_t open_count;
    esi_advice advice;
    esi_charge charges[3]; /* none named: one of 7 and 9 tokens */
    size_t charge_count;
    int asked;
    int32_t max_tokens;
    size_t category_count;
    char prompt[65536]; /* the last turn that it was given */
};

static struct script *script_of(esi_provider *self) {
    return (struct script *)self;
}

static esi_err script_open(const esi_provider_config *config, esi_provider **out, esi_error *err) {
    (void)err;
    *out = config->context;
    return ESI_OK;
}

static void script_close(esi_provider *self) {
    (void)self;
}

static void script_info(esi_provider *self, esi_provider_info *out) {
    (void)self;
    *out = (esi_provider_info){.name = "script", .chat_model = "script-1"};
}

static void script_charge(const struct script *s, const esi_answer_listener *listener) {
    const esi_charge usual = {.model = "script-1", .input_tokens = 7, .output_tokens = 9};
    listener->on_charge(s->charge_count > 0 ? &s->charges[0] : &usual, listener->context);
    for (size_t i = 1; i < s->charge_count; i++) {
        listener->on_charge(&s->charges[i], listener->context);
    }
}

/* Gives the pieces; false: it was stopped. */
static bool script_write(const struct script *s, const esi_answer_listener *listener, char *text,
                         size_t *n) {
    for (int i = 0; i < s->ticks; i++) {
        if (listener->on_tick(listener->context)) {
            return false;
        }
    }
    if (s->early && listener->on_cited(s->cited, s->cited_count, listener->context)) {
        return false;
    }
    for (int i = 0; s->pieces[i]; i++) {
        const size_t size = strlen(s->pieces[i]);
        if (s->restart_at > 0 && i == s->restart_at) {
            *n = 0;
            if (listener->on_restart(listener->context)) {
                return false;
            }
        }
        memcpy(text + *n, s->pieces[i], size);
        *n += size;
        if (!s->whole && listener->on_text(s->pieces[i], size, listener->context)) {
            return false;
        }
    }
    return true;
}

static esi_err script_answer(esi_provider *self, const esi_answer_request *request,
                             esi_arena *arena, esi_answer *out, esi_error *err) {
    struct script *s = script_of(self);
    s->asked++;
    s->max_tokens = request->max_tokens;
    s->category_count = request->category_count;
    const esi_prompt_turn *last = &request->turns[request->turn_count - 1];
    snprintf(s->prompt, sizeof(s->prompt), "%.*s", (int)last->text.size, last->text.data);
    while (s->wait_for_ever && esi_wait_left_ms(&request->wait) > 0) {
        usleep(1000);
    }
    if (s->wait_for_ever) {
        return esi_fail(err, ESI_ETIMEOUT, "test/script", "too slow");
    }
    script_charge(s, request->listener);
    char *text = esi_arena_alloc(arena, 16384);
    size_t n = 0;
    if (!script_write(s, request->listener, text, &n)) {
        out->finish = ESI_FINISH_STOPPED;
        return ESI_OK;
    }
    if (s->fails != ESI_OK) {
        const esi_err rc = esi_fail(err, s->fails, "test/script", "it broke");
        err->upstream_status = s->upstream_status;
        return rc;
    }
    *out = (esi_answer){.text = {text, n},
                        .cited = s->cited,
                        .cited_count = s->cited_count,
                        .has_cited = s->says_cited,
                        .finish = s->finish,
                        .open = s->open,
                        .open_count = s->open_count,
                        .advice = s->advice};
    return ESI_OK;
}

static const esi_provider_ops script_ops = {.size = sizeof(esi_provider_ops),
                                            .name = "script",
                                            .open = script_open,
                                            .close = script_close,
                                            .info = script_info,
                                            .answer = script_answer};

static inline esi_desk *open_under(struct script *script, const char *policy) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.policy = policy;
    options.store = ":memory:";
    options.provider = "custom";
    options.provider_ops = &script_ops;
    options.provider_context = script;
    options.reserve_ms = 200;
    must(esi_desk_open(&options, &desk, &err), &err);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    return desk;
}

static inline esi_desk *open_with(struct script *script) {
    return open_under(script, NULL);
}

static const char jam[] = "The printer reports a paper jam, what do I do?";

#define GOOD "Open the rear flap of the printer. "
#define ALSO "Pull the sheet out slowly. "
#define BAD "Then run `sudo systemctl restart cups` on 10.9.8.7. "

#endif

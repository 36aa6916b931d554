#include <stdatomic.h>

#include "base/error.h"
#include "provider/dialect.h"
#include "provider/openai_asking.h"
#include "provider/openai_body.h"
#include "provider/structured_text.h"

#define ORIGIN "provider/openai"

/* ---- what the listener hears ---------------------------------------------------------------- */

static int stop_if(struct asking *a, int answered) {
    a->stopped = a->stopped || answered != 0;
    return answered;
}

static int give_cited(const char *const *ids, size_t count, void *context) {
    struct asking *a = context;
    if (a->muted || a->heard.on_cited == NULL) {
        return 0;
    }
    return stop_if(a, a->heard.on_cited(ids, count, a->heard.context));
}

static int give_text(const char *text, size_t size, void *context) {
    struct asking *a = context;
    if (a->muted) {
        return 0;
    }
    a->given += size;
    if (a->heard.on_text == NULL) {
        return 0;
    }
    return stop_if(a, a->heard.on_text(text, size, a->heard.context));
}

static void left_alone(struct endpoint *from, void *context) {
    asking_account_unread(context, from);
}

static bool was_given(void *context) {
    const struct asking *a = context;
    return a->given > 0;
}

/* Nobody hears a restart where nobody hears the text. */
static int tell_restart(void *context) {
    struct asking *a = context;
    if (a->heard.on_restart == NULL) {
        return a->heard.on_text != NULL;
    }
    return stop_if(a, a->heard.on_restart(a->heard.context));
}

static int tell_tick(void *context) {
    struct asking *a = context;
    return a->heard.on_tick == NULL ? 0 : stop_if(a, a->heard.on_tick(a->heard.context));
}

/* ---- sending -------------------------------------------------------------------------------- */

static void drop_reply(struct asking *a) {
    reply_clear(&a->reply);
    structured_free(a->text);
    a->text = NULL;
    reply_init(&a->reply);
    a->begun = false;
    a->given = 0;
    a->muted = false;
    a->read = false;
    a->out = (struct structured_out){.found = false};
}

static esi_err write_body(struct endpoint *to, struct buf *body, void *context, esi_error *err) {
    struct asking *a = context;
    if (a->to != NULL) {
        asking_account(a, a->to);
    }
    drop_reply(a);
    a->to = to;
    const size_t place = (size_t)(to - a->self->chat.items);
    const unsigned dialect = atomic_load(&to->dialect) | a->tried[place];
    a->written[place] = dialect;
    const struct answer_body answer = {
        .request = a->request,
        .model = to->model,
        .schema = buf_view(&a->schema),
        .dialect = dialect,
        .stream = !to->one_reply && (dialect & DIALECT_NO_STREAM) == 0,
    };
    answer_body_write(&answer, body);
    if (!body->failed) {
        return ESI_OK;
    }
    if (body->too_long) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "the prompt is larger than %zu bytes", body->max);
    }
    return fail_memory(err, ORIGIN);
}

/* ---- reading -------------------------------------------------------------------------------- */

static enum call_verdict take_bytes(struct view bytes, void *context, esi_error *err) {
    struct asking *a = context;
    a->begun = true;
    esi_err result = reply_take(&a->reply, bytes, err);
    if (result == ESI_OK) {
        result = asking_read(a, err);
    }
    if (a->stopped) {
        return CALL_STOPPED;
    }
    return result == ESI_OK ? CALL_GOOD : asking_unreadable(result);
}

/* ---- the slot ------------------------------------------------------------------------------- */

/* Are those the lines? */
static bool are_lines(const struct structured_in *form, struct view lines) {
    struct view line;
    size_t i = 0;
    while (view_line(&lines, &line)) {
        if (i == form->category_count || !view_eq(line, view_of(form->categories[i]))) {
            return false;
        }
        i++;
    }
    return i == form->category_count;
}

static esi_err make_schema(struct asking *a, esi_error *err) {
    struct buf *lines = &a->self->categories, *schema = &a->self->schema;
    buf_empty(lines);
    buf_empty(schema);
    const esi_err result = structured_schema(&a->form, schema, err);
    for (size_t i = 0; i < a->form.category_count; i++) {
        buf_str(lines, a->form.categories[i]);
        buf_char(lines, '\n');
    }
    if (result != ESI_OK || lines->failed) {
        buf_empty(schema);
    }
    return result != ESI_OK ? result : lines->failed ? fail_memory(err, ORIGIN) : ESI_OK;
}

/* The schema of its reply: the last one, where it has the same categories. */
static esi_err find_schema(struct asking *a, esi_error *err) {
    esi_provider *self = a->self;
    esi_err result = ESI_OK;
    os_lock(&self->lock);
    if (self->schema.n == 0 || !are_lines(&a->form, buf_view(&self->categories))) {
        result = make_schema(a, err);
    }
    buf_add(&a->schema, buf_view(&self->schema));
    os_unlock(&self->lock);
    return result == ESI_OK && a->schema.failed ? fail_memory(err, ORIGIN) : result;
}

static esi_err set_up(struct asking *a, esi_error *err) {
    const esi_answer_request *r = a->request;
    if (r->listener != NULL) {
        a->heard = *r->listener;
    }
    a->form = (struct structured_in){.sources = r->sources,
                                     .source_count = r->source_count,
                                     .categories = r->categories,
                                     .category_count = r->category_count,
                                     .on_cited = give_cited,
                                     .on_text = give_text,
                                     .context = a};
    reply_init(&a->reply);
    buf_init(&a->schema, OPENAI_SCHEMA_MAX);
    return find_schema(a, err);
}

/* What was given before the listener stopped. */
static esi_err end_stopped(struct asking *a, esi_error *err) {
    esi_err result = ESI_OK;
    a->finish = ESI_FINISH_STOPPED;
    a->muted = true;
    if (!a->read && a->text != NULL) {
        result = structured_end(a->text, a->arena, &a->out, err);
    }
    a->read = true;
    a->out.text.size = a->given;
    return result;
}

/* What the model said about why it won't, as one may show it. */
static const char *refusal_of(const struct asking *a, size_t *size) {
    struct buf clean;
    buf_init(&clean, 3 * a->reply.refusal.n); /* a byte that is no character is replaced by three */
    text_reader_plain(buf_view(&a->reply.refusal), &clean);
    *size = clean.n;
    const char *text = clean.failed ? NULL : arena_str(a->arena, buf_view(&clean));
    buf_clear(&clean);
    return text;
}

static esi_err tell(const struct asking *a, const struct endpoint *from, esi_answer *out,
                    esi_error *err) {
    esi_answer answer = {.text = a->out.text,
                         .cited = a->out.cited,
                         .cited_count = a->out.cited_count,
                         .has_cited = a->out.has_cited,
                         .finish = a->finish,
                         .open = a->out.open,
                         .open_count = a->out.open_count,
                         .advice = a->out.advice};
    answer.model = arena_str(a->arena, view_of(asking_model(a, from)));
    if (a->finish == ESI_FINISH_REFUSAL) {
        answer.text.data = refusal_of(a, &answer.text.size);
    } else if (answer.text.data == NULL) {
        answer.text = (esi_text){arena_str(a->arena, VIEW("")), 0};
    }
    if (answer.model == NULL || answer.text.data == NULL) {
        return fail_memory(err, ORIGIN);
    }
    *out = answer;
    return ESI_OK;
}

esi_err openai_answer(esi_provider *self, const esi_answer_request *request, esi_arena *arena,
                      esi_answer *out, esi_error *err) {
    static const struct call_reader calls = {.write = write_body,
                                             .take = take_bytes,
                                             .end = asking_judge,
                                             .left = left_alone,
                                             .given = was_given,
                                             .restart = tell_restart,
                                             .tick = tell_tick};
    if (self->chat.count == 0) {
        return esi_fail(err, ESI_EUNSUPPORTED, ORIGIN, "no endpoint is there for answers");
    }
    struct asking a = {.self = self, .request = request, .arena = arena};
    esi_err result = set_up(&a, err);
    if (result == ESI_OK) {
        struct endpoint *from = NULL;
        struct call_reader reader = calls;
        reader.context = &a;
        const struct call call = {.http = self->http,
                                  .endpoints = &self->chat,
                                  .reader = &reader,
                                  .hedge_ms = self->hedge_ms,
                                  .wait = request->wait,
                                  .log = self->log};
        esi_error failed;
        result = call_run(&call, &from, &failed);
        if (result != ESI_OK && !a.stopped && err != NULL) {
            *err = failed;
        }
        result = a.stopped ? end_stopped(&a, err) : result;
    }
    /* A listener may stop it before anybody was asked. */
    const struct endpoint *const last = a.to != NULL ? a.to : self->chat.items;
    asking_account(&a, last);
    if (result == ESI_OK) {
        result = tell(&a, last, out, err);
    }
    reply_clear(&a.reply);
    structured_free(a.text);
    buf_clear(&a.schema);
    return result;
}

#include "provider/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "provider/http_parts.h"

/* By the thread that throws the switch. */
static void on_cancel(void *context) {
    struct http_waiter *waiter = context;
    os_lock(&waiter->lock);
    if (waiter->asleep) {
        os_bell_ring(&waiter->bell);
    }
    os_unlock(&waiter->lock);
}

esi_err http_waiter_create(const esi_wait *wait, struct http_waiter **out, esi_error *err) {
    struct http_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL) {
        return fail_memory(err, "provider/http");
    }
    esi_err result = os_mutex_init(&waiter->lock, err);
    if (result != ESI_OK) {
        free(waiter);
        return result;
    }
    result = os_bell_init(&waiter->bell, err);
    if (result != ESI_OK) {
        os_mutex_clear(&waiter->lock);
        free(waiter);
        return result;
    }
    atomic_init(&waiter->holders, 1);
    waiter->wait = *wait;
    waiter->watch.wake = on_cancel;
    waiter->watch.context = waiter;
    cancel_watch(wait->cancel, &waiter->watch);
    *out = waiter;
    return ESI_OK;
}

void http_waiter_drop(struct http_waiter *waiter) {
    if (atomic_fetch_sub(&waiter->holders, 1) == 1) {
        os_bell_clear(&waiter->bell);
        os_mutex_clear(&waiter->lock);
        free(waiter);
    }
}

void http_waiter_free(struct http_waiter *waiter) {
    if (waiter != NULL) {
        cancel_unwatch(waiter->wait.cancel, &waiter->watch);
        http_waiter_drop(waiter);
    }
}

/* Called with its lock, which it lets go meanwhile; false when time was up. */
static bool sleep_until(struct http_waiter *waiter, int64_t until_ns) {
    waiter->asleep = true;
    os_unlock(&waiter->lock);
    const bool rung = os_bell_wait(&waiter->bell, until_ns);
    os_lock(&waiter->lock);
    waiter->asleep = false;
    return rung;
}

bool http_waiter_wait(struct http_waiter *waiter, int64_t until_ns) {
    const esi_wait *wait = &waiter->wait;
    const int64_t until = until_ns < wait->until_ns ? until_ns : wait->until_ns;
    os_lock(&waiter->lock);
    while (!waiter->news && !esi_cancel_fired(wait->cancel) && sleep_until(waiter, until)) {
        /* news, the switch, or nothing at all */
    }
    const bool news = waiter->news;
    waiter->news = false;
    os_unlock(&waiter->lock);
    return !esi_cancel_fired(wait->cancel) && (news || !wait_over(wait));
}

/* A field that would begin another one, or end the head. */
static bool is_field(const struct http_field *field) {
    for (const char *p = field->name; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || *p == ':' || *p == ';' || *p == 0x7f) {
            return false;
        }
    }
    for (const char *p = field->value; *p != '\0'; p++) {
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f) {
            return false;
        }
    }
    return field->name[0] != '\0';
}

/* libcurl's "no such field": it would ask for leave before it sends a large body. */
static const struct http_field no_expect = {"Expect", ""};

static char *add_line(struct curl_slist *line, char *text, const struct http_field *field) {
    const size_t name = strlen(field->name);
    const size_t value = strlen(field->value);
    line->data = text;
    memcpy(text, field->name, name);
    text += name;
    if (field == &no_expect) {
        *text++ = ':';
    } else if (value == 0) {
        *text++ = ';'; /* an empty one */
    } else {
        *text++ = ':';
        *text++ = ' ';
        memcpy(text, field->value, value);
        text += value;
    }
    *text++ = '\0';
    return text;
}

/* The call and the lines of its fields in one piece of memory. */
static struct http_call *make_call(const struct http_request *request) {
    const size_t lines = request->field_count + 1;
    size_t bytes = sizeof(struct http_call) + lines * sizeof(struct curl_slist);
    bytes += strlen(no_expect.name) + 3;
    for (size_t i = 0; i < request->field_count; i++) {
        bytes += strlen(request->fields[i].name) + strlen(request->fields[i].value) + 3;
    }
    struct http_call *call = calloc(1, bytes);
    if (call == NULL) {
        return NULL;
    }
    char *text = (char *)(call->lines + lines);
    for (size_t i = 0; i < lines; i++) {
        const bool is_last = i + 1 == lines;
        text = add_line(&call->lines[i], text, is_last ? &no_expect : &request->fields[i]);
        call->lines[i].next = is_last ? NULL : &call->lines[i + 1];
    }
    return call;
}

esi_err http_start(struct http *http, const struct http_request *request,
                   struct http_waiter *waiter, struct http_call **out, esi_error *err) {
    const esi_err result = http_run(http, err);
    if (result != ESI_OK) {
        return result;
    }
    struct http_call *call = make_call(request);
    if (call == NULL) {
        return fail_memory(err, "provider/http");
    }
    call->http = http;
    call->waiter = waiter;
    call->request = *request;
    atomic_init(&call->wants, 0);
    atomic_init(&call->taken_bytes, 0);
    buf_init(&call->ready, request->reply_max);
    buf_init(&call->taken, request->reply_max);
    buf_init(&call->got, request->reply_max);
    buf_init(&call->fields, HTTP_FIELDS_KEPT);
    *out = call;
    for (size_t i = 0; i < request->field_count; i++) {
        if (!is_field(&request->fields[i])) {
            call->end = HTTP_REFUSED;
            str_line(call->problem, sizeof call->problem, "a field that can't be sent");
            os_lock(&waiter->lock);
            waiter->news = true;
            os_unlock(&waiter->lock);
            return ESI_OK;
        }
    }
    http_want(call, WANT_START);
    return ESI_OK;
}

void http_take(struct http_call *call, struct http_news *out) {
    buf_empty(&call->taken);
    os_lock(&call->waiter->lock);
    const struct buf ready = call->ready;
    call->ready = call->taken;
    call->taken = ready;
    *out = (struct http_news){
        .status = call->status,
        .bytes = buf_view(&call->taken),
        .end = call->end,
        .problem = call->end != HTTP_WHOLE && call->end != HTTP_UNDER_WAY ? call->problem : NULL,
        .sent = call->sent,
    };
    const bool go_on = call->paused && call->end == HTTP_UNDER_WAY;
    call->paused = false;
    os_unlock(&call->waiter->lock);
    atomic_fetch_add(&call->taken_bytes, out->bytes.n);
    if (go_on) {
        call->was_paused = true;
        http_want(call, WANT_MORE);
    }
}

const char *http_reply_field(struct http_call *call, const char *name) {
    const char *p = call->fields.p;
    const char *const end = p == NULL ? NULL : p + call->fields.n;
    while (p < end) {
        const char *value = p + strlen(p) + 1;
        if (strcmp(p, name) == 0) {
            return value;
        }
        p = value + strlen(value) + 1;
    }
    return NULL;
}

/* Until the loop is done with it. It may be on its way to ask the loop for more, and has ended
 * meanwhile: the loop may then still look at it. */
static void let_go(struct http_call *call) {
    struct http_waiter *waiter = call->waiter;
    os_lock(&waiter->lock);
    bool held = call->end == HTTP_UNDER_WAY || call->was_paused;
    os_unlock(&waiter->lock);
    if (!held) {
        return;
    }
    http_want(call, WANT_END);
    os_lock(&waiter->lock);
    while (!call->let_go) {
        (void)sleep_until(waiter, INT64_MAX);
    }
    os_unlock(&waiter->lock);
}

bool http_finish(struct http_call *call) {
    if (call == NULL) {
        return false;
    }
    let_go(call);
    const bool sent = call->sent;
    buf_clear(&call->ready);
    buf_clear(&call->taken);
    buf_clear(&call->got);
    buf_clear(&call->fields);
    free(call);
    return sent;
}

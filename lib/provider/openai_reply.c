#include "provider/openai_reply.h"

#include <string.h>

#include "base/error.h"
#include "provider/json_walk.h"

#define ORIGIN "provider/openai"
#define MODEL_MAX 200
#define REFUSAL_MAX (16u << 10)
#define ERROR_MAX (64u << 10)
#define TOKENS_MAX INT64_C(1000000000) /* more than that is no count */

static int take_event(struct view type, struct view data, void *context);

void reply_init(struct reply *r) {
    *r = (struct reply){.finish = REPLY_UNFINISHED};
    buf_init(&r->model, MODEL_MAX);
    buf_init(&r->refusal, REFUSAL_MAX);
    buf_init(&r->error, ERROR_MAX);
    buf_init(&r->content, REPLY_MAX);
    buf_init(&r->whole, REPLY_MAX);
    sse_init(&r->sse, REPLY_MAX, take_event, r);
}

void reply_clear(struct reply *r) {
    sse_clear(&r->sse);
    buf_clear(&r->model);
    buf_clear(&r->refusal);
    buf_clear(&r->error);
    buf_clear(&r->content);
    buf_clear(&r->whole);
}

/* ---- one object of the API ------------------------------------------------------------------ */

/* One of an object's choices; a name that comes twice counts as it came last. */
struct choice {
    int64_t index;
    struct view content, refusal, finish;
};

static enum reply_finish finish_of(struct view value) {
    static const struct {
        struct view said;
        enum reply_finish finish;
    } finishes[] = {
        {{"\"length\"", 8}, REPLY_LENGTH},          {{"\"max_tokens\"", 12}, REPLY_LENGTH},
        {{"\"content_filter\"", 16}, REPLY_FILTER}, {{"\"error\"", 7}, REPLY_GIVEN_UP},
        {{"\"abort\"", 7}, REPLY_GIVEN_UP},
    };
    for (size_t i = 0; i < sizeof(finishes) / sizeof(*finishes); i++) {
        if (view_eq(value, finishes[i].said)) {
            return finishes[i].finish;
        }
    }
    return REPLY_STOPPED; /* endpoints have many words for it */
}

static void read_message(struct json_walk *w, struct choice *choice) {
    struct view name;
    if (!json_walk_into(w, '{')) {
        (void)json_walk_value(w);
        return;
    }
    while (json_walk_member(w, &name)) {
        const struct view value = json_walk_value(w);
        if (view_eq(name, VIEW("content"))) {
            choice->content = value;
        } else if (view_eq(name, VIEW("refusal"))) {
            choice->refusal = value;
        }
    }
}

/* A text, or its parts: {"type":"text","text":"..."}. */
static void add_content(struct reply *r, struct view content) {
    if (json_walk_is_text(content)) {
        json_walk_text(content, &r->half, &r->content);
        return;
    }
    struct json_walk w = json_walk_of(content);
    if (!json_walk_into(&w, '[')) {
        return;
    }
    while (json_walk_item(&w)) {
        struct view name;
        if (!json_walk_into(&w, '{')) {
            (void)json_walk_value(&w);
            continue;
        }
        while (json_walk_member(&w, &name)) {
            const struct view value = json_walk_value(&w);
            if (view_eq(name, VIEW("text"))) {
                json_walk_text(value, &r->half, &r->content);
            }
        }
    }
}

static void add_choice(struct reply *r, const struct choice *choice) {
    const size_t before = r->content.n;
    add_content(r, choice->content);
    r->pieces += r->content.n > before ? 1 : 0;
    uint32_t half = 0;
    json_walk_text(choice->refusal, &half, &r->refusal);
    if (!json_walk_is_null(choice->finish)) {
        r->finish = finish_of(choice->finish);
    }
}

/* Only the first answer counts, should there be several. */
static void read_choice(struct reply *r, struct json_walk *w, int64_t place) {
    struct choice choice = {.index = place};
    struct view name;
    if (!json_walk_into(w, '{')) {
        (void)json_walk_value(w);
        return;
    }
    while (json_walk_member(w, &name)) {
        if (view_eq(name, VIEW("delta")) || view_eq(name, VIEW("message"))) {
            read_message(w, &choice);
            continue;
        }
        const struct view value = json_walk_value(w);
        if (view_eq(name, VIEW("finish_reason"))) {
            choice.finish = value;
        } else if (view_eq(name, VIEW("index"))) {
            (void)view_int(value, INT32_MIN, INT32_MAX, &choice.index);
        }
    }
    if (choice.index == 0) {
        add_choice(r, &choice);
    }
}

static void read_choices(struct reply *r, struct json_walk *w) {
    if (!json_walk_into(w, '[')) {
        (void)json_walk_value(w);
        return;
    }
    r->any = true;
    for (int64_t place = 0; json_walk_item(w); place++) {
        read_choice(r, w, place);
    }
}

static int64_t cached_of(struct view details) {
    struct json_walk w = json_walk_of(details);
    struct view name;
    int64_t cached = 0;
    if (json_walk_into(&w, '{')) {
        while (json_walk_member(&w, &name)) {
            const struct view value = json_walk_value(&w);
            if (view_eq(name, VIEW("cached_tokens"))) {
                (void)view_int(value, 0, TOKENS_MAX, &cached);
            }
        }
    }
    return cached;
}

/* The last one counts: some endpoints tell with each piece how much it is by then. */
static void read_usage(struct reply *r, struct json_walk *w) {
    struct reply_usage usage = {.said = false};
    struct view name;
    if (!json_walk_into(w, '{')) {
        (void)json_walk_value(w);
        return;
    }
    while (json_walk_member(w, &name)) {
        const struct view value = json_walk_value(w);
        if (view_eq(name, VIEW("prompt_tokens"))) {
            (void)view_int(value, 0, TOKENS_MAX, &usage.input);
        } else if (view_eq(name, VIEW("completion_tokens"))) {
            (void)view_int(value, 0, TOKENS_MAX, &usage.output);
        } else if (view_eq(name, VIEW("prompt_tokens_details"))) {
            usage.cached = cached_of(value);
        }
    }
    if (usage.input > 0) { /* no prompt is empty: a 0 is what doesn't count writes */
        usage.said = true;
        usage.cached = usage.cached > usage.input ? usage.input : usage.cached;
        r->usage = usage;
    }
}

static void keep_error(struct reply *r, struct view object) {
    if (r->error.n == 0) {
        buf_add(&r->error, object);
    }
}

static bool says_error(struct view name, struct view value) {
    if (view_eq(name, VIEW("error"))) {
        /* Neither null nor anything else that is empty. */
        return value.n > 2 && !json_walk_is_null(value) && !view_eq(value, VIEW("false"));
    }
    return view_eq(name, VIEW("object")) && view_eq(value, VIEW("\"error\""));
}

/* One event of a stream, or all of a whole reply. False: it breaks off. */
static bool read_object(struct reply *r, struct view text) {
    struct json_walk w = json_walk_of(text);
    struct view name;
    bool error = false;
    if (!json_walk_into(&w, '{')) {
        return false;
    }
    while (json_walk_member(&w, &name)) {
        if (view_eq(name, VIEW("choices"))) {
            read_choices(r, &w);
        } else if (view_eq(name, VIEW("usage"))) {
            read_usage(r, &w);
        } else {
            const struct view value = json_walk_value(&w);
            if (r->model.n == 0 && view_eq(name, VIEW("model"))) {
                uint32_t half = 0;
                json_walk_text(value, &half, &r->model);
            }
            error = error || says_error(name, value);
        }
    }
    if (error) {
        keep_error(r, text);
    }
    return !w.broken;
}

/* ---- the forms in which they come ----------------------------------------------------------- */

/* Did memory run out? What was too long is as good as cut, except for the text itself. */
static bool out_of_memory(const struct reply *r) {
    const struct buf *const kept[] = {&r->model, &r->refusal, &r->error, &r->content, &r->whole};
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        if (kept[i]->failed && !kept[i]->too_long) {
            return true;
        }
    }
    return false;
}

static esi_err check(const struct reply *r, esi_error *err) {
    if (out_of_memory(r)) {
        return fail_memory(err, ORIGIN);
    }
    if (r->content.too_long || r->whole.too_long) {
        return esi_fail(err, ESI_ETOOBIG, ORIGIN, "the reply is larger than %zu bytes", REPLY_MAX);
    }
    return ESI_OK;
}

static int take_event(struct view type, struct view data, void *context) {
    struct reply *r = context;
    if (view_eq(view_trim(data), VIEW("[DONE]"))) {
        r->ended = true;
    } else if (view_eq(type, VIEW("error"))) {
        keep_error(r, data);
    } else {
        (void)read_object(r, data);
    }
    return 0;
}

/* By its first byte: a stream begins with the name of a field, or with a colon. */
static struct view find_form(struct reply *r, struct view bytes) {
    size_t at = 0;
    while (at < bytes.n && strchr(" \t\r\n\xef\xbb\xbf", bytes.p[at]) != NULL &&
           bytes.p[at] != '\0') {
        at++;
    }
    if (at < bytes.n) {
        r->form = bytes.p[at] == '{' || bytes.p[at] == '[' ? REPLY_WHOLE : REPLY_STREAM;
    }
    return view_slice(bytes, at, bytes.n);
}

/* ---- taking --------------------------------------------------------------------------------- */

esi_err reply_take(struct reply *r, struct view bytes, esi_error *err) {
    if (r->form == REPLY_UNKNOWN) {
        bytes = find_form(r, bytes);
    }
    if (r->form == REPLY_STREAM) {
        const esi_err fed = sse_feed(&r->sse, bytes, err);
        if (fed != ESI_OK) {
            return fed;
        }
    } else if (r->form == REPLY_WHOLE) {
        buf_add(&r->whole, bytes);
    }
    return check(r, err);
}

esi_err reply_end(struct reply *r, esi_error *err) {
    if (r->form == REPLY_STREAM) {
        const esi_err ended = sse_end(&r->sse, err);
        if (ended != ESI_OK) {
            return ended;
        }
    } else if (r->form == REPLY_WHOLE) {
        r->ended = read_object(r, buf_view(&r->whole));
        if (!r->any) {
            keep_error(r, buf_view(&r->whole)); /* there is no other use for it */
        }
    }
    return check(r, err);
}

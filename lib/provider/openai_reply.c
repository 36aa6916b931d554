#include "provider/openai_reply.h"

#include <string.h>

#include "base/error.h"
#include "provider/json_walk.h"

#define ORIGIN "provider/openai"
#define MODEL_MAX 200
#define REFUSAL_MAX (16u << 10)
#define ERROR_MAX (64u << 10)
#define AROUND_MAX 1024u /* what of an event stands around its text, where that is looked at */
#define TOKENS_MAX INT64_C(1000000000) /* more than that is no count */

static int take_event(struct view type, struct view data, void *context);

void reply_init(struct reply *r) {
    *r = (struct reply){.finish = REPLY_UNFINISHED};
    buf_init(&r->model, MODEL_MAX);
    buf_init(&r->refusal, REFUSAL_MAX);
    buf_init(&r->error, ERROR_MAX);
    buf_init(&r->content, REPLY_MAX);
    buf_init(&r->before, AROUND_MAX);
    buf_init(&r->behind, AROUND_MAX);
    buf_init(&r->whole, REPLY_MAX);
    sse_init(&r->sse, REPLY_MAX, take_event, r);
}

void reply_clear(struct reply *r) {
    sse_clear(&r->sse);
    buf_clear(&r->model);
    buf_clear(&r->refusal);
    buf_clear(&r->error);
    buf_clear(&r->content);
    buf_clear(&r->before);
    buf_clear(&r->behind);
    buf_clear(&r->whole);
}

/* ---- one object of the API ------------------------------------------------------------------ */

/* One of an object's choices; a name that comes twice counts as it came last. */
struct choice {
    int64_t index;
    struct view content, refusal, finish;
};

/* An object that is being read: one event of a stream, or all of a whole reply. */
struct object {
    struct json_walk w;
    struct view text;
    struct choice choice; /* that it stands in */
    int64_t place;        /* of that */
    size_t content_at;    /* where the text of the first choice begins; 0: nowhere */
    bool more;            /* there is more in it than that text */
    bool error;
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

/* The members of a message, from where it stands. */
static void read_message(struct object *o) {
    struct view name;
    while (json_walk_member(&o->w, &name)) {
        const size_t at = (size_t)(o->w.at - o->text.p);
        const struct view value = json_walk_value(&o->w);
        if (view_eq(name, VIEW("content"))) {
            o->more = o->more || o->content_at > 0 || o->place > 0;
            o->content_at = at;
            o->choice.content = value;
        } else if (view_eq(name, VIEW("refusal"))) {
            o->more = o->more || !json_walk_is_null(value);
            o->choice.refusal = value;
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

/* The members of a choice, from where it stands. Only the first answer counts, should there be
 * several. */
static void read_choice(struct reply *r, struct object *o) {
    struct view name;
    while (json_walk_member(&o->w, &name)) {
        const bool message = view_eq(name, VIEW("delta")) || view_eq(name, VIEW("message"));
        if (message && json_walk_into(&o->w, '{')) {
            read_message(o);
            continue;
        }
        const struct view value = json_walk_value(&o->w);
        if (view_eq(name, VIEW("finish_reason"))) {
            o->more = o->more || !json_walk_is_null(value);
            o->choice.finish = value;
        } else if (view_eq(name, VIEW("index"))) {
            (void)view_int(value, INT32_MIN, INT32_MAX, &o->choice.index);
        }
    }
    o->more = o->more || o->choice.index != 0;
    if (o->choice.index == 0) {
        add_choice(r, &o->choice);
    }
}

/* The other choices, from where it stands. */
static void read_choices(struct reply *r, struct object *o) {
    while (json_walk_item(&o->w)) {
        o->more = o->more || o->place > 0;
        o->choice = (struct choice){.index = o->place};
        if (json_walk_into(&o->w, '{')) {
            read_choice(r, o);
        } else {
            (void)json_walk_value(&o->w);
        }
        o->place++;
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
static void read_usage(struct reply *r, struct view text) {
    struct json_walk w = json_walk_of(text);
    struct reply_usage usage = {.said = false};
    struct view name;
    if (!json_walk_into(&w, '{')) {
        return;
    }
    while (json_walk_member(&w, &name)) {
        const struct view value = json_walk_value(&w);
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

/* The members of the object, from where it stands. */
static void read_members(struct reply *r, struct object *o) {
    struct view name;
    while (json_walk_member(&o->w, &name)) {
        if (view_eq(name, VIEW("choices")) && json_walk_into(&o->w, '[')) {
            r->any = true;
            o->more = o->more || o->place > 0;
            o->place = 0;
            read_choices(r, o);
            continue;
        }
        const struct view value = json_walk_value(&o->w);
        if (view_eq(name, VIEW("usage"))) {
            o->more = o->more || !json_walk_is_null(value);
            read_usage(r, value);
        } else if (r->model.n == 0 && view_eq(name, VIEW("model"))) {
            uint32_t half = 0;
            json_walk_text(value, &half, &r->model);
        } else if (says_error(name, value)) {
            o->error = true;
        }
    }
    if (o->error) {
        keep_error(r, o->text);
    }
}

/* False: it breaks off, or is none. */
static bool read_object(struct reply *r, struct view text, struct object *o) {
    *o = (struct object){.w = json_walk_of(text), .text = text};
    if (!json_walk_into(&o->w, '{')) {
        return false;
    }
    read_members(r, o);
    return !o->w.broken;
}

/* ---- events that are alike ------------------------------------------------------------------ */

/* Some 180 events bring an answer, and differ in its text alone: what stands around it was read
 * before. Endpoints that pad their events make what comes behind it differ, too. */

static void remember(struct reply *r, const struct object *o) {
    buf_empty(&r->before);
    buf_empty(&r->behind);
    const bool alike = !o->w.broken && !o->more && !o->error && o->content_at > 0 &&
                       json_walk_is_text(o->choice.content);
    const size_t end = o->content_at + o->choice.content.n;
    if (alike && o->content_at < AROUND_MAX && o->text.n - end < AROUND_MAX) {
        buf_add(&r->before, view_slice(o->text, 0, o->content_at));
        buf_add(&r->behind, view_slice(o->text, end, o->text.n));
    }
}

/* The text between, where it is all that differs, and is plain. */
static bool take_plain(struct reply *r, struct view text) {
    const struct view before = buf_view(&r->before), behind = buf_view(&r->behind);
    if (behind.n == 0 || text.n < before.n + behind.n + 2 || !view_ends(text, behind)) {
        return false;
    }
    const struct view quoted = view_slice(text, before.n, text.n - behind.n);
    const struct view inside = view_slice(quoted, 1, quoted.n - 1);
    if (quoted.p[0] != '"' || quoted.p[quoted.n - 1] != '"' || inside.n == 0 || r->half != 0 ||
        memchr(inside.p, '"', inside.n) != NULL || memchr(inside.p, '\\', inside.n) != NULL) {
        return false;
    }
    buf_add(&r->content, inside);
    r->pieces++;
    return true;
}

/* Reads an event that begins as the last one did; false where it doesn't. */
static bool read_alike(struct reply *r, struct view text) {
    const struct view before = buf_view(&r->before);
    if (before.n == 0 || !view_starts(text, before)) {
        return false;
    }
    if (take_plain(r, text)) {
        return true;
    }
    struct object o = {.w = {.at = text.p + before.n, .end = text.p + text.n}, .text = text};
    o.choice.content = json_walk_value(&o.w);
    const struct view rest = {o.w.at, (size_t)(o.w.end - o.w.at)};
    if (!json_walk_is_text(o.choice.content)) {
        return false;
    }
    if (view_eq(rest, buf_view(&r->behind))) {
        add_choice(r, &o.choice);
        return true;
    }
    read_message(&o);
    read_choice(r, &o);
    o.place = 1;
    read_choices(r, &o);
    read_members(r, &o);
    return true;
}

static void read_event(struct reply *r, struct view text) {
    struct object o;
    if (!read_alike(r, text)) {
        (void)read_object(r, text, &o);
        remember(r, &o);
    }
}

/* ---- the forms in which they come ----------------------------------------------------------- */

/* Did memory run out? What was too long is as good as cut, except for the text itself. */
static bool out_of_memory(const struct reply *r) {
    const struct buf *const kept[] = {&r->model,  &r->refusal, &r->error, &r->content,
                                      &r->before, &r->behind,  &r->whole};
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
    if (view_eq(type, VIEW("error"))) {
        keep_error(r, data);
    } else if (view_starts(data, VIEW("[DONE]"))) {
        r->ended = true;
    } else {
        read_event(r, data);
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
        struct object o;
        r->ended = read_object(r, buf_view(&r->whole), &o);
        if (!r->any) {
            keep_error(r, buf_view(&r->whole)); /* there is no other use for it */
        }
    }
    return check(r, err);
}

#include "provider/api_error.h"

#include "base/error.h"
#include "provider/json_walk.h"
#include "provider/structured_text.h"

#define ORIGIN "provider/api_error"
#define DEEP_MAX 5 /* an error within an error within ... */

/* ---- reading ----------------------------------------------------------------------------------
 * */

enum part {
    PART_MESSAGE, /* the first of these three that is there is the message */
    PART_ERROR,
    PART_TITLE,
    PART_REPORTED, /* what a proxy was told */
    PART_TYPE,
    PART_CODE,
    PART_PARAM,
    PART_PLACE, /* of a fault, as FastAPI has it: ["body","stream_options"] */
    PART_COUNT
};

/* Values as they are written. The first that is found counts. */
struct found {
    struct view parts[PART_COUNT];
};

static void keep(struct found *f, enum part part, struct view value) {
    const bool fits = part == PART_CODE    ? !json_walk_is_null(value)
                      : part == PART_PLACE ? value.n > 0 && value.p[0] == '['
                                           : json_walk_is_text(value);
    if (fits && f->parts[part].n == 0) {
        f->parts[part] = value;
    }
}

static void keep_member(struct found *f, struct view name, struct view value) {
    static const struct {
        struct view name;
        enum part part;
    } names[] = {
        {{"message", 7}, PART_MESSAGE},  {{"msg", 3}, PART_MESSAGE},
        {{"detail", 6}, PART_MESSAGE},   {{"error_description", 17}, PART_MESSAGE},
        {{"error", 5}, PART_ERROR},      {{"title", 5}, PART_TITLE},
        {{"raw", 3}, PART_REPORTED},     {{"type", 4}, PART_TYPE},
        {{"error_type", 10}, PART_TYPE}, {{"status", 6}, PART_TYPE},
        {{"code", 4}, PART_CODE},        {{"statusCode", 10}, PART_CODE},
        {{"param", 5}, PART_PARAM},      {{"loc", 3}, PART_PLACE},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (view_eq(name, names[i].name)) {
            keep(f, names[i].part, value);
        }
    }
}

static bool is_nested(struct view value) {
    return value.n > 0 && (value.p[0] == '{' || value.p[0] == '[');
}

/* In what order an object is read: what a member that holds the error itself says counts before
 * the object's own words, and these before what stands beside it. */
enum pass { PASS_INSIDE, PASS_OWN, PASS_BESIDE, PASS_COUNT };

static enum pass pass_of(struct view name, struct view value) {
    static const struct view inside[] = {{"error", 5},  {"message", 7},  {"detail", 6},
                                         {"errors", 6}, {"response", 8}, {"body", 4}};
    static const struct view beside[] = {{"innererror", 10}, {"metadata", 8}};
    for (size_t i = 0; is_nested(value) && i < sizeof inside / sizeof *inside; i++) {
        if (view_eq(name, inside[i])) {
            return PASS_INSIDE;
        }
    }
    for (size_t i = 0; is_nested(value) && i < sizeof beside / sizeof *beside; i++) {
        if (view_eq(name, beside[i])) {
            return PASS_BESIDE;
        }
    }
    return PASS_OWN;
}

static void read_value(struct found *f, struct view value, int deep);

static void read_object(struct found *f, struct view object, int deep) {
    for (enum pass pass = PASS_INSIDE; pass < PASS_COUNT; pass++) {
        struct json_walk w = json_walk_of(object);
        struct view name;
        if (!json_walk_into(&w, '{')) {
            return;
        }
        while (json_walk_member(&w, &name)) {
            const struct view value = json_walk_value(&w);
            if (pass_of(name, value) != pass) {
                continue;
            }
            if (pass == PASS_OWN) {
                keep_member(f, name, value);
            } else {
                read_value(f, value, deep + 1);
            }
        }
    }
}

/* A text, an object, or the first item of a list. Goes no deeper than DEEP_MAX. */
static void read_value(struct found *f, struct view value, int deep) {
    struct json_walk w = json_walk_of(value);
    if (deep > DEEP_MAX) {
        return;
    }
    if (!json_walk_into(&w, '[')) {
        keep(f, PART_MESSAGE, value);
        read_object(f, value, deep);
    } else if (json_walk_item(&w)) {
        read_value(f, json_walk_value(&w), deep + 1);
    }
}

/* Adds the text of a value. */
static void add_text(struct view value, struct buf *to) {
    struct text_reader reader = {.held_count = 0};
    bool closed;
    if (json_walk_is_text(value)) {
        value = view_slice(value, 1, value.n - 1);
        value = view_slice(value, 0, API_ERROR_TEXT_MAX);
        (void)text_reader_feed(&reader, value, to, &closed);
    } else {
        text_reader_plain(view_slice(value, 0, API_ERROR_TEXT_MAX), to);
    }
}

/* ["body","stream_options"] as body.stream_options. */
static void add_place(struct view place, struct buf *to) {
    struct json_walk w = json_walk_of(place);
    if (!json_walk_into(&w, '[')) {
        return;
    }
    for (size_t i = 0; i < 8 && json_walk_item(&w); i++) {
        if (to->n > 0) {
            buf_char(to, '.');
        }
        add_text(json_walk_value(&w), to);
    }
}

static size_t find_nocase(struct view text, const char *phrase);

/* The words of a page: its title, else what stands between its tags. */
static void add_page(struct view page, struct buf *to) {
    const size_t from = find_nocase(page, "<title>");
    const size_t end = find_nocase(page, "</title>");
    if (from < end && end != SIZE_MAX) {
        text_reader_plain(view_slice(page, from + 7, end), to);
        return;
    }
    size_t at = 0;
    while (at < page.n) {
        const size_t tag = view_find(page, VIEW("<"), at);
        text_reader_plain(view_slice(page, at, tag), to);
        const size_t behind = tag == SIZE_MAX ? SIZE_MAX : view_find(page, VIEW(">"), tag);
        at = behind == SIZE_MAX ? page.n : behind + 1;
    }
}

static void add_message(const struct found *f, struct buf *to) {
    for (enum part part = PART_MESSAGE; part <= PART_TITLE && to->n == 0; part++) {
        add_text(f->parts[part], to);
    }
    if (f->parts[PART_REPORTED].n > 0) {
        buf_str(to, to->n > 0 ? ": " : "");
        add_text(f->parts[PART_REPORTED], to);
    }
}

/* Takes a text into the arena; false: memory ran out. The buffer is empty then. */
static bool take(struct buf *text, esi_arena *arena, struct view *out) {
    const struct view trimmed = view_trim(buf_view(text));
    const char *copy = text->failed ? NULL : arena_str(arena, trimmed);
    *out = (struct view){copy, trimmed.n};
    buf_empty(text);
    return copy != NULL;
}

static bool fill(const struct found *f, struct view body, esi_arena *arena, struct buf *text,
                 struct api_error *out) {
    const bool json = is_nested(body) || json_walk_is_text(body);
    if (json) {
        add_message(f, text);
    } else if (view_starts(body, VIEW("<"))) {
        add_page(view_slice(body, 0, API_ERROR_TEXT_MAX), text);
    } else {
        text_reader_plain(view_slice(body, 0, API_ERROR_TEXT_MAX), text);
    }
    bool well = take(text, arena, &out->message);
    add_text(f->parts[PART_TYPE], text);
    well = well && take(text, arena, &out->type);
    add_text(f->parts[PART_CODE], text);
    well = well && take(text, arena, &out->code);
    if (f->parts[PART_PARAM].n > 0) {
        add_text(f->parts[PART_PARAM], text);
    } else {
        add_place(f->parts[PART_PLACE], text);
    }
    return well && take(text, arena, &out->param);
}

esi_err api_error_read(struct view body, esi_arena *arena, struct api_error *out, esi_error *err) {
    struct found f = {.parts = {{NULL, 0}}};
    struct api_error read;
    struct buf text;
    if (view_starts(body, VIEW("\xef\xbb\xbf"))) {
        body = view_slice(body, 3, body.n);
    }
    body = view_trim(body);
    buf_init(&text, 32 * (size_t)API_ERROR_TEXT_MAX);
    read_value(&f, body, 0);
    const bool well = fill(&f, body, arena, &text, &read);
    buf_clear(&text);
    if (!well) {
        return fail_memory(err, ORIGIN);
    }
    *out = read;
    return ESI_OK;
}

/* ---- judging ----------------------------------------------------------------------------------
 * */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

/* `phrase` is in small letters. */
static size_t find_nocase(struct view text, const char *phrase) {
    const struct view wanted = view_of(phrase);
    for (size_t at = 0; at + wanted.n <= text.n; at++) {
        if (lower(text.p[at]) == *phrase &&
            view_eq_nocase(view_slice(text, at, at + wanted.n), wanted)) {
            return at;
        }
    }
    return SIZE_MAX;
}

size_t api_error_find(struct view text, const char *phrase) {
    const size_t n = view_of(phrase).n;
    size_t from = 0;
    while (from < text.n) {
        const size_t found = find_nocase(view_slice(text, from, text.n), phrase);
        if (found == SIZE_MAX) {
            return SIZE_MAX;
        }
        const size_t at = from + found;
        const bool begins = at == 0 || !is_word(text.p[at - 1]);
        if (begins && (at + n == text.n || !is_word(text.p[at + n]))) {
            return at;
        }
        from = at + 1;
    }
    return SIZE_MAX;
}

/* A reason, by the words that stand for it in `code` or `type`, whole, and in the message. */
struct reason {
    const char *const *names;
    const char *const *phrases;
};

static bool is_named(struct view word, const char *const *names) {
    while (*names != NULL && !view_eq_nocase(word, view_of(*names))) {
        names++;
    }
    return *names != NULL;
}

static bool says(const struct api_error *e, const struct reason *reason) {
    if (is_named(e->code, reason->names) || is_named(e->type, reason->names)) {
        return true;
    }
    const char *const *phrase = reason->phrases;
    while (*phrase != NULL && find_nocase(e->message, *phrase) == SIZE_MAX) {
        phrase++;
    }
    return *phrase != NULL;
}

bool api_error_too_large(int status, const struct api_error *error) {
    static const char *const names[] = {
        "context_length_exceeded", "exceed_context_size_error", "string_above_max_length",
        "array_above_max_length",  "max_tokens_per_request",    "tokens_limit_reached",
        "request_too_large",       "payload_too_large",         NULL};
    static const char *const phrases[] = {"context length",
                                          "context size",
                                          "context window",
                                          "context_length",
                                          "too many tokens",
                                          "too many inputs",
                                          "too many texts",
                                          "request too large",
                                          "input is too large",
                                          "too long",
                                          "batch size",
                                          "must have less than",
                                          "maximum input length",
                                          "max input length",
                                          "max_model_len",
                                          "max_new_tokens` must be",
                                          "tokens per request",
                                          "array with maximum length",
                                          "exceeds the maximum",
                                          "maximum number of inputs",
                                          "number of inputs",
                                          "entity too large",
                                          NULL};
    static const struct reason reason = {names, phrases};
    return status == 413 || says(error, &reason);
}

bool api_error_limited(int status, const struct api_error *error) {
    static const char *const names[] = {"429",
                                        "529",
                                        "rate_limit_exceeded",
                                        "rate_limit_error",
                                        "ratelimiterror",
                                        "ratelimitreached",
                                        "rate_limited",
                                        "too_many_requests",
                                        "toomanyrequests",
                                        "insufficient_quota",
                                        "quota_exceeded",
                                        "quotaexceeded",
                                        "billing_hard_limit_reached",
                                        "resource_exhausted",
                                        "overloaded",
                                        "overloaded_error",
                                        "engine_overloaded",
                                        "engine_overloaded_error",
                                        "server_overloaded",
                                        "server_is_overloaded",
                                        "model_overloaded",
                                        "slow_down",
                                        "throttling",
                                        "throttled",
                                        NULL};
    static const char *const phrases[] = {"rate limit",
                                          "rate-limit",
                                          "ratelimit",
                                          "too many requests",
                                          "exceeded your current quota",
                                          "quota exceeded",
                                          "insufficient balance",
                                          "insufficient credits",
                                          "overloaded",
                                          "at capacity",
                                          "over capacity",
                                          "server busy",
                                          "server is busy",
                                          "maximum pending requests",
                                          "queue is full",
                                          "throttl",
                                          NULL};
    static const struct reason reason = {names, phrases};
    return status == 429 || status == 529 || says(error, &reason);
}

bool api_error_filtered(int status, const struct api_error *error) {
    static const char *const names[] = {"content_filter",         "content_policy_violation",
                                        "contentpolicyviolation", "responsibleaipolicyviolation",
                                        "content_moderation",     "data_inspection_failed",
                                        "datainspectionfailed",   "invalid_prompt",
                                        "prohibited_content",     NULL};
    static const char *const phrases[] = {"content management policy",
                                          "content_filter",
                                          "content filter",
                                          "content policy",
                                          "contentpolicyviolation",
                                          "usage policy",
                                          "usage policies",
                                          "safety system",
                                          "input was flagged",
                                          "prompt was flagged",
                                          "inappropriate content",
                                          NULL};
    static const struct reason reason = {names, phrases};
    return status < 500 && status != 429 && says(error, &reason);
}

bool api_error_other(const struct api_error *error) {
    static const char *const names[] = {"invalid_api_key",       "authentication_error",
                                        "permission_error",      "permission_denied",
                                        "model_not_found",       "modelnotfound",
                                        "not_found_error",       "notfounderror",
                                        "deploymentnotfound",    "unknown_model",
                                        "operationnotsupported", "account_deactivated",
                                        "billing_not_active",    NULL};
    static const char *const phrases[] = {"api key",           "api_key",
                                          "unauthorized",      "authenticat",
                                          "credential",        "model not found",
                                          "model_not_found",   "no such model",
                                          "not a valid model", "invalid model name",
                                          "deployment",        "api version",
                                          "api-version",       "billing",
                                          "loading model",     NULL};
    static const struct reason reason = {names, phrases};
    return says(error, &reason);
}

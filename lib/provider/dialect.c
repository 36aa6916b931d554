#include "provider/dialect.h"

/* A part of a request, by the words that refusals have for it. */
struct part {
    unsigned bit;
    bool embeds;
    const char *words[10];
};

/* In the order in which they are left out, where a refusal names none of them. Words are whole and
 * in small letters; the ones without an underscore name only this part in a refusal. */
static const struct part parts[] = {
    {DIALECT_NO_SCHEMA,
     false,
     {"response_format", "json_schema", "json schema", "response_schema", "structured outputs",
      "structured output", "grammar", "additionalproperties", "strict", NULL}},
    {DIALECT_NO_JSON,
     false,
     {"response_format", "json_object", "json mode", "json_schema", "grammar", NULL}},
    {DIALECT_NO_USAGE, false, {"stream_options", "include_usage", NULL}},
    {DIALECT_OLD_MAX_TOKENS, false, {"max_completion_tokens", NULL}},
    {DIALECT_NO_TEMPERATURE, false, {"temperature", NULL}},
    {DIALECT_NO_SYSTEM,
     false,
     {"system role", "system message", "system messages", "system prompt", "'system'", "\"system\"",
      "roles must alternate", "user and assistant roles", "'user' or 'assistant'", NULL}},
    {DIALECT_NO_STREAM, false, {"stream", "streaming", NULL}},
    {DIALECT_NO_BASE64, true, {"encoding_format", "base64", NULL}},
    {DIALECT_NO_DIMENSIONS, true, {"dimensions", "dimension", "matryoshka", NULL}},
};

#define PARTS (sizeof parts / sizeof *parts)

/* Is the part in a request that was written so, and can it be left out? */
static bool is_asked(const struct part *part, unsigned dialect, bool embeds) {
    if (part->embeds != embeds || (dialect & part->bit) != 0) {
        return false;
    }
    const bool schema = (dialect & (DIALECT_NO_SCHEMA | DIALECT_NO_JSON)) == 0;
    return part->bit == DIALECT_NO_JSON     ? !schema
           : part->bit == DIALECT_NO_SCHEMA ? schema
           : part->bit == DIALECT_NO_USAGE  ? (dialect & DIALECT_NO_STREAM) == 0
                                            : true;
}

/* The place of the first word for a part; SIZE_MAX: none is there. */
static size_t find_part(const struct part *part, struct view text) {
    size_t first = SIZE_MAX;
    for (size_t i = 0; part->words[i] != NULL; i++) {
        const size_t at = api_error_find(text, part->words[i]);
        first = at < first ? at : first;
    }
    return first;
}

/* The part that a text names first; NULL: none that is asked for. */
static const struct part *named_in(struct view text, unsigned dialect, bool embeds) {
    const struct part *found = NULL;
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < PARTS; i++) {
        const size_t at =
            is_asked(&parts[i], dialect, embeds) ? find_part(&parts[i], text) : SIZE_MAX;
        if (at < first) {
            first = at;
            found = &parts[i];
        }
    }
    return found;
}

static bool says_one(struct view text, const char *const *phrases) {
    while (*phrases != NULL && api_error_find(text, *phrases) == SIZE_MAX) {
        phrases++;
    }
    return *phrases != NULL;
}

/* Does it say that something isn't taken? Asked where the status alone doesn't. */
static bool refuses(struct view message) {
    static const char *const phrases[] = {"not supported",
                                          "unsupported",
                                          "not support",
                                          "not implemented",
                                          "not permitted",
                                          "not allowed",
                                          "unrecognized",
                                          "not available",
                                          "unavailable",
                                          "not enabled",
                                          "unknown",
                                          "extra_forbidden",
                                          "unexpected",
                                          "must be",
                                          "not yet allowed",
                                          "failed to parse",
                                          "cannot be parsed",
                                          "unsupportedparamserror",
                                          NULL};
    return says_one(message, phrases);
}

/* A refusal whose words name no part: is it about the form at all? */
static bool is_about_form(const struct api_error *e) {
    static const char *const phrases[] = {
        "parameter",     "parameters",      "argument",   "arguments",   "field",
        "fields",        "property",        "properties", "extra",       "unsupported",
        "not supported", "not support",     "invalid",    "bad request", "malformed",
        "validation",    "unrecognized",    "unknown",    "schema",      "unprocessable",
        "format",        "failed to parse", "unexpected", NULL};
    return e->message.n == 0 || says_one(e->message, phrases) || says_one(e->type, phrases) ||
           says_one(e->code, phrases);
}

static const struct part *next_part(unsigned dialect, bool embeds) {
    size_t i = 0;
    while (i < PARTS && !is_asked(&parts[i], dialect, embeds)) {
        i++;
    }
    return i < PARTS ? &parts[i] : NULL;
}

/* 400 and 422 are said of requests; of the others only some, and they have to say so. */
static bool is_of_request(int status) {
    return status == 400 || status == 422;
}

static bool may_be_form(int status) {
    static const int statuses[] = {400, 403, 404, 405, 415, 422, 500, 501};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (status == statuses[i]) {
            return true;
        }
    }
    return false;
}

/* Is it the old name of the limit that it refuses? Then it was no better with the new one. */
static bool wants_new_limit(unsigned dialect, const struct api_error *e) {
    return (dialect & DIALECT_OLD_MAX_TOKENS) != 0 &&
           (api_error_find(e->param, "max_tokens") != SIZE_MAX ||
            api_error_find(e->message, "max_completion_tokens") != SIZE_MAX);
}

unsigned dialect_after(unsigned dialect, int status, const struct api_error *error, bool embeds) {
    if (!may_be_form(status) || api_error_too_large(status, error) ||
        api_error_limited(status, error) || api_error_filtered(status, error) ||
        wants_new_limit(dialect, error)) {
        return dialect;
    }
    const struct part *part = named_in(error->param, dialect, embeds);
    if (part == NULL && (is_of_request(status) || refuses(error->message))) {
        part = named_in(error->message, dialect, embeds);
    }
    if (part == NULL && is_of_request(status) && !api_error_other(error) && is_about_form(error)) {
        part = next_part(dialect, embeds);
    }
    return part == NULL                   ? dialect
           : part->bit == DIALECT_NO_JSON ? dialect | DIALECT_NO_SCHEMA | DIALECT_NO_JSON
                                          : dialect | part->bit;
}

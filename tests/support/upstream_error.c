#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "upstream_parts.h"

#define INVALID "invalid_request_error"

/* What can be wrong, in the words of those who first said it. %s: the model. */
static const struct wrong {
    const char *what, *message, *type, *code, *param;
} wrongs[] = {
    {"json_schema",
     "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
     INVALID, NULL, "response_format"},
    {"json_object", "'response_format.type' must be 'json_schema' or 'text'.", INVALID, NULL,
     "response_format"},
    {"response_format",
     "Unsupported parameter: 'response_format' is not supported with this model.", INVALID,
     "unsupported_parameter", "response_format"},
    {"stream", "Unsupported value: 'stream' does not support true with this model.", INVALID,
     "unsupported_value", "stream"},
    {"stream_options", "Unrecognized request argument supplied: stream_options", INVALID, NULL,
     "stream_options"},
    {"max_tokens",
     "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
     "'max_completion_tokens' instead.",
     INVALID, "unsupported_parameter", "max_tokens"},
    {"max_completion_tokens", "Unrecognized request argument supplied: max_completion_tokens",
     INVALID, NULL, NULL},
    {"temperature",
     "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) "
     "value is supported.",
     INVALID, "unsupported_value", "temperature"},
    {"dimensions", "This model does not support specifying dimensions.", INVALID, NULL, NULL},
    {"encoding_format", "Unrecognized request argument supplied: encoding_format", INVALID, NULL,
     "encoding_format"},
    {"base64", "'base64' is not one of ['float'] - 'encoding_format'", INVALID, NULL, NULL},
    {"system", "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
     INVALID, "unsupported_value", "messages[0].role"},
    {"developer",
     "'developer' is not one of ['system', 'assistant', 'user', 'function'] - 'messages.0.role'",
     INVALID, NULL, NULL},
    {"context",
     "This model's maximum context length is 8192 tokens. However, your messages resulted in "
     "9731 tokens. Please reduce the length of the messages.",
     INVALID, "context_length_exceeded", "messages"},
    {"batch",
     "Too many inputs. The max number of inputs is 16.  We hope to increase the number of "
     "inputs per request soon.",
     INVALID, NULL, NULL},
    {"tokens_batch", "Requested 310412 tokens, max 300000 tokens per request",
     "max_tokens_per_request", "max_tokens_per_request", NULL},
    {"quota", "You exceeded your current quota, please check your plan and billing details.",
     "insufficient_quota", "insufficient_quota", NULL},
    {"rate",
     "Rate limit reached for %s in organization org-1 on tokens per min (TPM): Limit 30000, Used "
     "29120, Requested 2012. Please try again in 2.264s.",
     "tokens", "rate_limit_exceeded", NULL},
    {"overloaded", "The server is currently overloaded with other requests. Sorry about that!",
     "server_error", NULL, NULL},
    {"model", "The model `%s` does not exist or you do not have access to it.", INVALID,
     "model_not_found", NULL},
    {"key", "Incorrect API key provided. You can find your API key in your account.", INVALID,
     "invalid_api_key", NULL},
    {"filter",
     "The response was filtered due to the prompt triggering Azure OpenAI's content management "
     "policy. Please modify your prompt and retry.",
     NULL, "content_filter", "prompt"},
    {"denied", "Country, region, or territory not supported", "request_forbidden",
     "unsupported_country_region_territory", NULL},
    {"server", "The server had an error while processing your request. Sorry about that!",
     "server_error", NULL, NULL},
    {"request", "Invalid value for 'messages': it must not be empty.", INVALID, NULL, "messages"},
};

static const struct wrong *wrong_of(const char *what, int status) {
    const char *name = what != NULL    ? what
                       : status == 400 ? "request"
                       : status == 401 ? "key"
                       : status == 403 ? "denied"
                       : status == 404 ? "model"
                       : status == 413 ? "context"
                       : status == 429 ? "rate"
                       : status == 503 ? "overloaded"
                                       : "server";
    const size_t count = sizeof wrongs / sizeof *wrongs;
    size_t i = 0;
    while (i + 1 < count && strcmp(wrongs[i].what, name) != 0) {
        i++;
    }
    return &wrongs[i];
}

static void add_member(struct bytes *out, const char *name, const char *value) {
    bytes_printf(out, ",\"%s\":", name);
    if (value == NULL) {
        bytes_str(out, "null");
        return;
    }
    bytes_str(out, "\"");
    bytes_quoted(out, (struct span){value, strlen(value)});
    bytes_str(out, "\"");
}

/* One way of wrapping an error up. `message` is quoted already. */
struct dress {
    const struct wrong *wrong;
    const char *message;
    int status;
};

static void as_openai(const struct dress *d, struct bytes *out) {
    bytes_printf(out, "{\"error\":{\"message\":\"%s\"", d->message);
    add_member(out, "type", d->wrong->type);
    add_member(out, "param", d->wrong->param);
    add_member(out, "code", d->wrong->code);
    bytes_str(out, "}}");
}

static void as_azure(const struct dress *d, struct bytes *out) {
    if (strcmp(d->wrong->what, "filter") != 0) {
        const char *code = d->wrong->code != NULL ? d->wrong->code : "BadRequest";
        bytes_printf(out, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
                     d->status == 429 ? "429" : code, d->message);
        return;
    }
    bytes_printf(out,
                 "{\"error\":{\"message\":\"%s\",\"type\":null,\"param\":\"prompt\",\"code\":"
                 "\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
                 "\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{\"hate\":{"
                 "\"filtered\":true,\"severity\":\"high\"}}}}}",
                 d->message);
}

static void as_vllm(const struct dress *d, struct bytes *out) {
    bytes_printf(out,
                 "{\"object\":\"error\",\"message\":\"%s\",\"type\":\"%s\",\"param\":null,\"code\":"
                 "%d}",
                 d->message, d->status == 404 ? "NotFoundError" : "BadRequestError", d->status);
}

static void as_llamacpp(const struct dress *d, struct bytes *out) {
    const bool context = strcmp(d->wrong->what, "context") == 0;
    bytes_printf(out, "{\"error\":{\"code\":%d,\"message\":\"%s\",\"type\":\"%s\"}}", d->status,
                 context ? "the request exceeds the available context size. try increasing the "
                           "context size or enable context shift"
                         : d->message,
                 context ? "exceed_context_size_error" : INVALID);
}

static void as_ollama(const struct dress *d, struct bytes *out) {
    const bool model = strcmp(d->wrong->what, "model") == 0;
    bytes_printf(out,
                 "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"param\":null,\"code\":null}}",
                 model ? "model \\\"m\\\" not found, try pulling it first" : d->message,
                 d->status == 404 ? "not_found_error" : INVALID);
}

static void as_litellm(const struct dress *d, struct bytes *out) {
    bytes_printf(out,
                 "{\"error\":{\"message\":\"litellm.BadRequestError: OpenAIException - %s\","
                 "\"type\":null,\"param\":null,\"code\":\"%d\"}}",
                 d->message, d->status);
}

static void as_tgi(const struct dress *d, struct bytes *out) {
    bytes_printf(out, "{\"error\":\"Input validation error: %s\",\"error_type\":\"validation\"}",
                 d->message);
}

static void as_string(const struct dress *d, struct bytes *out) {
    bytes_printf(out, "{\"error\":\"%s\"}", d->message);
}

static void as_detail(const struct dress *d, struct bytes *out) {
    bytes_printf(out, "{\"detail\":\"%s\"}", d->message);
}

static void as_details(const struct dress *d, struct bytes *out) {
    const char *param = d->wrong->param != NULL ? d->wrong->param : d->wrong->what;
    bytes_printf(out,
                 "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"%s\"],\"msg\":"
                 "\"Extra inputs are not permitted\",\"input\":{}}]}",
                 param);
}

static void as_message(const struct dress *d, struct bytes *out) {
    bytes_printf(out, "{\"message\":\"%s\"}", d->message);
}

static void as_plain(const struct dress *d, struct bytes *out) {
    bytes_printf(out, "%s\n", d->message);
}

static void as_html(const struct dress *d, struct bytes *out) {
    bytes_printf(out,
                 "<html>\r\n<head><title>%d Bad Gateway</title></head>\r\n<body>\r\n<center><h1>"
                 "%d Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"
                 "</html>\r\n",
                 d->status, d->status);
}

static void as_empty(const struct dress *d, struct bytes *out) {
    (void)d;
    bytes_str(out, "");
}

static const struct {
    const char *name, *type;
    void (*put)(const struct dress *d, struct bytes *out);
} dresses[] = {
    {"openai", "application/json", as_openai},     {"azure", "application/json", as_azure},
    {"vllm", "application/json", as_vllm},         {"llamacpp", "application/json", as_llamacpp},
    {"ollama", "application/json", as_ollama},     {"litellm", "application/json", as_litellm},
    {"tgi", "application/json", as_tgi},           {"string", "application/json", as_string},
    {"detail", "application/json", as_detail},     {"details", "application/json", as_details},
    {"message", "application/json", as_message},   {"plain", "text/plain", as_plain},
    {"html", "text/html; charset=utf-8", as_html}, {"empty", "text/plain", as_empty},
};

static size_t dress_of(const struct line *l) {
    const char *as = line_value(l, "as");
    for (size_t i = 0; as != NULL && i < sizeof dresses / sizeof *dresses; i++) {
        if (strcmp(as, dresses[i].name) == 0) {
            return i;
        }
    }
    return 0;
}

/* The message, its model filled in; with the caller's key where the line says so. */
static void message_of(const struct line *l, const struct wrong *w, const struct ask *ask,
                       struct bytes *out) {
    const char *hole = strstr(w->message, "%s");
    struct bytes text = {0};
    bytes_add(&text, w->message, hole != NULL ? (size_t)(hole - w->message) : strlen(w->message));
    if (hole != NULL) {
        bytes_str(&text, ask->model);
        bytes_str(&text, hole + 2);
    }
    if (line_number(l, "echo", 0) != 0) {
        bytes_printf(&text, " Received: Authorization: Bearer %s, api-key=%s", ask->key, ask->key);
    }
    bytes_quoted(out, (struct span){text.p, text.n});
    bytes_clear(&text);
}

void error_body(const struct line *l, const struct ask *ask, int status, const char *what,
                struct bytes *out) {
    struct bytes message = {0};
    const struct wrong *w = wrong_of(what != NULL ? what : line_value(l, "what"), status);
    message_of(l, w, ask, &message);
    const struct dress d = {w, message.p, status};
    dresses[dress_of(l)].put(&d, out);
    bytes_clear(&message);
}

static void add_waits(const struct line *l, struct bytes *fields) {
    const char *retry = line_value(l, "retry");
    const char *ms = line_value(l, "retry_ms");
    const char *reset = line_value(l, "reset");
    if (retry != NULL && strncmp(retry, "date", 4) == 0) {
        const time_t now = time(NULL);
        const time_t later = now + (retry[4] == '+' ? (time_t)strtol(retry + 5, NULL, 10) : 0);
        char date[64];
        struct tm parts;
        gmtime_r(&later, &parts);
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        bytes_printf(fields, "Retry-After: %s\r\n", date);
    } else if (retry != NULL) {
        bytes_printf(fields, "Retry-After: %s\r\n", retry);
    }
    if (ms != NULL) {
        bytes_printf(fields, "retry-after-ms: %s\r\n", ms);
    }
    if (reset != NULL) {
        bytes_printf(fields,
                     "x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 0\r\n"
                     "x-ratelimit-reset-requests: %s\r\nx-ratelimit-remaining-tokens: 9000\r\n"
                     "x-ratelimit-reset-tokens: 6m0s\r\n",
                     reset);
    }
}

void error_reply(const struct line *l, const struct ask *ask, int status, const char *what,
                 struct reply *out) {
    out->status = line_number(l, "hidden", 0) != 0 ? 200 : status;
    out->type = dresses[dress_of(l)].type;
    add_waits(l, &out->fields);
    error_body(l, ask, status, what, &out->body);
}

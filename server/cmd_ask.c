/* cmd_ask.c: one question, or a session of them on a terminal. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "fail.h"
#include "trace.h"
#include "wire_objects.h"

/* More than a message may have; the library says so, and better than a cut would. */
#define INPUT_MAX_BYTES (4 * ESI_MESSAGE_MAX_CHARS + 4)

/* What a conversation on the command line carries from turn to turn. */
struct talk {
    esi_desk *desk;
    const struct settings *settings;
    esi_role role;
    struct term term;
    char session[ESI_ID_MAX + 1]; /* "" until the first reply */
    bool streamed;                /* text of this turn is on the screen */
    bool noted;                   /* what is going on stands on a line of its own */
    int ticks;                    /* about seconds that nothing was heard */
    char source[160];             /* title of the source that was named last */
    struct term_flow flow;
    pthread_t thread;       /* that asks */
    bool asking;            /* a turn is under way, shown on a terminal */
    struct outbuf warnings; /* of this turn: told below it, not in the middle of its text */
};

/* May be called by any thread; the desk's own go on while nothing is asked. */
static void keep_warnings(const esi_log_entry *entry, void *context) {
    struct talk *talk = context;
    if (!pthread_equal(talk->thread, pthread_self()) || !talk->asking) {
        log_warnings(entry, NULL);
    } else if (entry->level == ESI_LOG_WARN) {
        outbuf_text(&talk->warnings, entry->message);
        outbuf_char(&talk->warnings, '\n');
    }
}

static esi_err open_talk(struct talk *talk, esi_error *err) {
    esi_options options = talk->settings->desk;
    use_log(talk->settings, &options);
    talk->thread = pthread_self();
    if (talk->term.tty && !talk->settings->verbose) {
        options.log = keep_warnings;
        options.log_context = talk;
    }
    return esi_desk_open(&options, &talk->desk, err);
}

static void print_warnings(struct talk *talk) {
    if (talk->warnings.size > 0) {
        fflush(stdout);
        const struct term term = term_of(stderr);
        term_text(&term, TERM_DIM, talk->warnings.data);
    }
    outbuf_reset(&talk->warnings);
}

static void print_event_json(const esi_event *event) {
    static const char *const names[] = {"meta", "source", "delta", "replace", "tick", "done"};
    if (event->kind == ESI_EVENT_TICK || event->kind == ESI_EVENT_DONE ||
        (size_t)event->kind >= sizeof names / sizeof names[0]) {
        return;
    }
    struct outbuf out = OUTBUF_INIT;
    struct wire wire = {&out, false};
    wire_object(&wire, NULL);
    wire_text(&wire, "event", names[event->kind]);
    if (event->kind == ESI_EVENT_META) {
        wire_text(&wire, "sessionId", event->session_id);
    } else if (event->kind == ESI_EVENT_SOURCE) {
        wire_reference(&wire, "source", event->reference);
    } else if (event->kind == ESI_EVENT_DELTA) {
        wire_text_sized(&wire, "text", event->text, event->text_size);
    }
    wire_object_end(&wire);
    esi_error err;
    (void)!print_json(&out, &err);
    outbuf_clear(&out);
    fflush(stdout);
}

/* What is going on while there is no text yet. */
static void note(struct talk *talk) {
    const bool named = talk->source[0] != '\0';
    if (talk->streamed) {
        return;
    }
    talk->noted = true;
    if (talk->ticks == 0) {
        term_note(&talk->term, named ? "reading %s ..." : "looking it up ...", talk->source);
    } else {
        term_note(&talk->term, named ? "%s: writing, %d s ..." : "%sthinking, %d s ...",
                  talk->source, talk->ticks);
    }
}

static void note_end(struct talk *talk) {
    if (talk->noted) {
        term_note_end(&talk->term);
        talk->noted = false;
    }
}

static void show_event(struct talk *talk, const esi_event *event) {
    switch (event->kind) {
    case ESI_EVENT_META:
        note(talk);
        break;
    case ESI_EVENT_SOURCE:
        snprintf(talk->source, sizeof talk->source, "%s", event->reference->title);
        note(talk);
        break;
    case ESI_EVENT_TICK:
        talk->ticks++;
        note(talk);
        break;
    case ESI_EVENT_DELTA:
        note_end(talk);
        term_flow(&talk->term, &talk->flow, event->text, event->text_size);
        talk->streamed = true;
        break;
    case ESI_EVENT_REPLACE:
        note_end(talk);
        if (talk->streamed) {
            term_text(&talk->term, TERM_DIM,
                      "\n[the text above is withdrawn; this is the answer]\n\n");
        }
        talk->flow = (struct term_flow){0};
        break;
    case ESI_EVENT_DONE:
        note_end(talk);
        break;
    }
    fflush(stdout);
}

static int on_event(const esi_event *event, void *context) {
    struct talk *talk = context;
    if (talk->settings->json) {
        print_event_json(event);
    } else {
        show_event(talk, event);
    }
    return ferror(stdout) != 0;
}

static void print_sources(const struct talk *talk, const esi_reply *reply) {
    if (reply->reference_count == 0) {
        return;
    }
    term_text(&talk->term, TERM_BOLD, "\nSources\n");
    for (size_t i = 0; i < reply->reference_count; i++) {
        const esi_reference *source = reply->references[i];
        printf("  ");
        term_text(&talk->term, TERM_GREEN, source->id);
        if (source->version != NULL && source->version[0] != '\0') {
            printf(" ");
            term_text(&talk->term, TERM_PLAIN, source->version);
        }
        printf("  ");
        term_text(&talk->term, TERM_PLAIN, source->title);
        if (source->section != NULL && source->section[0] != '\0') {
            term_text(&talk->term, TERM_DIM, " | ");
            term_text(&talk->term, TERM_DIM, source->section);
        }
        printf("\n");
    }
}

static void print_open(const struct talk *talk, const esi_reply *reply) {
    if (reply->open_count == 0) {
        return;
    }
    term_text(&talk->term, TERM_BOLD, "\nLeft open\n");
    for (size_t i = 0; i < reply->open_count; i++) {
        printf("  - ");
        term_hanging(&talk->term, reply->open[i], 4, 4);
    }
}

/* Millionths as people write money: "0.0035", "1.20". */
static void money(int64_t millionths, char *out, size_t size) {
    snprintf(out, size, "%" PRId64 ".%06" PRId64, millionths / 1000000, millionths % 1000000);
    for (size_t n = strlen(out); n > 0 && out[n - 1] == '0' && out[n - 3] != '.'; n--) {
        out[n - 1] = '\0';
    }
}

/* Who wrote it, or why it isn't a model's, and what that took. */
static void print_model(const struct talk *talk, const esi_reply *reply) {
    const bool asked = reply->input_tokens + reply->output_tokens > 0;
    char line[256], cost[40];
    if (reply->fallback == NULL && !asked) {
        return;
    }
    int n = reply->fallback != NULL
                ? snprintf(line, sizeof line, "answered without a model: %s", reply->fallback)
                : snprintf(line, sizeof line, "%s", reply->model);
    if (asked && n >= 0 && (size_t)n < sizeof line) {
        n += snprintf(line + n, sizeof line - (size_t)n, ", %" PRId64 " + %" PRId64 " tokens",
                      reply->input_tokens, reply->output_tokens);
    }
    if (reply->cost > 0 && n >= 0 && (size_t)n < sizeof line) {
        money(reply->cost, cost, sizeof cost);
        snprintf(line + n, sizeof line - (size_t)n, ", %s", cost);
    }
    term_text(&talk->term, TERM_DIM, line);
    printf("\n");
}

static void print_outcome(const struct talk *talk, const esi_reply *reply) {
    const struct term *term = &talk->term;
    const esi_verdict *verdict = reply->guardrail;
    if (verdict != NULL && verdict->blocked) {
        term_text(term, TERM_RED, "\nBlocked");
        printf(": ");
        term_text(term, TERM_PLAIN, verdict->category);
        if (verdict->rule != NULL) {
            term_text(term, TERM_DIM, " by ");
            term_text(term, TERM_DIM, verdict->rule);
        }
    }
    const bool urgent = reply->severity >= ESI_SEVERITY_HIGH;
    printf("\n");
    term_text(term, TERM_BOLD, esi_tier_name(reply->tier));
    printf(" | severity ");
    term_text(term, urgent ? TERM_RED : TERM_BOLD, esi_severity_name(reply->severity));
    const char *coverage = esi_coverage_name(reply->coverage);
    printf(" | coverage %s", coverage[0] == '\0' ? "-" : coverage);
    if (reply->ticket_number > 0) {
        printf(" | ticket ");
        char number[24];
        snprintf(number, sizeof number, "#%" PRId64, reply->ticket_number);
        term_text(term, TERM_YELLOW, number);
    } else {
        printf(" | no ticket");
    }
    printf(" | category ");
    term_text(term, TERM_PLAIN, reply->category == NULL ? "-" : reply->category);
    printf("\n");
    print_model(talk, reply);
    term_text(term, TERM_DIM, "session ");
    term_text(term, TERM_DIM, reply->session_id);
    printf("\n");
}

static esi_err print_reply(const struct talk *talk, const esi_reply *reply, esi_error *err) {
    if (talk->settings->json) {
        struct outbuf out = OUTBUF_INIT;
        struct wire wire = {&out, false};
        wire_reply(&wire, reply, false);
        const esi_err code = print_json(&out, err);
        outbuf_clear(&out);
        return code;
    }
    if (talk->streamed) {
        printf("%s", talk->flow.column > 0 ? "\n" : "");
    } else {
        term_wrapped(&talk->term, reply->answer, 0);
    }
    print_open(talk, reply);
    print_sources(talk, reply);
    print_outcome(talk, reply);
    if (reply->trace_count > 0) {
        term_text(&talk->term, TERM_BOLD, "\nWhy\n");
        trace_print(&talk->term, reply, 2);
    }
    return ESI_OK;
}

static esi_err ask(struct talk *talk, const char *message, size_t size, esi_error *err) {
    const struct settings *settings = talk->settings;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = talk->session[0] == '\0' ? settings->session : talk->session;
    /* In a session on the terminal the id names the first question only. */
    request.request_id = talk->session[0] == '\0' ? settings->request_id : NULL;
    request.user_id = settings->user;
    request.role = talk->role;
    request.message = message;
    request.message_size = size;
    request.module = settings->module;
    request.explain = settings->explain;
    if (settings->stream || (talk->term.tty && !settings->json)) {
        request.on_event = on_event;
        request.event_context = talk;
    }
    talk->streamed = false;
    talk->ticks = 0;
    talk->source[0] = '\0';
    talk->flow = (struct term_flow){0};
    esi_reply *reply = NULL;
    talk->asking = true;
    esi_err code = esi_chat_ask(talk->desk, &request, &reply, err);
    talk->asking = false;
    note_end(talk);
    if (code != ESI_OK) {
        print_warnings(talk);
        return code;
    }
    snprintf(talk->session, sizeof talk->session, "%s", reply->session_id);
    code = print_reply(talk, reply, err);
    esi_reply_free(reply);
    fflush(stdout);
    print_warnings(talk);
    return code;
}

/* A session on a terminal, until its end of file. */
static int converse(struct talk *talk) {
    struct outbuf line = OUTBUF_INIT;
    bool cut = false;
    int outcome = EXIT_DONE;
    printf("Ask what you want to know. Ctrl-D ends the session.\n");
    for (;;) {
        term_text(&talk->term, TERM_BOLD, "\n> ");
        fflush(stdout);
        if (!read_line(stdin, &line, INPUT_MAX_BYTES, &cut)) {
            break;
        }
        if (line.data == NULL || line.data[strspn(line.data, " \t")] == '\0') {
            continue;
        }
        printf("\n");
        esi_error err = {0};
        if (ask(talk, line.data, line.size, &err) != ESI_OK) {
            outcome = complain(&err);
        }
    }
    printf("\n");
    outbuf_clear(&line);
    return outcome;
}

static void warn_if_empty(const struct talk *talk) {
    esi_health *health = NULL;
    esi_error err;
    if (esi_desk_health(talk->desk, &health, &err) != ESI_OK) {
        return;
    }
    if (health->store_ready && health->documents == 0) {
        fprintf(stderr, "esihelp: nothing is ingested yet, so nothing can be answered; "
                        "'esihelp ingest FOLDER' brings documents in\n");
    }
    esi_health_free(health);
}

static esi_err read_question(const struct settings *settings, struct outbuf *out, esi_error *err) {
    join_words(settings, 0, out);
    if (settings->arg_count == 0) {
        for (int c = getc(stdin); c != EOF && out->size < INPUT_MAX_BYTES; c = getc(stdin)) {
            outbuf_char(out, (char)c);
        }
        while (out->size > 0 && strchr("\r\n", out->data[out->size - 1]) != NULL) {
            out->data[--out->size] = '\0';
        }
    }
    return out->failed ? fail(err, ESI_ENOMEM, NULL, "out of memory") : ESI_OK;
}

int cmd_ask(struct settings *settings) {
    struct talk talk = {.settings = settings, .term = term_of(stdout), .warnings = OUTBUF_INIT};
    esi_error err = {0};
    if (read_role(settings, &talk.role, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    if (open_talk(&talk, &err) != ESI_OK) {
        return complain(&err);
    }
    warn_if_empty(&talk);
    int outcome = EXIT_DONE;
    const bool session = settings->arg_count == 0 && talk.term.tty && isatty(STDIN_FILENO) == 1;
    if (session && !settings->json) {
        outcome = converse(&talk);
    } else {
        struct outbuf question = OUTBUF_INIT;
        if (read_question(settings, &question, &err) != ESI_OK ||
            ask(&talk, question.data == NULL ? "" : question.data, question.size, &err) != ESI_OK) {
            outcome = complain(&err);
        }
        outbuf_clear(&question);
    }
    esi_desk_close(talk.desk);
    outbuf_clear(&talk.warnings);
    return outcome;
}

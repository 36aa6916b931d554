/* cmd_ask.c: one question, or a session of them on a terminal. */
#include <inttypes.h>
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
};

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

static int on_event(const esi_event *event, void *context) {
    struct talk *talk = context;
    if (talk->settings->json) {
        print_event_json(event);
    } else if (event->kind == ESI_EVENT_DELTA) {
        term_text(&talk->term, TERM_PLAIN, event->text);
        talk->streamed = true;
        fflush(stdout);
    } else if (event->kind == ESI_EVENT_REPLACE && talk->streamed) {
        term_text(&talk->term, TERM_DIM, "\n[the text above is withdrawn; this is the answer]\n");
        fflush(stdout);
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
    term_text(term, TERM_DIM, "\nsession ");
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
        printf("\n");
    } else {
        term_wrapped(&talk->term, reply->answer, 0);
    }
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
    if (settings->stream) {
        request.on_event = on_event;
        request.event_context = talk;
    }
    talk->streamed = false;
    esi_reply *reply = NULL;
    esi_err code = esi_chat_ask(talk->desk, &request, &reply, err);
    if (code != ESI_OK) {
        return code;
    }
    snprintf(talk->session, sizeof talk->session, "%s", reply->session_id);
    code = print_reply(talk, reply, err);
    esi_reply_free(reply);
    fflush(stdout);
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
    struct talk talk = {.settings = settings, .term = term_of(stdout)};
    esi_error err = {0};
    if (read_role(settings, &talk.role, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    if (open_desk(settings, &talk.desk, &err) != ESI_OK) {
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
    return outcome;
}

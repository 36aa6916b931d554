/* cmd_check.c: may this role ask that? One text, or lines of them. */
#include <string.h>

#include "body.h"
#include "cmd.h"
#include "fail.h"
#include "wire_objects.h"

/* A text of the largest size, each byte of it escaped as \u and four digits, and its id. */
#define LINE_MAX_BYTES (6 * ESI_TEXT_MAX_BYTES + 1024)

struct check {
    const struct settings *settings;
    esi_desk *desk;
    esi_role role;
    struct term term;
    struct outbuf out;
};

static void print_verdict(const struct check *check, const esi_verdict *verdict) {
    const struct term *term = &check->term;
    if (verdict->blocked) {
        term_text(term, TERM_RED, "blocked");
        printf("  ");
        term_text(term, TERM_BOLD, verdict->category);
        printf(" by ");
        term_text(term, TERM_PLAIN, verdict->rule);
        for (size_t i = 0; i < verdict->match_count; i++) {
            term_text(term, TERM_DIM, i == 0 ? "  matched: " : " | ");
            term_text(term, TERM_DIM, verdict->matches[i]);
        }
        printf("\n");
        if (verdict->reason != NULL) {
            term_wrapped(term, verdict->reason, 2);
        }
    } else {
        term_text(term, TERM_GREEN, "allowed\n");
    }
    if (check->settings->redact) {
        term_text(term, TERM_PLAIN, verdict->redacted);
        printf("\n");
    }
}

/* Checks one text and prints the verdict; `line` is the JSON that it came in, or NULL. */
static esi_err check_text(struct check *check, const char *text, size_t size,
                          const struct body *line, esi_error *err) {
    esi_guardrail_request request = ESI_GUARDRAIL_REQUEST_INIT;
    request.text = text;
    request.text_size = size;
    request.role = check->role;
    esi_verdict *verdict = NULL;
    esi_err code = esi_guardrail_check(check->desk, &request, &verdict, err);
    if (code != ESI_OK) {
        return code;
    }
    if (check->settings->json) {
        struct wire wire = {&check->out, false};
        wire_object(&wire, NULL);
        if (line != NULL) {
            body_echo(line, "id", &wire);
        }
        wire_verdict_fields(&wire, verdict, check->settings->redact);
        wire_object_end(&wire);
        code = print_json(&check->out, err);
    } else {
        print_verdict(check, verdict);
    }
    esi_verdict_free(verdict);
    return code;
}

static esi_err check_json(struct check *check, const struct outbuf *line, struct body **body,
                          esi_error *err) {
    const char *text = NULL;
    esi_err code = body_parse(line->data, line->size, body, err);
    if (code == ESI_OK) {
        code = body_text(*body, "text", &text, err);
    }
    if (code == ESI_OK && text == NULL) {
        code = fail(err, ESI_EINVAL, "/text", "the line has no text");
    }
    if (code == ESI_OK) {
        code = check_text(check, text, ESI_ZSTR, *body, err);
    }
    return code;
}

/* A line that can't be checked is answered in its place, so that input and output stay aligned. */
static esi_err print_refusal(struct check *check, const struct body *body, const esi_error *why,
                             esi_error *err) {
    struct wire wire = {&check->out, false};
    wire_object(&wire, NULL);
    if (body != NULL) {
        body_echo(body, "id", &wire);
    } else {
        wire_null(&wire, "id");
    }
    wire_error(&wire, "error", why);
    wire_object_end(&wire);
    return print_json(&check->out, err);
}

static int check_lines(struct check *check, FILE *file) {
    struct outbuf line = OUTBUF_INIT;
    bool cut = false;
    int outcome = EXIT_DONE;
    for (size_t number = 1; read_line(file, &line, LINE_MAX_BYTES, &cut); number++) {
        if (line.size == 0) {
            continue;
        }
        struct body *body = NULL;
        esi_error err = {0};
        esi_err code;
        if (cut || line.failed) {
            code =
                fail(&err, ESI_ETOOBIG, NULL, "the line is longer than %d bytes", LINE_MAX_BYTES);
        } else if (check->settings->json) {
            code = check_json(check, &line, &body, &err);
        } else {
            code = check_text(check, line.data, line.size, NULL, &err);
        }
        if (code != ESI_OK) {
            fprintf(stderr, "esihelp: line %zu: %s\n", number, err.message);
            outcome = exit_code(code);
            esi_error written;
            if (check->settings->json && print_refusal(check, body, &err, &written) != ESI_OK) {
                outcome = complain(&written);
            }
        }
        body_free(body);
        if (ferror(stdout)) {
            break;
        }
    }
    outbuf_clear(&line);
    return outcome;
}

static int check_words(struct check *check) {
    struct outbuf text = OUTBUF_INIT;
    esi_error err = {0};
    join_words(check->settings, 0, &text);
    esi_err code = text.failed ? fail(&err, ESI_ENOMEM, NULL, "out of memory")
                               : check_text(check, text.data, text.size, NULL, &err);
    outbuf_clear(&text);
    return code == ESI_OK ? EXIT_DONE : complain(&err);
}

int cmd_check(struct settings *settings) {
    struct check check = {.settings = settings, .term = term_of(stdout)};
    esi_error err = {0};
    if (read_role(settings, &check.role, &err) != ESI_OK) {
        return misuse("%s", err.message);
    }
    if (settings->file != NULL && settings->arg_count > 0) {
        return misuse("give a text or --file, not both");
    }
    const bool named = settings->file != NULL && strcmp(settings->file, "-") != 0;
    FILE *file = named ? fopen(settings->file, "r") : stdin;
    if (file == NULL) {
        (void)!fail(&err, ESI_ENOTFOUND, NULL, "can't open %.200s", settings->file);
        return complain(&err);
    }
    int outcome;
    /* The rules need no store, so none is opened or made. */
    settings->desk.store = ":memory:";
    settings->desk.open_degraded = true;
    if (open_desk(settings, &check.desk, &err) != ESI_OK) {
        outcome = complain(&err);
    } else if (settings->arg_count > 0) {
        outcome = check_words(&check);
    } else {
        outcome = check_lines(&check, file);
    }
    if (named) {
        fclose(file);
    }
    outbuf_clear(&check.out);
    esi_desk_close(check.desk);
    return outcome;
}

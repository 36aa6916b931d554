#include "cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "fail.h"

/* What each code means for a script, and for the person who reads the line. */
static const struct {
    esi_err code;
    int exit;
    const char *advice;
} OUTCOMES[] = {
    {ESI_EINVAL, EXIT_REFUSED, NULL},
    {ESI_ENOMEM, EXIT_FAILED, "free some memory, or lower --index-memory or --threads"},
    {ESI_ENOTFOUND, EXIT_NOT_FOUND, NULL},
    {ESI_EFORBIDDEN, EXIT_FORBIDDEN, NULL},
    {ESI_ECONFLICT, EXIT_FORBIDDEN, "look at it again and repeat"},
    {ESI_EINPROGRESS, EXIT_FORBIDDEN, "wait a moment and repeat"},
    {ESI_ETIMEOUT, EXIT_UNAVAILABLE, "try again, or give it longer with --deadline-ms"},
    {ESI_ECANCELLED, EXIT_FAILED, NULL},
    {ESI_EUNAVAILABLE, EXIT_UNAVAILABLE, "try again; 'esihelp doctor' says what is wrong"},
    {ESI_ETOOBIG, EXIT_REFUSED, "shorten it"},
    {ESI_EENCODING, EXIT_REFUSED, "save it as UTF-8, without NUL bytes"},
    {ESI_EPARSE, EXIT_REFUSED, NULL},
    {ESI_EPOLICY, EXIT_REFUSED, "mend the rule file; 'esihelp policy show' prints a good one"},
    {ESI_EIO, EXIT_STORE, "see that the path exists and that you may read and write it"},
    {ESI_ENOSPC, EXIT_STORE, "free some space on the disk and repeat"},
    {ESI_EREADONLY, EXIT_STORE, "name a store that can be written with --store"},
    {ESI_ECORRUPT, EXIT_STORE, "name another file with --store, or restore a copy"},
    {ESI_ENEWER, EXIT_STORE, "use the newer release of esihelp, or another --store"},
    {ESI_EDIM, EXIT_STORE, "see 'esihelp reembed --help'"},
    {ESI_EUPSTREAM, EXIT_UNAVAILABLE, "see the model's endpoint, or use --provider offline"},
    {ESI_EUNSUPPORTED, EXIT_REFUSED, "'esihelp version' says what this build can do"},
    {ESI_EMISMATCH, EXIT_REFUSED, "use a new --request-id"},
    {ESI_EAUTH, EXIT_FORBIDDEN, NULL},
    {ESI_EINTERNAL, EXIT_FAILED, "please report it"},
};

int exit_code(esi_err code) {
    for (size_t i = 0; i < sizeof OUTCOMES / sizeof OUTCOMES[0]; i++) {
        if (OUTCOMES[i].code == code) {
            return OUTCOMES[i].exit;
        }
    }
    return code == ESI_OK ? EXIT_DONE : EXIT_FAILED;
}

int complain(const esi_error *err) {
    const char *advice = NULL;
    /* What the program says itself says already what to do. */
    const bool own = strcmp(err->origin, FAIL_ORIGIN) == 0;
    for (size_t i = 0; i < sizeof OUTCOMES / sizeof OUTCOMES[0] && !own; i++) {
        if (OUTCOMES[i].code == err->code) {
            advice = OUTCOMES[i].advice;
        }
    }
    const struct term term = term_of(stderr);
    fflush(stdout);
    term_text(&term, TERM_RED, "esihelp: ");
    if (err->pointer[0] == '/' && !own) {
        term_text(&term, TERM_PLAIN, err->pointer + 1);
        fputs(": ", stderr);
    }
    term_text(&term, TERM_PLAIN, err->message[0] != '\0' ? err->message : esi_err_text(err->code));
    if (advice != NULL) {
        fprintf(stderr, "; %s", advice);
    }
    fputc('\n', stderr);
    return exit_code(err->code);
}

int misuse(const char *format, ...) {
    char line[256];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const struct term term = term_of(stderr);
    fflush(stdout);
    term_text(&term, TERM_RED, "esihelp: ");
    term_text(&term, TERM_PLAIN, line);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

void log_warnings(const esi_log_entry *entry, void *context) {
    (void)context;
    if (entry->level == ESI_LOG_WARN) {
        fprintf(stderr, "esihelp: warning: %s: %s\n", entry->origin, entry->message);
    }
}

static void log_all(const esi_log_entry *entry, void *context) {
    (void)context;
    fprintf(stderr, "%s %s %s: %s\n", entry->level == ESI_LOG_WARN ? "warn" : "debug",
            entry->request_id == NULL ? "-" : entry->request_id, entry->origin, entry->message);
}

void use_log(const struct settings *settings, esi_options *options) {
    options->log = settings->verbose ? log_all : log_warnings;
}

esi_err open_desk(const struct settings *settings, esi_desk **out, esi_error *err) {
    esi_options options = settings->desk;
    use_log(settings, &options);
    return esi_desk_open(&options, out, err);
}

esi_err read_role(const struct settings *settings, esi_role *out, esi_error *err) {
    esi_role role = ESI_ROLE_NONE;
    if (settings->role != NULL && esi_role_parse(settings->role, &role) != ESI_OK) {
        return fail(err, ESI_EINVAL, NULL,
                    "--role is not trainee, instructor, operator, support_engineer or admin");
    }
    *out = role;
    return ESI_OK;
}

void join_words(const struct settings *settings, size_t first, struct outbuf *out) {
    for (size_t i = first; i < settings->arg_count; i++) {
        if (i > first) {
            outbuf_char(out, ' ');
        }
        outbuf_text(out, settings->args[i]);
    }
}

bool read_line(FILE *file, struct outbuf *line, size_t max, bool *cut) {
    outbuf_reset(line);
    *cut = false;
    int c = getc(file);
    if (c == EOF) {
        return false;
    }
    for (; c != EOF && c != '\n'; c = getc(file)) {
        if (line->size < max) {
            outbuf_char(line, (char)c);
        } else {
            *cut = true;
        }
    }
    if (line->size > 0 && line->data[line->size - 1] == '\r') {
        line->data[--line->size] = '\0';
    }
    if (line->data == NULL) {
        outbuf_text(line, "");
    }
    return true;
}

esi_err read_file(const char *path, size_t max, struct outbuf *out, esi_error *err) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return fail(err, errno == ENOENT ? ESI_ENOTFOUND : ESI_EIO, NULL, "can't open %.200s: %s",
                    path, errno == ENOENT ? "there is no such file" : "it can't be read");
    }
    char part[1024];
    size_t size;
    while (out->size <= max && (size = fread(part, 1, sizeof part, file)) > 0) {
        outbuf_add(out, part, size);
    }
    const bool broken = ferror(file) != 0;
    fclose(file);
    if (broken) {
        return fail(err, ESI_EIO, NULL, "can't read %.200s", path);
    }
    if (out->size > max) {
        return fail(err, ESI_ETOOBIG, NULL, "%.200s is larger than %zu bytes", path, max);
    }
    return out->failed ? fail(err, ESI_ENOMEM, NULL, "out of memory") : ESI_OK;
}

esi_err print_json(struct outbuf *out, esi_error *err) {
    if (out->failed) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    fwrite(out->data, 1, out->size, stdout);
    fputc('\n', stdout);
    outbuf_reset(out);
    return ESI_OK;
}

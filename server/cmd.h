/* cmd.h: what the commands share. Each command is a function from settings to an exit code. */
#ifndef ESIHELP_SERVER_CMD_H
#define ESIHELP_SERVER_CMD_H

#include "options.h"
#include "outbuf.h"
#include "term.h"

/* Exit codes. They are a promise to scripts; README.md lists them. */
enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3,
    EXIT_REFUSED = 4,     /* input: too big, not UTF-8, not in its format */
    EXIT_UNAVAILABLE = 5, /* a store, a model or a port; too late; try again */
    EXIT_FORBIDDEN = 6,   /* this role may not, or it was changed meanwhile */
    EXIT_STORE = 7,       /* the store's file or disk */
    EXIT_MISSED = 8       /* an evaluation: too little is right */
};

int cmd_ask(struct settings *settings);
int cmd_ingest(struct settings *settings);
int cmd_kb_check(struct settings *settings);
int cmd_search(struct settings *settings);
int cmd_check(struct settings *settings);
int cmd_policy_show(struct settings *settings);
int cmd_policy_check(struct settings *settings);
int cmd_ticket_list(struct settings *settings);
int cmd_ticket_show(struct settings *settings);
int cmd_ticket_update(struct settings *settings);
int cmd_metrics(struct settings *settings);
int cmd_doctor(struct settings *settings);
int cmd_purge(struct settings *settings);
int cmd_reembed(struct settings *settings);
int cmd_erase(struct settings *settings);
int cmd_copy(struct settings *settings);
int cmd_migrate(struct settings *settings);
int cmd_eval_chat(struct settings *settings);
int cmd_serve(struct settings *settings);
int cmd_version(struct settings *settings);

/* Prints one line about a failure, with what to do where that is known; gives the exit code. */
int complain(const esi_error *err);
/* The exit code of a failure alone. */
int exit_code(esi_err code);
/* Prints one line about how the program was called; gives EXIT_USAGE. */
int misuse(const char *format, ...) ESI_PRINTF(1, 2);

/* Prints what is a warning to stderr, a line each; an esi_log_fn. */
void log_warnings(const esi_log_entry *entry, void *context);
/* Lets the log go to stderr. */
void use_log(const struct settings *settings, esi_options *options);
/* Opens the desk that the settings name; its log goes to stderr. */
esi_err open_desk(const struct settings *settings, esi_desk **out, esi_error *err) ESI_MUST_CHECK;

/* Reads --role; without it `out` is ESI_ROLE_NONE. Errors: ESI_EINVAL. */
esi_err read_role(const struct settings *settings, esi_role *out, esi_error *err) ESI_MUST_CHECK;

/* The words from `first` on, with a blank between them. */
void join_words(const struct settings *settings, size_t first, struct outbuf *out);

/* Reads a line of at most `max` bytes, without its end. What is longer is skipped to its end, and
 * `*cut` set. False at the end of the file. */
bool read_line(FILE *file, struct outbuf *line, size_t max, bool *cut);
/* Reads a whole file of at most `max` bytes. Errors: ESI_EIO, ESI_ENOTFOUND, ESI_ETOOBIG,
 * ESI_ENOMEM. */
esi_err read_file(const char *path, size_t max, struct outbuf *out, esi_error *err) ESI_MUST_CHECK;

/* Prints a line of JSON and empties the buffer. */
esi_err print_json(struct outbuf *out, esi_error *err) ESI_MUST_CHECK;

#endif

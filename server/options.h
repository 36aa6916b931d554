/* options.h: what the command line and the environment say. */
#ifndef ESIHELP_SERVER_OPTIONS_H
#define ESIHELP_SERVER_OPTIONS_H

#include <esihelp/esihelp.h>
#include <stdbool.h>
#include <stdio.h>

/* The commands, as bits, so that a row of the option table can name those that take it. */
enum {
    CMD_ASK = 1 << 0,
    CMD_INGEST = 1 << 1,
    CMD_KB_CHECK = 1 << 2,
    CMD_SEARCH = 1 << 3,
    CMD_CHECK = 1 << 4,
    CMD_POLICY_SHOW = 1 << 5,
    CMD_POLICY_CHECK = 1 << 6,
    CMD_TICKET_LIST = 1 << 7,
    CMD_TICKET_SHOW = 1 << 8,
    CMD_TICKET_UPDATE = 1 << 9,
    CMD_METRICS = 1 << 10,
    CMD_DOCTOR = 1 << 11,
    CMD_SERVE = 1 << 12,
    CMD_VERSION = 1 << 13,
    CMD_EVAL_CHAT = 1 << 14,
    CMD_PURGE = 1 << 15,
    CMD_ERASE = 1 << 16,
    CMD_COPY = 1 << 17,
    CMD_REEMBED = 1 << 18,
    CMD_MIGRATE = 1 << 19,
    CMD_ALL = (1 << 20) - 1
};

enum { SETTINGS_GIVEN = 2 }; /* words with a bit for each option */

/* Everything that can be set, with its default. Strings are the caller's (argv) or the
 * environment's. */
struct settings {
    esi_options desk;
    esi_options_memory *keep; /* owns the strings that the environment gave to desk */

    bool help;
    bool version;
    bool json;
    bool verbose;

    const char *role;
    const char *user;
    const char *session;
    const char *module;
    const char *request_id;
    bool stream;

    bool explain;
    bool prune;
    bool dry_run;
    bool drop_old;

    bool redact;
    const char *file;

    const char *status;
    const char *tier;
    const char *severity;
    const char *assignee;
    const char *comment;
    const char *query;
    const char *cursor;
    int32_t limit;
    int64_t if_version;

    const char *from;
    const char *to;
    const char *grant;

    const char *older_than;
    bool undelivered;

    const char *kb;
    const char *only;
    const char *baseline;
    const char *fail_under;
    int32_t repeat;
    int64_t shuffle; /* -1: not shuffled */

    const char *host;
    int32_t port;
    int32_t threads; /* 0: not named */
    int32_t grace_ms;
    bool trust_gateway;
    const char *gateway_from;
    char *gateway_secret; /* owned */

    uint64_t given[SETTINGS_GIVEN]; /* which rows of the option table the command line used */
    char **args; /* owned array of what isn't an option, the command's words first */
    size_t arg_count;
};

/* Reads the environment, then argv. On failure `settings` holds nothing to be cleared.
 * Errors: ESI_EINVAL with a message for the user, ESI_ENOMEM, and those of
 * esi_options_from_env. */
esi_err settings_read(struct settings *settings, int argc, char **argv,
                      esi_error *err) ESI_MUST_CHECK;
void settings_clear(struct settings *settings);

/* Reads what only the service is told (ESI_HOST, PORT, ...), where no option said otherwise. */
esi_err settings_read_service(struct settings *settings, esi_error *err) ESI_MUST_CHECK;

/* The name of the first option given that `command` (a bit) doesn't take; NULL: it takes all. */
const char *settings_misfit(const struct settings *settings, unsigned command);

/* Prints the options that a command takes. */
void settings_help(FILE *to, unsigned command);

#endif

#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

#define DEFAULT_HOST "127.0.0.1"
#define DEFAULT_PORT 8080
#define DEFAULT_GRACE_MS 35000
#define TOKENS_MOST INT64_C(1000000000000)
#define MONEY_MOST INT64_C(1000000000000000) /* millionths */
/* A secret in a file is a line. */
#define SECRET_MAX_BYTES 4096

#define CMD_TICKET (CMD_TICKET_LIST | CMD_TICKET_SHOW | CMD_TICKET_UPDATE)
#define CMD_NO_DESK (CMD_VERSION | CMD_POLICY_SHOW | CMD_POLICY_CHECK | CMD_COPY | CMD_MIGRATE)
#define CMD_DESK (CMD_ALL & ~CMD_NO_DESK)
#define CMD_ANSWERS (CMD_ASK | CMD_SERVE | CMD_DOCTOR | CMD_EVAL_CHAT)

/* MONEY goes into an int64_t, in millionths. */
enum kind { FLAG, TEXT, NUMBER32, NUMBER64, MONEY };

/* One option: how it is spelled, where it goes, who takes it. `env` is the variable that says the
 * same; those of the desk are read by the library, the rest by settings_read_service. */
struct row {
    const char *name;
    const char *value; /* what the help calls the value; NULL for a flag */
    enum kind kind;
    size_t offset;
    int64_t least, most;
    unsigned commands;
    const char *env;
    const char *help;
};

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct row ROWS[] = {
    {"role", "ROLE", TEXT, AT(role), 0, 0, CMD_ASK | CMD_SEARCH | CMD_CHECK | CMD_TICKET, NULL,
     "trainee, instructor, operator, support_engineer or admin"},
    {"user", "USER", TEXT, AT(user), 0, 0, CMD_ASK | CMD_TICKET, NULL, "who is asking"},
    {"session", "ID", TEXT, AT(session), 0, 0, CMD_ASK | CMD_TICKET_LIST, NULL,
     "the session to continue, or whose tickets to list"},
    {"module", "NAME", TEXT, AT(module), 0, 0, CMD_ASK, NULL,
     "where the person is on the platform"},
    {"request-id", "ID", TEXT, AT(request_id), 0, 0, CMD_ASK, NULL,
     "the same id twice gives the first answer again"},
    {"stream", NULL, FLAG, AT(stream), 0, 0, CMD_ASK, NULL,
     "print the answer as it comes, as a terminal does by itself"},
    {"explain", NULL, FLAG, AT(explain), 0, 0, CMD_ASK | CMD_INGEST | CMD_EVAL_CHAT, NULL,
     "say why: stage by stage, or what was understood of each section"},
    {"prune", NULL, FLAG, AT(prune), 0, 0, CMD_INGEST, NULL,
     "remove documents that are no longer in the folder"},
    {"dry-run", NULL, FLAG, AT(dry_run), 0, 0, CMD_INGEST | CMD_PURGE, NULL,
     "read and report, write nothing"},
    {"model", "NAME", TEXT, AT(desk.embedding_model), 0, 0, CMD_REEMBED, NULL,
     "model to make the vectors with, as --embedding-model"},
    {"drop-old", NULL, FLAG, AT(drop_old), 0, 0, CMD_REEMBED, NULL,
     "afterwards, remove the vectors of all other models"},
    {"redact", NULL, FLAG, AT(redact), 0, 0, CMD_CHECK, NULL,
     "also give the text with secrets and personal data masked"},
    {"file", "FILE", TEXT, AT(file), 0, 0, CMD_CHECK, NULL, "read lines from FILE"},
    {"status", "STATUS", TEXT, AT(status), 0, 0, CMD_TICKET_LIST | CMD_TICKET_UPDATE, NULL,
     "OPEN, IN_PROGRESS, RESOLVED or CLOSED"},
    {"tier", "TIER", TEXT, AT(tier), 0, 0, CMD_TICKET_LIST | CMD_TICKET_UPDATE, NULL,
     "TIER_0 to TIER_3"},
    {"severity", "SEVERITY", TEXT, AT(severity), 0, 0, CMD_TICKET_LIST | CMD_TICKET_UPDATE, NULL,
     "LOW, MEDIUM, HIGH or CRITICAL"},
    {"assignee", "USER", TEXT, AT(assignee), 0, 0, CMD_TICKET_LIST | CMD_TICKET_UPDATE, NULL,
     "who works on it; with update, an empty name is nobody"},
    {"comment", "TEXT", TEXT, AT(comment), 0, 0, CMD_TICKET_UPDATE, NULL,
     "kept in the history; needed to lower a tier or a severity"},
    {"if-version", "N", NUMBER64, AT(if_version), 1, INT64_MAX, CMD_TICKET_UPDATE, NULL,
     "refuse when the ticket has changed since version N"},
    {"query", "WORDS", TEXT, AT(query), 0, 0, CMD_TICKET_LIST, NULL,
     "words of summary or description"},
    {"cursor", "CURSOR", TEXT, AT(cursor), 0, 0, CMD_TICKET_LIST, NULL,
     "the page after the one that gave CURSOR"},
    {"limit", "N", NUMBER32, AT(limit), 1, ESI_LIST_MAX, CMD_TICKET_LIST | CMD_SEARCH, NULL,
     "how many to show, 1 to 100"},
    {"older-than", "AGE", TEXT, AT(older_than), 0, 0, CMD_PURGE, NULL,
     "what wasn't touched for so long, as 90d or 36h"},
    {"undelivered", NULL, FLAG, AT(undelivered), 0, 0, CMD_PURGE, NULL,
     "also events that nobody ever took"},
    {"grant", "ROLE", TEXT, AT(grant), 0, 0, CMD_MIGRATE, NULL,
     "give ROLE the rights that serving takes"},
    {"from", "DAY|STORE", TEXT, AT(from), 0, 0, CMD_METRICS | CMD_COPY, NULL,
     "metrics: first day, as 2026-11-01; copy: the store that is copied"},
    {"to", "DAY|STORE", TEXT, AT(to), 0, 0, CMD_METRICS | CMD_COPY, NULL,
     "metrics: last day, included; copy: the store that it goes to (ESI_STORE)"},

    {"kb", "FOLDER", TEXT, AT(kb), 0, 0, CMD_EVAL_CHAT, NULL,
     "documents to answer from, in place of the store's"},
    {"only", "IDS", TEXT, AT(only), 0, 0, CMD_EVAL_CHAT, NULL,
     "go through these alone, as vpn-03,disk-01"},
    {"repeat", "N", NUMBER32, AT(repeat), 1, 1000, CMD_EVAL_CHAT, NULL,
     "go through each N times; all must agree"},
    {"shuffle", "SEED", NUMBER64, AT(shuffle), 0, INT64_MAX, CMD_EVAL_CHAT, NULL,
     "in an order of chance, the same for the same SEED"},
    {"baseline", "FILE", TEXT, AT(baseline), 0, 0, CMD_EVAL_CHAT, NULL,
     "compare with what --json printed earlier"},
    {"fail-under", "PERCENT", TEXT, AT(fail_under), 0, 0, CMD_EVAL_CHAT, NULL,
     "how much must be right, as 95 or 92.5 (100)"},

    {"host", "ADDRESS", TEXT, AT(host), 0, 0, CMD_SERVE, "ESI_HOST",
     "address to listen on (127.0.0.1)"},
    {"port", "PORT", NUMBER32, AT(port), 0, 65535, CMD_SERVE, "PORT",
     "port to listen on (8080); 0 takes a free one"},
    {"threads", "N", NUMBER32, AT(threads), 1, 16384, CMD_SERVE | CMD_EVAL_CHAT, "ESI_THREADS",
     "how much is done at once (serve: 1024 connections, eval: as there are processors)"},
    {"grace-ms", "MS", NUMBER32, AT(grace_ms), 0, 600000, CMD_SERVE, "ESI_GRACE_MS",
     "how long a stop waits for answers under way (35000)"},
    {"trust-gateway", NULL, FLAG, AT(trust_gateway), 0, 0, CMD_SERVE, "ESI_TRUST_GATEWAY",
     "believe X-User and X-Role of a gateway that checked them"},
    {"gateway-from", "NETS", TEXT, AT(gateway_from), 0, 0, CMD_SERVE, "ESI_GATEWAY_FROM",
     "the gateway's addresses, as 10.0.0.5,10.1.0.0/16 (127.0.0.0/8)"},

    {"store", "STORE", TEXT, AT(desk.store), 0, 0, CMD_DESK | CMD_MIGRATE, "ESI_STORE",
     "where everything is kept: a file, :memory:, or postgres://..."},
    {"knowledge", "URL", TEXT, AT(desk.knowledge), 0, 0, CMD_DESK | CMD_COPY | CMD_MIGRATE,
     "CONNECTION_PG_VECTORDB", "a PostgreSQL database of its own for the knowledge base"},
    {"replica", "URL", TEXT, AT(desk.replica), 0, 0, CMD_DESK, "ESI_PG_REPLICA",
     "a standby of it, where searches are tried first"},
    {"connections", "N", NUMBER32, AT(desk.connections), 1, 1000, CMD_DESK | CMD_COPY | CMD_MIGRATE,
     "ESI_PG_CONNECTIONS", "connections to each database at most (8)"},
    {"prepare", "HOW", TEXT, AT(desk.prepare), 0, 0, CMD_DESK | CMD_COPY | CMD_MIGRATE,
     "ESI_PG_PREPARE", "are statements prepared under names: auto, on or off (auto)"},
    {"search", "WHO", TEXT, AT(desk.search), 0, 0, CMD_DESK | CMD_MIGRATE, "ESI_PG_SEARCH",
     "who searches: memory, or database for what doesn't fit into memory (memory)"},
    {"collection", "NAME", TEXT, AT(desk.collection), 0, 0, CMD_DESK, "CONNECTION_NAME",
     "collection of documents to use"},
    {"policy", "FILE", TEXT, AT(desk.policy), 0, 0,
     CMD_ALL & ~(CMD_VERSION | CMD_COPY | CMD_MIGRATE), "ESI_POLICY",
     "rule file to use instead of the rules compiled in"},
    {"platform", "NAME", TEXT, AT(desk.platform), 0, 0, CMD_ASK | CMD_SERVE | CMD_EVAL_CHAT,
     "ESI_PLATFORM",
     "what answers call the platform"},
    {"provider", "NAME", TEXT, AT(desk.provider), 0, 0, CMD_DESK, "ESI_PROVIDER",
     "offline or openai"},
    {"base-url", "URL", TEXT, AT(desk.base_url), 0, 0, CMD_DESK, "OPENAI_BASE_URL",
     "endpoint that speaks the OpenAI API"},
    {"chat-model", "NAME", TEXT, AT(desk.chat_model), 0, 0, CMD_ANSWERS, "ESI_CHAT_MODEL",
     "model that writes answers"},
    {"embedding-model", "NAME", TEXT, AT(desk.embedding_model), 0, 0, CMD_DESK,
     "ESI_EMBEDDING_MODEL", "model that makes vectors"},
    {"embedding-dimensions", "N", NUMBER32, AT(desk.embedding_dimensions), 1, 4096, CMD_DESK,
     "ESI_EMBEDDING_DIMENSIONS", "length of its vectors"},
    {"embedding-base-url", "URL", TEXT, AT(desk.embedding_base_url), 0, 0, CMD_DESK,
     "ESI_EMBEDDING_BASE_URL", "endpoint that makes them (--base-url)"},
    {"embedding-provider", "NAME", TEXT, AT(desk.embedding_provider), 0, 0, CMD_DESK,
     "ESI_EMBEDDING_PROVIDER", "who makes them: openai or offline (as they were made)"},
    {"endpoints", "FILE", TEXT, AT(desk.endpoints), 0, 0, CMD_DESK, "ESI_ENDPOINTS",
     "list of endpoints, in the order in which they are tried"},
    {"api-version", "VERSION", TEXT, AT(desk.api_version), 0, 0, CMD_DESK, "ESI_API_VERSION",
     "API version of an endpoint that is addressed as Azure's"},
    {"ca-file", "FILE", TEXT, AT(desk.ca_file), 0, 0, CMD_DESK, "ESI_CA_FILE",
     "certificates to trust, in place of the system's"},
    {"client-cert", "FILE", TEXT, AT(desk.client_cert), 0, 0, CMD_DESK, "ESI_CLIENT_CERT",
     "certificate to show to endpoints"},
    {"client-key", "FILE", TEXT, AT(desk.client_key), 0, 0, CMD_DESK, "ESI_CLIENT_KEY",
     "its key, where it stands in a file of its own"},
    {"proxy", "URL", TEXT, AT(desk.proxy), 0, 0, CMD_DESK, "ESI_PROXY",
     "way to endpoints (https_proxy, NO_PROXY)"},
    {"hedge-ms", "MS", NUMBER64, AT(desk.hedge_ms), 0, 600000, CMD_ANSWERS, "ESI_HEDGE_MS",
     "ask the next endpoint, too, after so long a silence; 0 never (0)"},
    {"answer-tokens", "N", NUMBER32, AT(desk.answer_tokens), 64, 16384, CMD_ANSWERS,
     "ESI_ANSWER_TOKENS", "tokens that a model's answer may have (700)"},
    {"session-tokens", "N", NUMBER64, AT(desk.session_tokens), 0, TOKENS_MOST, CMD_ANSWERS,
     "ESI_SESSION_TOKENS", "tokens that models may take for a session; 0 is no limit (0)"},
    {"day-tokens", "N", NUMBER64, AT(desk.day_tokens), 0, TOKENS_MOST, CMD_ANSWERS,
     "ESI_DAY_TOKENS", "tokens that they may take in a UTC day; 0 is no limit (0)"},
    {"session-cost", "MONEY", MONEY, AT(desk.session_cost), 0, MONEY_MOST, CMD_ANSWERS,
     "ESI_SESSION_COST", "what models may cost for a session, as 0.25; 0 is no limit (0)"},
    {"day-cost", "MONEY", MONEY, AT(desk.day_cost), 0, MONEY_MOST, CMD_ANSWERS, "ESI_DAY_COST",
     "what they may cost in a UTC day, as 12.50; 0 is no limit (0)"},
    {"prices", "FILE", TEXT, AT(desk.prices), 0, 0, CMD_ANSWERS, "ESI_PRICES",
     "table of prices to reckon with, in place of the one compiled in"},
    {"deadline-ms", "MS", NUMBER64, AT(desk.deadline_ms), 100, 600000, CMD_DESK,
     "ESI_DEADLINE_MS", "how long a call may take (30000)"},
    {"reserve-ms", "MS", NUMBER64, AT(desk.reserve_ms), 0, 600000, CMD_ANSWERS, "ESI_RESERVE_MS",
     "part of it kept for answering without the model (2000)"},
    {"history-messages", "N", NUMBER32, AT(desk.history_messages), 0, 50, CMD_ANSWERS,
     "ESI_HISTORY_MESSAGES", "earlier messages that a turn reads (12)"},
    {"passages", "N", NUMBER32, AT(desk.passages), 1, 12, CMD_ANSWERS, "ESI_PASSAGES",
     "passages that an answer may rest on (5)"},
    {"index-memory", "BYTES", NUMBER64, AT(desk.index_memory), 1, INT64_MAX, CMD_DESK,
     "ESI_INDEX_MEMORY", "memory that the search index may take (1 GiB)"},
    {"refresh-ms", "MS", NUMBER64, AT(desk.refresh_ms), 20, 60000, CMD_SERVE, "ESI_REFRESH_MS",
     "how often other processes' changes are looked for (500)"},
    {"open-degraded", NULL, FLAG, AT(desk.open_degraded), 0, 0, CMD_SERVE, "ESI_OPEN_DEGRADED",
     "start even when the store can't be reached"},
    {"read-only", NULL, FLAG, AT(desk.read_only), 0, 0, CMD_DESK, NULL, "never write to the store"},

    {"json", NULL, FLAG, AT(json), 0, 0, CMD_ALL, NULL, "print JSON"},
    {"verbose", NULL, FLAG, AT(verbose), 0, 0, CMD_ALL, NULL, "tell on stderr what is done"},
    {"help", NULL, FLAG, AT(help), 0, 0, CMD_ALL, NULL, "print this help"},
    {"version", NULL, FLAG, AT(version), 0, 0, CMD_ALL, NULL, "print the version"},
};
/* clang-format on */

enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };
_Static_assert(ROW_COUNT <= 64 * SETTINGS_GIVEN, "settings.given has a bit for each option");

static bool is_given(const struct settings *settings, size_t row) {
    return (settings->given[row / 64] >> row % 64 & 1) != 0;
}

/* A flag in the environment. */
static bool parse_bool(const char *text, bool *out) {
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    }
    return false;
}

/* An amount as people write it, "12" or "0.25", in millionths. */
static bool parse_money(const char *text, int64_t most, int64_t *out) {
    int64_t value = 0;
    int decimals = -1; /* before the point */
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '.' && decimals < 0 && at > text) {
            decimals = 0;
        } else if (*at < '0' || *at > '9' || decimals >= 6 || value > most) {
            return false;
        } else {
            value = value * 10 + (*at - '0');
            decimals += decimals >= 0;
        }
    }
    if (*text == '\0' || decimals == 0) {
        return false;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 6 && value <= most; i++) {
        value *= 10;
    }
    *out = value;
    return value <= most;
}

static esi_err store_value(struct settings *settings, const struct row *row, const char *said_as,
                           const char *text, esi_error *err) {
    char *const at = (char *)settings + row->offset;
    if (row->kind == TEXT) {
        memcpy(at, &text, sizeof text);
        return ESI_OK;
    }
    if (row->kind == FLAG) {
        bool value = true;
        if (text != NULL && !parse_bool(text, &value)) {
            return fail(err, ESI_EINVAL, NULL, "%s is neither yes nor no", said_as);
        }
        memcpy(at, &value, sizeof value);
        return ESI_OK;
    }
    if (row->kind == MONEY) {
        int64_t amount = 0;
        if (!parse_money(text, row->most, &amount)) {
            return fail(err, ESI_EINVAL, NULL, "%s is not an amount of money, as 12 or 0.25",
                        said_as);
        }
        memcpy(at, &amount, sizeof amount);
        return ESI_OK;
    }
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < row->least || value > row->most) {
        return fail(err, ESI_EINVAL, NULL, "%s is not a number from %" PRId64 " to %" PRId64,
                    said_as, row->least, row->most);
    }
    const int32_t value32 = (int32_t)value;
    const int64_t value64 = value;
    if (row->kind == NUMBER32) {
        memcpy(at, &value32, sizeof value32);
    } else {
        memcpy(at, &value64, sizeof value64);
    }
    return ESI_OK;
}

static const struct row *find_row(const char *name, size_t size) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strlen(ROWS[i].name) == size && memcmp(ROWS[i].name, name, size) == 0) {
            return &ROWS[i];
        }
    }
    return NULL;
}

/* Reads the option at argv[*at], and its value, which may be the next word. */
static esi_err read_option(struct settings *settings, int argc, char **argv, int *at,
                           esi_error *err) {
    const char *word = argv[*at];
    const char *name = strcmp(word, "-h") == 0 ? "help" : word + 2;
    const char *equals = strchr(name, '=');
    const size_t size = equals == NULL ? strlen(name) : (size_t)(equals - name);
    const struct row *row = find_row(name, size);
    if (row == NULL) {
        return fail(err, ESI_EINVAL, NULL, "there is no option %.60s", word);
    }
    const char *value = equals == NULL ? NULL : equals + 1;
    if (row->kind != FLAG && value == NULL) {
        if (*at + 1 >= argc) {
            return fail(err, ESI_EINVAL, NULL, "--%s needs a value (%s)", row->name, row->value);
        }
        value = argv[++*at];
    }
    const size_t at_row = (size_t)(row - ROWS);
    settings->given[at_row / 64] |= (uint64_t)1 << at_row % 64;
    char said_as[64];
    snprintf(said_as, sizeof said_as, "--%s", row->name);
    return store_value(settings, row, said_as, value, err);
}

static esi_err read_words(struct settings *settings, int argc, char **argv, esi_error *err) {
    bool options = true;
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        if (options && strcmp(word, "--") == 0) {
            options = false;
        } else if (options && (strncmp(word, "--", 2) == 0 || strcmp(word, "-h") == 0)) {
            const esi_err code = read_option(settings, argc, argv, &at, err);
            if (code != ESI_OK) {
                return code;
            }
        } else {
            settings->args[settings->arg_count++] = argv[at];
        }
    }
    return ESI_OK;
}

esi_err settings_read(struct settings *settings, int argc, char **argv, esi_error *err) {
    *settings = (struct settings){.desk = ESI_OPTIONS_INIT,
                                  .host = DEFAULT_HOST,
                                  .port = DEFAULT_PORT,
                                  .repeat = 1,
                                  .shuffle = -1,
                                  .grace_ms = DEFAULT_GRACE_MS};
    settings->args = calloc((size_t)argc + 1, sizeof *settings->args);
    if (settings->args == NULL) {
        return fail(err, ESI_ENOMEM, NULL, "out of memory");
    }
    esi_err code = esi_options_from_env(&settings->desk, &settings->keep, err);
    if (code == ESI_OK) {
        code = read_words(settings, argc, argv, err);
    }
    if (code != ESI_OK) {
        settings_clear(settings);
    }
    return code;
}

void settings_clear(struct settings *settings) {
    free(settings->args);
    free(settings->gateway_secret);
    esi_options_release(settings->keep);
    memset(settings, 0, sizeof *settings);
}

/* The gateway's secret, from the variable or the file that a second one names. It has no option:
 * what stands on a command line is seen by everybody on the machine. */
static esi_err read_secret(struct settings *settings, esi_error *err) {
    const char *text = getenv("ESI_GATEWAY_SECRET");
    const char *path = getenv("ESI_GATEWAY_SECRET_FILE");
    char line[SECRET_MAX_BYTES];
    if (text == NULL && path != NULL) {
        FILE *file = fopen(path, "r");
        const bool read = file != NULL && fgets(line, sizeof line, file) != NULL;
        if (file != NULL) {
            fclose(file);
        }
        if (!read) {
            return fail(err, ESI_EIO, NULL, "the file in ESI_GATEWAY_SECRET_FILE can't be read");
        }
        line[strcspn(line, "\r\n")] = '\0';
        text = line;
    }
    if (text == NULL) {
        return ESI_OK;
    }
    if (*text == '\0') {
        return fail(err, ESI_EINVAL, NULL, "the gateway's secret is empty");
    }
    settings->gateway_secret = strdup(text);
    return settings->gateway_secret != NULL ? ESI_OK : fail(err, ESI_ENOMEM, NULL, "out of memory");
}

/* The service's members stand together; the desk's variables are read by the library. */
static bool is_service_row(const struct row *row) {
    return row->offset >= AT(host) && row->offset <= AT(gateway_from);
}

esi_err settings_read_service(struct settings *settings, esi_error *err) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &ROWS[i];
        const bool named = is_service_row(row) && row->env != NULL;
        const char *text = named ? getenv(row->env) : NULL;
        if (text == NULL || *text == '\0' || is_given(settings, i)) {
            continue;
        }
        const esi_err code = store_value(settings, row, row->env, text, err);
        if (code != ESI_OK) {
            return code;
        }
    }
    return read_secret(settings, err);
}

const char *settings_misfit(const struct settings *settings, unsigned command) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (is_given(settings, i) && (ROWS[i].commands & command) == 0) {
            return ROWS[i].name;
        }
    }
    return NULL;
}

void settings_help(FILE *to, unsigned command) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &ROWS[i];
        if ((row->commands & command) == 0) {
            continue;
        }
        char left[48];
        snprintf(left, sizeof left, "--%s%s%s", row->name, row->value == NULL ? "" : " ",
                 row->value == NULL ? "" : row->value);
        fprintf(to, "  %-26s %s", left, row->help);
        const bool read = row->env != NULL && (!is_service_row(row) || command == CMD_SERVE);
        fprintf(to, read ? " [%s]\n" : "\n", row->env);
    }
}

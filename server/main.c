/* main.c: the esihelp program. Finds the command and calls it. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

/* One command. `second` is its second word, NULL where one is enough. */
struct command {
    const char *first;
    const char *second;
    unsigned bit;
    size_t least, most; /* words after the command's own */
    int (*run)(struct settings *settings);
    const char *usage;
    const char *summary;
    const char *examples;
};

#define MANY 4096

/* clang-format off */
static const struct command COMMANDS[] = {
    {"ask", NULL, CMD_ASK, 0, MANY, cmd_ask, "ask [QUESTION]",
     "answer a question from the knowledge base; without one, begin a session",
     "  esihelp ask \"The VPN drops every few minutes\"\n"
     "  esihelp ask --role trainee --session s-1 \"It still does\"\n"
     "  esihelp ask --json --module lab-7 \"My lab VM won't start\"\n"
     "  esihelp ask                       (a session on the terminal)\n"},
    {"ingest", NULL, CMD_INGEST, 1, 1, cmd_ingest, "ingest FOLDER",
     "bring a folder of Markdown documents into the knowledge base",
     "  esihelp ingest kb/\n"
     "  esihelp ingest --prune kb/        (also remove what is no longer there)\n"
     "  esihelp ingest --dry-run --explain kb/\n"},
    {"kb", "check", CMD_KB_CHECK, 1, 1, cmd_kb_check, "kb check FOLDER",
     "show what would be understood of a folder's documents; needs no store",
     "  esihelp kb check kb/\n"
     "  esihelp kb check --json kb/ > kb.json\n"},
    {"search", NULL, CMD_SEARCH, 1, MANY, cmd_search, "search WORDS",
     "find the sections that a question is about",
     "  esihelp search reset my password\n"
     "  esihelp search --role operator --limit 3 snapshot\n"},
    {"check", NULL, CMD_CHECK, 0, MANY, cmd_check, "check [TEXT]",
     "say whether the rules let a role ask that; without a text, read lines",
     "  esihelp check \"How do I read the other team's files?\"\n"
     "  esihelp check --redact \"my key is ...\"\n"
     "  esihelp check --redact --json < lines.jsonl   (lines of {\"id\",\"text\"})\n"},
    {"policy", "show", CMD_POLICY_SHOW, 0, 0, cmd_policy_show, "policy show",
     "print the rules in force as a rule file",
     "  esihelp policy show > policy.json\n"},
    {"policy", "check", CMD_POLICY_CHECK, 0, 1, cmd_policy_check, "policy check [FILE]",
     "say what is wrong with a rule file",
     "  esihelp policy check policy.json\n"},
    {"ticket", "list", CMD_TICKET_LIST, 0, 0, cmd_ticket_list, "ticket list",
     "list tickets, newest first",
     "  esihelp ticket list --status OPEN --severity HIGH\n"
     "  esihelp ticket list --session s-1 --json\n"},
    {"ticket", "show", CMD_TICKET_SHOW, 1, 1, cmd_ticket_show, "ticket show TICKET",
     "show one ticket, by its number or id, with its conversation",
     "  esihelp ticket show 12\n"},
    {"ticket", "update", CMD_TICKET_UPDATE, 1, 1, cmd_ticket_update, "ticket update TICKET",
     "change a ticket",
     "  esihelp ticket update 12 --status IN_PROGRESS --assignee alice\n"
     "  esihelp ticket update 12 --severity LOW --comment \"a workaround was found\"\n"},
    {"metrics", NULL, CMD_METRICS, 0, 0, cmd_metrics, "metrics",
     "count conversations, tickets, escalations and refusals",
     "  esihelp metrics\n"
     "  esihelp metrics --from 2026-11-01 --to 2026-11-30 --json\n"},
    {"doctor", NULL, CMD_DOCTOR, 0, 0, cmd_doctor, "doctor",
     "look the store, the knowledge base, the rules and the model over",
     "  esihelp doctor\n"},
    {"reembed", NULL, CMD_REEMBED, 0, 0, cmd_reembed, "reembed --model NAME",
     "make all vectors anew with another model, beside those that serve",
     "  esihelp reembed --model text-embedding-3-large\n"
     "  esihelp reembed --provider offline --drop-old   (also remove the former vectors)\n"
     "\nStopped or killed, it goes on at the next call. Services are to be started anew with that\n"
     "model afterwards; until then they answer from what they read before.\n"},
    {"purge", NULL, CMD_PURGE, 0, 0, cmd_purge, "purge --older-than AGE",
     "remove sessions and ended tickets that weren't touched for so long",
     "  esihelp purge --older-than 90d --dry-run\n"
     "  esihelp purge --older-than 90d\n"},
    {"erase", NULL, CMD_ERASE, 1, 1, cmd_erase, "erase USER",
     "remove everything of one person, at once and without asking",
     "  esihelp erase alice\n"
     "  esihelp erase --json alice\n"},
    {"migrate", NULL, CMD_MIGRATE, 0, 0, cmd_migrate, "migrate",
     "bring the store up to date, as its owner, and say what serving needs",
     "  esihelp migrate --store postgres://owner@db.example/esihelp\n"
     "  esihelp migrate --grant desk_serve\n"},
    {"copy", NULL, CMD_COPY, 0, 0, cmd_copy, "copy --from STORE --to STORE",
     "carry all that a store holds to another one, as from a file to PostgreSQL",
     "  esihelp copy --from esihelp.db --to postgres://desk@db.example/esihelp\n"
     "  CONNECTION_PG_DB_FILE=/run/secrets/db esihelp copy --from esihelp.db\n"
     "  (what was ended goes on where it was, by the same command)\n"},
    {"eval", "chat", CMD_EVAL_CHAT, 1, MANY, cmd_eval_chat, "eval chat FILE...",
     "hold the desk's answers against what a file of scenarios expects",
     "  esihelp eval chat scenarios.jsonl\n"
     "  esihelp eval chat --kb kb/ --policy policy.json scenarios.jsonl\n"
     "  esihelp eval chat --only vpn-03 --explain --verbose scenarios.jsonl\n"
     "  esihelp eval chat --json scenarios.jsonl > before.json\n"
     "  esihelp eval chat --baseline before.json scenarios.jsonl\n"
     "  esihelp eval chat --repeat 20 --shuffle 7 --fail-under 95 scenarios.jsonl\n"},
    {"serve", NULL, CMD_SERVE, 0, 0, cmd_serve, "serve",
     "answer over HTTP",
     "  esihelp serve\n"
     "  esihelp serve --port 0            (prints the free port that it took)\n"
     "  esihelp serve --trust-gateway --host 0.0.0.0 --gateway-from 10.0.0.5\n"},
    {"version", NULL, CMD_VERSION, 0, 0, cmd_version, "version",
     "print the version and what this build can do", "  esihelp version\n"},
};
/* clang-format on */

enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

static void print_overview(FILE *to) {
    fputs("usage: esihelp COMMAND [OPTIONS]\n\n", to);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(to, "  %-22s %s\n", COMMANDS[i].usage, COMMANDS[i].summary);
    }
    fputs("\nBegin with:\n"
          "  esihelp ingest kb/\n"
          "  esihelp ask \"The VPN drops every few minutes\"\n\n"
          "'esihelp COMMAND --help' tells more. Everything is kept in one file, or in\n"
          "PostgreSQL: --store or ESI_STORE names it; --json prints JSON; -- ends the options.\n"
          "Exit codes: 0 done, 1 failed, 2 wrong call, 3 not found, 4 input refused,\n"
          "5 unavailable, 6 not allowed or changed meanwhile, 7 the store's file or disk,\n"
          "8 an evaluation in which too little is right.\n",
          to);
}

static int print_help(const struct command *command) {
    if (command == NULL) {
        print_overview(stdout);
        return EXIT_DONE;
    }
    printf("usage: esihelp %s [OPTIONS]\n\n%s.\n\nExamples:\n%s\nOptions:\n", command->usage,
           command->summary, command->examples);
    settings_help(stdout, command->bit);
    return EXIT_DONE;
}

/* The command that the first words name; NULL: none. `word` says how many words it took. */
static const struct command *find_command(const struct settings *settings, size_t at,
                                          size_t *words) {
    const size_t left = settings->arg_count - at;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = &COMMANDS[i];
        if (left == 0 || strcmp(settings->args[at], command->first) != 0) {
            continue;
        }
        if (command->second == NULL) {
            *words = 1;
            return command;
        }
        if (left > 1 && strcmp(settings->args[at + 1], command->second) == 0) {
            *words = 2;
            return command;
        }
    }
    return NULL;
}

/* A first word that only goes with a second one, or none that is known. */
static int unknown_command(const struct settings *settings) {
    char seconds[64] = "";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = &COMMANDS[i];
        if (command->second != NULL && strcmp(command->first, settings->args[0]) == 0) {
            const size_t used = strlen(seconds);
            snprintf(seconds + used, sizeof seconds - used, "%s%s", used > 0 ? ", " : "",
                     command->second);
        }
    }
    if (seconds[0] != '\0') {
        return misuse("'%.40s' wants one more word: %s", settings->args[0], seconds);
    }
    return misuse("there is no command '%.40s'; 'esihelp --help' lists them", settings->args[0]);
}

static int run(struct settings *settings) {
    size_t words = 0;
    const bool asked = settings->arg_count > 0 && strcmp(settings->args[0], "help") == 0;
    const struct command *command = find_command(settings, asked ? 1 : 0, &words);
    if (settings->version) {
        return cmd_version(settings);
    }
    if (settings->help || asked) {
        return print_help(command);
    }
    if (settings->arg_count == 0) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (command == NULL) {
        return unknown_command(settings);
    }
    settings->args += words;
    settings->arg_count -= words;
    const char *misfit = settings_misfit(settings, command->bit);
    int code;
    if (misfit != NULL) {
        code = misuse("'%s' takes no --%s; see 'esihelp %s%s%s --help'", command->usage, misfit,
                      command->first, command->second == NULL ? "" : " ",
                      command->second == NULL ? "" : command->second);
    } else if (settings->arg_count < command->least || settings->arg_count > command->most) {
        code = misuse("usage: esihelp %s", command->usage);
    } else {
        code = command->run(settings);
    }
    settings->args -= words;
    return code;
}

/* Who closed the pipe that the output goes to needs no message about it. */
static bool reader_is_gone(void) {
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error to handle, not an end */
    struct settings settings;
    esi_error err = {0};
    if (settings_read(&settings, argc, argv, &err) != ESI_OK) {
        return misuse("%s; see 'esihelp --help'", err.message);
    }
    int code = run(&settings);
    settings_clear(&settings);
    if ((fflush(stdout) != 0 || ferror(stdout) != 0) && code == EXIT_DONE) {
        if (!reader_is_gone()) {
            misuse("the output can't be written; see that its disk has room");
        }
        code = EXIT_FAILED;
    }
    return code;
}

#include "pg_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../desk/fixture.h"
#include "base/clock.h"
#include "pg_control.h"

bool is_soak(void) {
    const char *soak = getenv("ESI_SOAK");
    return soak != NULL && strcmp(soak, "1") == 0;
}

/* ---- desks --------------------------------------------------------------------------------- */

static const char *port_in(const char *url) {
    const char *host = strchr(url, '@');
    const char *colon = host != NULL ? strchr(host, ':') : NULL;
    ck_assert_msg(colon != NULL, "no port in %s", url);
    return colon + 1;
}

int port_of_url(const char *url) {
    return (int)strtol(port_in(url), NULL, 10);
}

void url_through(const char *url, int port, char out[URL_MAX_SIZE]) {
    const char *at = port_in(url);
    snprintf(out, URL_MAX_SIZE, "%.*s%d%s", (int)(at - url), url, port,
             at + strspn(at, "0123456789"));
}

esi_options pg_options(const char *url) {
    esi_options options = ESI_OPTIONS_INIT;
    options.store = url;
    options.provider = "offline";
    options.deadline_ms = DEADLINE_MS;
    options.refresh_ms = 60000; /* what the refresher asks isn't to be counted */
    return options;
}

esi_desk *pg_open(const esi_options *options) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    must(esi_desk_open(options, &desk, &err), &err);
    return desk;
}

static void ask_url(const char *server, const char *role, const char *database,
                    char out[URL_MAX_SIZE]) {
    snprintf(out, URL_MAX_SIZE, "%s", pg_control("url %s %s %s", server, role, database));
}

static void make_database(struct pg_place *place) {
    static int count;
    snprintf(place->database, sizeof place->database, "test%ld_%d", (long)getpid(), ++count);
    pg_control("create %s", place->database);
    ask_url("main", "owner", place->database, place->owner);
    ask_url("main", "serve", place->database, place->serve);
    ask_url("main", "super", place->database, place->super);
}

static void fill(const esi_options *options) {
    esi_desk *desk = pg_open(options);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    esi_desk_close(desk);
}

void pg_place_make(struct pg_place *place) {
    make_database(place);
    const esi_options options = pg_options(place->owner);
    fill(&options);
}

void pg_places_make(struct pg_place *cases, struct pg_place *knowledge) {
    make_database(cases);
    make_database(knowledge);
    esi_options options = pg_options(cases->owner);
    options.knowledge = knowledge->owner;
    fill(&options);
}

void pg_place_by(const struct pg_place *place, const char *server, char out[URL_MAX_SIZE]) {
    ask_url(server, "serve", place->database, out);
}

/* ---- rows ---------------------------------------------------------------------------------- */

PGconn *sql_open(const char *url) {
    PGconn *sql = PQconnectdb(url);
    ck_assert_msg(PQstatus(sql) == CONNECTION_OK, "%s", PQerrorMessage(sql));
    return sql;
}

void sql_run(PGconn *sql, const char *statement) {
    PGresult *result = PQexec(sql, statement);
    const ExecStatusType status = PQresultStatus(result);
    ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", statement,
                  PQerrorMessage(sql));
    PQclear(result);
}

int64_t sql_int_of(PGconn *sql, const char *query, const char *argument) {
    PGresult *result = PQexecParams(sql, query, argument != NULL, NULL, &argument, NULL, NULL, 0);
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0, "%s: %s",
                  query, PQerrorMessage(sql));
    const int64_t n = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return n;
}

int64_t sql_int(PGconn *sql, const char *query) {
    return sql_int_of(sql, query, NULL);
}

void sql_until(PGconn *sql, const char *query, int64_t least) {
    const esi_wait wait = wait_for_ms(PATIENCE_MS, NULL);
    while (sql_int(sql, query) < least) {
        ck_assert_msg(!wait_over(&wait), "never %lld: %s", (long long)least, query);
        wait_sleep(&wait, 10);
    }
}

static void check_none(PGconn *sql, const char *const *queries) {
    for (; *queries != NULL; queries++) {
        const int64_t n = sql_int(sql, *queries);
        ck_assert_msg(n == 0, "%lld rows of: %s", (long long)n, *queries);
    }
}

void check_nothing_half(PGconn *sql) {
    static const char *const of_cases[] = {
        "SELECT count(*) FROM chat_sessions s WHERE 2 * turns <> "
        "(SELECT count(*) FROM chat_messages m WHERE m.session_id = s.id)",
        "SELECT count(*) FROM (SELECT 1 FROM chat_messages GROUP BY session_id, turn "
        "HAVING count(*) <> 2) x",
        "SELECT count(*) FROM chat_messages m WHERE from_desk AND blocked <> "
        "EXISTS (SELECT 1 FROM guardrails g WHERE g.message_id = m.id)",
        "SELECT count(*) FROM chat_messages m WHERE escalated AND NOT EXISTS "
        "(SELECT 1 FROM ticket_sessions t WHERE t.session_id = m.session_id)",
        "SELECT count(*) FROM tickets t WHERE NOT EXISTS "
        "(SELECT 1 FROM ticket_events e WHERE e.number = t.number AND e.kind = 'opened')",
        "SELECT count(*) FROM tickets t WHERE NOT EXISTS "
        "(SELECT 1 FROM ticket_sessions s WHERE s.number = t.number)",
        "SELECT (SELECT last FROM ticket_numbers) - (SELECT count(*) FROM tickets)",
        "SELECT count(*) FROM tickets t WHERE NOT EXISTS "
        "(SELECT 1 FROM outbox o WHERE o.kind = 'ticket.opened' AND o.subject = t.id::text)",
        NULL,
    };
    static const char *const of_kb[] = {
        "SELECT count(*) FROM kb_documents d WHERE sections <> "
        "(SELECT count(*) FROM kb_sections s WHERE s.document = d.number)",
        "SELECT count(*) FROM kb_sections s WHERE searched AND NOT EXISTS "
        "(SELECT 1 FROM embeddings e WHERE e.section = s.number)",
        NULL,
    };
    check_none(sql, of_cases);
    if (sql_int(sql, "SELECT count(to_regclass('kb_documents'))") == 1) {
        check_none(sql, of_kb);
    }
}

#include "store_contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef ESI_WITH_SQLITE
#include <sqlite3.h>
#endif

#include "base/clock.h"
#include "pg_control.h"
#include "store/store.h"

/* ---- the stores -------------------------------------------------------------------------- */

#ifdef ESI_WITH_SQLITE
static void sqlite_file_url(struct fixture *f) {
    const char *tmp = getenv("TMPDIR");
    snprintf(f->folder, sizeof f->folder, "%s/esihelp-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(f->folder));
    snprintf(f->url, sizeof f->url, "%s/desk.db", f->folder);
}

static void sqlite_file_remove(struct fixture *f) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[300];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(path, sizeof path, "%s%s", f->url, endings[i]);
        unlink(path);
    }
    rmdir(f->folder);
}

/* Every column of every table is asked, whatever its type. */
static int sqlite_file_count_text(const struct fixture *f, const char *text) {
    sqlite3 *db = NULL;
    sqlite3_stmt *columns = NULL;
    int found = 0;
    ck_assert_int_eq(sqlite3_open(f->url, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db,
                                        "SELECT t.name, c.name FROM sqlite_schema t, "
                                        "pragma_table_info(t.name) c WHERE t.type = 'table'",
                                        -1, &columns, NULL),
                     SQLITE_OK);
    while (sqlite3_step(columns) == SQLITE_ROW) {
        char *sql = sqlite3_mprintf(
            "SELECT EXISTS (SELECT 1 FROM \"%w\" WHERE instr(CAST(\"%w\" AS TEXT), %Q) > 0)",
            sqlite3_column_text(columns, 0), sqlite3_column_text(columns, 1), text);
        sqlite3_stmt *stmt = NULL;
        ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
        ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
        found += sqlite3_column_int(stmt, 0);
        sqlite3_finalize(stmt);
        sqlite3_free(sql);
    }
    sqlite3_finalize(columns);
    sqlite3_close(db);
    return found;
}

static void memory_url(struct fixture *f) {
    snprintf(f->url, sizeof f->url, ":memory:");
}

static void memory_remove(struct fixture *f) {
    (void)f;
}
#endif

#define READY "contract_ready" /* a database with the schema, to be copied */

/* Opens it once as the owner does who may change the schema, and closes it. */
static void migrate(struct fixture *f, const char *url) {
    const esi_store_config config = {
        .size = sizeof config, .url = url, .migrate = true, .wait = f->wait};
    ASSERT_OK(f, store_find(url, &f->ops, &f->err));
    ASSERT_OK(f, f->ops->open(&config, &f->store, &f->err));
    f->ops->close(f->store);
}

/* A database of its own, used by the role that may only read and write rows. */
static void pg_url(struct fixture *f, const char *server) {
    static unsigned made;
    char line[256], answer[PG_CONTROL_MAX];
    snprintf(f->name, sizeof f->name, "contract_%ld_%u", (long)getpid(), ++made);
    snprintf(line, sizeof line, "create %s " READY, f->name);
    if (!pg_control_ask(line, answer)) {
        migrate(f, pg_control("create " READY));
        pg_control("%s", line);
    }
    snprintf(f->url, sizeof f->url, "%s", pg_control("url %s serve %s", server, f->name));
}

static void pg_direct_url(struct fixture *f) {
    pg_url(f, "main");
}

static void pg_bouncer_url(struct fixture *f) {
    pg_url(f, "bouncer");
}

static void pg_remove(struct fixture *f) {
    pg_control("drop %s", f->name);
}

/* As above: how many columns of any table have it in one of their rows. */
static int pg_count_text(const struct fixture *f, const char *text) {
    char quoted[256];
    size_t used = 0;
    for (const char *c = text; *c != '\0' && used < sizeof quoted - 2; c++) {
        quoted[used++] = *c;
        if (*c == '\'') {
            quoted[used++] = *c;
        }
    }
    quoted[used] = '\0';
    return atoi(pg_control(
        "sql main %s SELECT sum((xpath('//n/text()', query_to_xml(format('SELECT EXISTS (SELECT "
        "FROM %%I.%%I WHERE strpos(%%I::text, %%L) > 0)::int AS n', table_schema, table_name, "
        "column_name, '%s'), false, true, '')))[1]::text::int) FROM information_schema.columns "
        "JOIN information_schema.tables USING (table_schema, table_name) WHERE table_type = "
        "'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
        f->name, quoted));
}

struct row {
    const char *name;
    bool lasts;
    bool migrated;                   /* f->url names a store that has its schema */
    void (*make)(struct fixture *f); /* names a fresh, empty store in f->url */
    void (*remove)(struct fixture *f);
    int (*count_text)(const struct fixture *f, const char *text); /* NULL: it can't be looked at */
};

static const struct row rows[] = {
#ifdef ESI_WITH_SQLITE
    {"sqlite, a file", true, false, sqlite_file_url, sqlite_file_remove, sqlite_file_count_text},
    {"sqlite, in memory", false, false, memory_url, memory_remove, NULL},
#endif
    {"postgres", true, true, pg_direct_url, pg_remove, pg_count_text},
    {"postgres, behind PgBouncer", true, true, pg_bouncer_url, pg_remove, pg_count_text},
};
enum { PG_ROWS = 2, SQLITE_ROWS = (int)(sizeof rows / sizeof *rows) - PG_ROWS };

int store_row_count(void) {
    return pg_missing() == NULL ? PG_ROWS : SQLITE_ROWS;
}

static const struct row *row_of(const struct fixture *f) {
    return &rows[f->row + (pg_missing() == NULL ? SQLITE_ROWS : 0)];
}

static void open_store(struct fixture *f) {
    const esi_store_config config = {
        .size = sizeof config, .url = f->url, .migrate = !row_of(f)->migrated, .wait = f->wait};
    ASSERT_OK(f, store_find(f->url, &f->ops, &f->err));
    ASSERT_OK(f, f->ops->open(&config, &f->store, &f->err));
}

void fixture_open(struct fixture *f, int row) {
    *f = (struct fixture){.row = row, .wait = wait_for_ms(10000, NULL)};
    f->lasts = row_of(f)->lasts;
    row_of(f)->make(f);
    open_store(f);
}

void fixture_reopen(struct fixture *f) {
    f->ops->close(f->store);
    open_store(f);
}

void fixture_close(struct fixture *f) {
    f->ops->close(f->store);
    row_of(f)->remove(f);
    arena_clear(&f->arena);
}

void fixture_be_durable(bool durable) {
    if (pg_missing() == NULL) {
        const char *value = durable ? "on" : "off";
        pg_control("conf main fsync=%s full_page_writes=%s", value, value);
    }
}

int fixture_count_text(const struct fixture *f, const char *text) {
    return row_of(f)->count_text != NULL ? row_of(f)->count_text(f, text) : -1;
}

/* ---- things to write --------------------------------------------------------------------- */

const esi_store_space a_space = {"test", 4};

const char *fixture_id(struct fixture *f) {
    return arena_printf(&f->arena, "01990000-0000-7000-8000-%012x", ++f->ids);
}

esi_claim no_claim(void) {
    return (esi_claim){.caller = "alice"};
}

esi_claim a_claim(const char *caller, const char *request_id, uint8_t body) {
    esi_claim claim = {.caller = caller, .request_id = request_id, .lease_ms = 1000};
    memset(claim.body_hash, body, sizeof claim.body_hash);
    return claim;
}

esi_session_query a_query(const char *session_id, const char *user_id) {
    return (esi_session_query){.session_id = session_id,
                               .user_id = user_id,
                               .history = 12,
                               .claim = no_claim(),
                               .collection = COLLECTION,
                               .now_ms = NOW};
}

esi_store_turn a_turn(struct fixture *f, const char *session_id, int64_t expect_turns) {
    static const char *const rules[] = {"policy:trouble", "kb:vpn#dropped"};
    static const esi_store_reference references[] = {
        {"kb-vpn", "Using the VPN", "2.1", "VPN > Dropped connections", {1, 2, 3}, 0.71},
        {"kb-net", "The network", "", "Network", {4}, 0.5},
    };
    return (esi_store_turn){.session_id = session_id,
                            .user_id = "alice",
                            .user_role = "trainee",
                            .module = "lab-7",
                            .expect_turns = expect_turns,
                            .issues = "{\"issues\":[]}",
                            .user_message_id = fixture_id(f),
                            .user_text = "The VPN drops",
                            .message_id = fixture_id(f),
                            .answer = "Choose the range profile.",
                            .act = ESI_ACT_TROUBLE,
                            .coverage = ESI_COVERAGE_COVERED,
                            .category = "network",
                            .tier = ESI_TIER_0,
                            .severity = ESI_SEVERITY_LOW,
                            .confidence = 0.75,
                            .rules = {rules, 2},
                            .model = "offline",
                            .input_tokens = 10,
                            .output_tokens = 20,
                            .elapsed_ms = 3,
                            .references = references,
                            .reference_count = 2,
                            .claim = no_claim(),
                            .now_ms = NOW};
}

esi_store_new_ticket a_ticket(struct fixture *f, const char *session_id, const char *category) {
    static const char *const rules[] = {"policy:lost-work"};
    static const esi_pair references[] = {{"kb-vpn", "Using the VPN"}};
    static const esi_pair details[] = {{"Seat number", "B12"}, {"Error message", NULL}};
    static const esi_pair context[] = {{"channel", "portal"}};
    static const esi_store_attempt attempts[] = {{"Restart the client", NOW - 60000, false}};
    return (esi_store_new_ticket){.id = fixture_id(f),
                                  .session_id = session_id,
                                  .user_id = "alice",
                                  .user_role = "trainee",
                                  .category = category,
                                  .kind = "trouble",
                                  .summary = "The VPN drops in lab 7",
                                  .description = "Every few minutes",
                                  .module = "lab-7",
                                  .tier = ESI_TIER_1,
                                  .severity = ESI_SEVERITY_MEDIUM,
                                  .confidence = 0.5,
                                  .rules = {rules, 1},
                                  .references = {references, 1},
                                  .details = {details, 2},
                                  .context = {context, 1},
                                  .attempts = attempts,
                                  .attempt_count = 1,
                                  .due_at_ms = NOW + 3600000,
                                  .now_ms = NOW};
}

esi_store_document a_document(struct fixture *f, const char *id, size_t sections, float mark) {
    esi_store_section *rows_of = ARENA_ARRAY(&f->arena, sections, esi_store_section);
    for (size_t i = 0; i < sections; i++) {
        float *vector = ARENA_ARRAY(&f->arena, 4, float);
        vector[0] = mark;
        vector[1] = (float)i;
        vector[3] = -0.5F;
        rows_of[i] = (esi_store_section){.id = fixture_id(f),
                                         .ordinal = (int32_t)i,
                                         .line = (int32_t)(10 * i + 1),
                                         .heading = arena_printf(&f->arena, "%s > part %zu", id, i),
                                         .text = arena_printf(&f->arena, "text %zu of %s", i, id),
                                         .note = i % 2 == 0 ? "{\"steps\":[]}" : NULL,
                                         .hash = {(uint8_t)i, 7},
                                         .vector = vector};
    }
    return (esi_store_document){.id = id,
                                .source = arena_printf(&f->arena, "%s.md", id),
                                .scope = "/kb",
                                .title = arena_printf(&f->arena, "Title of %s", id),
                                .version = "1.0",
                                .updated = "2026-09-01",
                                .standing = "current",
                                .language = "en",
                                .roles = 6,
                                .meta = "{\"tags\":[\"vpn\"]}",
                                .hash = {9, 9, (uint8_t)mark},
                                .sections = rows_of,
                                .section_count = sections};
}

/* ---- visits ------------------------------------------------------------------------------ */

esi_session_view load(struct fixture *f, const char *session_id, const char *user_id) {
    const esi_session_query query = a_query(session_id, user_id);
    esi_session_view view;
    ASSERT_OK(f, f->ops->session_load(f->store, &query, &f->wait, &f->arena, &view, &f->err));
    return view;
}

esi_store_turn_result commit(struct fixture *f, const esi_store_turn *turn) {
    esi_store_turn_result result;
    ASSERT_OK(f, f->ops->turn_commit(f->store, turn, &f->wait, &f->arena, &result, &f->err));
    return result;
}

void put_document(struct fixture *f, const esi_store_document *document) {
    ASSERT_OK(f,
              f->ops->kb_upsert(f->store, COLLECTION, &a_space, document, NOW, &f->wait, &f->err));
}

int64_t kb_version(struct fixture *f) {
    int64_t version;
    esi_store_space space;
    ASSERT_OK(f, f->ops->kb_version(f->store, COLLECTION, &f->wait, &f->arena, &version, &space,
                                    &f->err));
    return version;
}

esi_store_metrics metrics(struct fixture *f, int64_t from_ms, int64_t to_ms) {
    esi_store_metrics sums;
    ASSERT_OK(f, f->ops->metrics(f->store, from_ms, to_ms, &f->wait, &f->arena, &sums, &f->err));
    return sums;
}

esi_store_ticket ticket_of(struct fixture *f, const char *id) {
    const esi_store_ticket_query query = {.id = id, .see_all = true};
    esi_store_ticket ticket;
    ASSERT_OK(f, f->ops->ticket_get(f->store, &query, &f->wait, &f->arena, &ticket, &f->err));
    return ticket;
}

/* Memory runs out in any place of a search by the database: it is told or survived, nothing is left
 * behind, and the next search goes right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <esihelp/esihelp.h>

#include "fail_alloc.h"
#include "pg_control.h"
#include "tap.h"

#define LIMIT 20000 /* allocations of one search: far more than there are */
#define STEP 3      /* of the later ones every third: they are alike */

static const char printing[] =
    "---\nid: doc-print\ntitle: Printing\n---\n# Printing\n\n## Printer shows a paper jam\n\n"
    "1. Open the rear flap of the printer.\n2. See doc-badge for the door.\n\n## Paper\n\nA4.\n";
static const char badges[] =
    "---\nid: doc-badge\ntitle: Door badges\n---\n# Door badges\n\n## Badge is not read\n\n"
    "1. Hold the badge flat against the reader for two seconds.\n";

static esi_desk *desk;
static esi_error err;

static void must(esi_err rc) {
    ck_assert_msg(rc == ESI_OK, "%s: %s", esi_err_name(rc), err.message);
}

static void put(const char *name, const char *text) {
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.name = name;
    source.text = text;
    must(esi_kb_ingest(desk, &source, &report, &err));
    esi_kb_report_free(report);
}

static void open_desk(void) {
    pg_control("create far_fault");
    char url[512];
    snprintf(url, sizeof url, "%s", pg_control("url main owner far_fault"));
    esi_options options = ESI_OPTIONS_INIT;
    options.store = url;
    options.provider = "offline";
    options.search = "database";
    options.refresh_ms = 60000; /* nobody else allocates meanwhile */
    must(esi_desk_open(&options, &desk, &err));
    put("print.md", printing);
    put("badge.md", badges);
}

static void close_desk(void) {
    esi_desk_close(desk);
    pg_control("drop far_fault");
}

static esi_err search(size_t *count, esi_error *said) {
    esi_kb_hits *hits = NULL;
    esi_kb_query query = ESI_KB_QUERY_INIT;
    query.text = "the printer has a paper jam";
    const esi_err rc = esi_kb_search(desk, &query, &hits, said);
    if (rc == ESI_OK) {
        *count = hits->count;
    }
    esi_kb_hits_free(hits);
    return rc;
}

static esi_err ask(size_t *count, esi_error *said) {
    esi_reply *reply = NULL;
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.message = "The printer reports a paper jam";
    const esi_err rc = esi_chat_ask(desk, &request, &reply, said);
    if (rc == ESI_OK) {
        *count = reply->reference_count;
    }
    esi_reply_free(reply);
    return rc;
}

static esi_err (*const works[])(size_t *, esi_error *) = {search, ask};

START_TEST(allocations_fail_one_by_one) {
    open_desk();
    bool failed = true;
    for (size_t n = 1; failed && n < LIMIT; n += n < 500 ? 1 : STEP) {
        size_t count = 0;
        esi_error said = {0};
        fail_own_arm(n);
        const esi_err rc = works[_i](&count, &said);
        failed = fail_own_disarm();
        ck_assert_msg(rc == ESI_OK || (failed && rc == ESI_ENOMEM), "allocation %zu: %d %s", n,
                      (int)rc, said.message);
    }
    ck_assert(!failed);
    size_t count = 0;
    must(works[_i](&count, &err));
    ck_assert_uint_gt(count, 0);
    close_desk();
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_far");
    tcase_add_loop_test(t, allocations_fail_one_by_one, 0, 2);
    return tap_run("fault/pg_far", t);
}

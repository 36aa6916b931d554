/* Memory runs out in any place of the knowledge base on PostgreSQL: it is told, nothing is half,
 * and the next call goes right. */
#include <stdlib.h>

#include "base/clock.h"
#include "fail_alloc.h"
#include "pg_control.h"
#include "store_contract.h"
#include "tap.h"

#define LIMIT 5000 /* allocations of one piece of work: far more than there are */
#define SECTIONS 4

/* A store with one document, and another version of it. */
struct scene {
    struct fixture f;
    esi_arena scratch; /* a visit's own */
    esi_store_document document, other;
};

typedef esi_err (*work_fn)(struct scene *s);

static const esi_store_space next_space = {"next", 2};

static esi_err see(const esi_store_document *d, bool gone, void *context, esi_error *err) {
    size_t *sections = context;
    (void)err;
    *sections += gone ? 0 : d->section_count;
    return ESI_OK;
}

static esi_err changes(struct scene *s) {
    size_t sections = 0;
    int64_t version;
    return s->f.ops->kb_changes(s->f.store, COLLECTION, 0, &s->f.wait, see, &sections, &version,
                                &s->f.err);
}

static esi_err upsert(struct scene *s) {
    return s->f.ops->kb_upsert(s->f.store, COLLECTION, &a_space, &s->document, NOW, &s->f.wait,
                               &s->f.err);
}

static esi_err load_two(struct scene *s) {
    const esi_store_document both[] = {s->document, s->other};
    return s->f.ops->kb_load(s->f.store, COLLECTION, &a_space, both, 2, NOW, &s->f.wait, &s->f.err);
}

static esi_err fetch(struct scene *s) {
    const char *ids[] = {s->document.sections[0].id, s->document.sections[1].id};
    const esi_store_passage *passages;
    size_t count;
    return s->f.ops->kb_fetch(s->f.store, COLLECTION, ids, 2, &s->f.wait, &s->scratch, &passages,
                              &count, &s->f.err);
}

static esi_err look(struct scene *s) {
    const esi_store_entry *entries;
    size_t count;
    int64_t version;
    esi_store_space space;
    const esi_err rc = s->f.ops->kb_entries(s->f.store, COLLECTION, NULL, &s->f.wait, &s->scratch,
                                            &entries, &count, &s->f.err);
    return rc != ESI_OK ? rc
                        : s->f.ops->kb_version(s->f.store, COLLECTION, &s->f.wait, &s->scratch,
                                               &version, &space, &s->f.err);
}

static esi_err take_away(struct scene *s) {
    const char *const ids[] = {"nothing"};
    size_t removed;
    return s->f.ops->kb_remove(s->f.store, COLLECTION, ids, 1, NOW, &s->f.wait, &removed,
                               &s->f.err);
}

static esi_err move_and_back(struct scene *s) {
    static const float vector[] = {1, 2};
    const esi_store_missing_query query = {next_space, NULL, 10};
    const esi_store_passage *passages;
    esi_store_vector vectors[10];
    size_t count = 0;
    int64_t missing;
    const esi_store_ops *ops = s->f.ops;
    esi_err rc =
        ops->space_begin(s->f.store, COLLECTION, &next_space, &s->f.wait, &missing, &s->f.err);
    if (rc == ESI_OK) {
        rc = ops->space_missing(s->f.store, COLLECTION, &query, &s->f.wait, &s->scratch, &passages,
                                &count, &s->f.err);
    }
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        vectors[i] = (esi_store_vector){passages[i].section_id, vector};
    }
    if (rc == ESI_OK) {
        rc = ops->space_put(s->f.store, COLLECTION, &next_space, vectors, count, &s->f.wait,
                            &s->f.err);
    }
    if (rc == ESI_OK) {
        rc = ops->space_swap(s->f.store, COLLECTION, &next_space, &s->f.wait, &s->f.err);
    }
    if (rc == ESI_OK) {
        rc = ops->space_swap(s->f.store, COLLECTION, &a_space, &s->f.wait, &s->f.err);
    }
    return rc;
}

/* The vectors that it has already, at once. */
static esi_err respace(struct scene *s) {
    esi_store_vector vectors[SECTIONS];
    for (size_t i = 0; i < SECTIONS; i++) {
        vectors[i] = (esi_store_vector){s->document.sections[i].id, s->document.sections[i].vector};
    }
    int64_t version;
    esi_store_space space;
    const esi_err rc = s->f.ops->kb_version(s->f.store, COLLECTION, &s->f.wait, &s->scratch,
                                            &version, &space, &s->f.err);
    return rc != ESI_OK ? rc
                        : s->f.ops->kb_respace(s->f.store, COLLECTION, version, &a_space, vectors,
                                               SECTIONS, &s->f.wait, &s->f.err);
}

static const work_fn works[] = {changes, upsert,    load_two,      fetch,
                                look,    take_away, move_and_back, respace};

START_TEST(our_own_allocations_fail_one_by_one) {
    struct scene s = {0};
    fixture_open(&s.f, 0);
    s.f.wait = wait_for_ms(120000, NULL);
    s.document = a_document(&s.f, "kb", SECTIONS, 1);
    put_document(&s.f, &s.document);
    bool failed = true;
    for (size_t n = 1; failed && n < LIMIT; n++) {
        if (works[_i] == upsert || works[_i] == load_two) {
            s.document = a_document(&s.f, "kb", SECTIONS, 1);
            s.other = a_document(&s.f, "other", 2, 1);
        }
        fail_own_arm(n);
        const esi_err rc = works[_i](&s);
        failed = fail_own_disarm();
        ck_assert_msg(rc == (failed ? ESI_ENOMEM : ESI_OK), "allocation %zu: %d %s", n, (int)rc,
                      s.f.err.message);
        arena_clear(&s.scratch);
        ASSERT_OK(&s.f, changes(&s)); /* every document is whole */
    }
    ck_assert(!failed);
    fixture_close(&s.f);
}
END_TEST

int main(void) {
    if (pg_missing() != NULL) {
        return tap_skip(pg_missing());
    }
    TCase *t = tcase_create("pg_kb");
    tcase_set_timeout(t, 200);
    tcase_add_loop_test(t, our_own_allocations_fail_one_by_one, 0, sizeof works / sizeof *works);
    return tap_run("fault/pg_kb", t);
}

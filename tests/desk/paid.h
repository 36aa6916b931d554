/* paid.h: a model that is paid for, brought through sys/provider.h, and a desk that has its
 * vectors: over a file, and, below `pg.py run`, over a database. */
#ifndef ESIHELP_TESTS_DESK_PAID_H
#define ESIHELP_TESTS_DESK_PAID_H

#include "fixture.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <esihelp/sys/provider.h>

#include "base/clock.h"
#include "base/os.h"
#include "desk/vectors.h"
#include "pg_control.h"
#include "store/store.h"

#define DIMENSIONS 8

/* The model, in memory that children share. */
struct paid {
    atomic_int inputs;         /* texts that it made vectors of */
    atomic_int requests;       /* also those that failed */
    atomic_int at_once;        /* now, */
    atomic_int most;           /* and at most */
    atomic_int fails_after;    /* requests; -1: never */
    atomic_int fails_until;    /* and works again from that one on */
    atomic_int status;         /* of such a failure; 0: it can't be reached */
    atomic_int retry_after_ms; /* that it asks for */
    atomic_int refuses;        /* texts with that letter twice in a row; 0: none */
    atomic_int ms;             /* that a request takes */
};

static struct paid *remote;
static char path[512];
static char database[64];

static inline esi_err model_open(const esi_provider_config *config, esi_provider **out,
                                 esi_error *err) {
    (void)err;
    *out = config->context;
    return ESI_OK;
}

static inline void model_close(esi_provider *self) {
    (void)self;
}

static inline void model_info(esi_provider *self, esi_provider_info *out) {
    (void)self;
    *out = (esi_provider_info){
        .name = "remote", .embedding_model = "remote-1", .dimensions = DIMENSIONS};
}

static inline void make_vector(const esi_text *text, float *v) {
    float sum = 0;
    memset(v, 0, DIMENSIONS * sizeof(*v));
    for (size_t k = 0; k < text->size; k++) {
        v[(unsigned char)text->data[k] % DIMENSIONS] += 1;
    }
    for (size_t k = 0; k < DIMENSIONS; k++) {
        sum += v[k];
    }
    for (size_t k = 0; k < DIMENSIONS; k++) {
        v[k] /= sum;
    }
}

static inline bool is_refused(const struct paid *m, const esi_text *text) {
    for (size_t i = 0; m->refuses != 0 && i + 1 < text->size; i++) {
        if (text->data[i] == m->refuses && text->data[i + 1] == m->refuses) {
            return true;
        }
    }
    return false;
}

static inline esi_err fail_request(const struct paid *m, int status, esi_error *err) {
    const esi_err rc = esi_fail(err, status ? ESI_EUPSTREAM : ESI_EUNAVAILABLE, "test/remote",
                                "the model is away");
    err->upstream_status = status;
    err->retry_after_ms = m->retry_after_ms;
    return rc;
}

static inline esi_err model_embed(esi_provider *self, const esi_embed_request *request,
                                  float *vectors, esi_error *err) {
    struct paid *m = (struct paid *)self;
    const int number = atomic_fetch_add(&m->requests, 1);
    const int now = atomic_fetch_add(&m->at_once, 1) + 1;
    int most = atomic_load(&m->most);
    while (now > most && !atomic_compare_exchange_weak(&m->most, &most, now)) {
    }
    const bool fails = m->fails_after >= 0 && number >= m->fails_after && number < m->fails_until;
    if (!fails && !request->query) { /* it works on them, whether its answer is heard or not */
        for (size_t i = 0; i < request->count; i++) {
            atomic_fetch_add(&m->inputs, !is_refused(m, &request->texts[i]));
        }
    }
    wait_sleep(&request->wait, m->ms);
    atomic_fetch_sub(&m->at_once, 1);
    if (fails) {
        return fail_request(m, m->status, err);
    }
    esi_err rc = ESI_OK;
    int made = 0;
    for (size_t i = 0; i < request->count; i++) {
        if (is_refused(m, &request->texts[i])) {
            rc = fail_request(m, 400, err);
            continue;
        }
        make_vector(&request->texts[i], vectors + i * DIMENSIONS);
        made++;
        if (request->made) {
            request->made[i] = true;
        }
    }
    const esi_charge charge = {.model = "remote-1", .input_tokens = made * 10};
    if (request->on_charge && !request->query) {
        request->on_charge(&charge, request->context);
    }
    return rc;
}

static const esi_provider_ops model_ops = {.size = sizeof(esi_provider_ops),
                                           .name = "remote",
                                           .open = model_open,
                                           .close = model_close,
                                           .info = model_info,
                                           .embed = model_embed};

/* ---- a desk and its documents ---------------------------------------------------------------- */

static inline esi_options options(void) {
    esi_options o = ESI_OPTIONS_INIT;
    o.store = path;
    o.provider = "custom";
    o.provider_ops = &model_ops;
    o.provider_context = remote;
    o.refresh_ms = 20;
    return o;
}

static inline esi_desk *open_desk(void) {
    const esi_options o = options();
    esi_error err = {0};
    esi_desk *desk = NULL;
    must(esi_desk_open(&o, &desk, &err), &err);
    return desk;
}

static char folder[64];

/* Documents of so many sections; the last section of each is the same in all of them. */
static inline void write_documents(int count, int sections, const char *word) {
    for (int i = 0; i < count; i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s/%s%d.md", folder, word, i);
        FILE *file = fopen(name, "w");
        ck_assert_ptr_nonnull(file);
        fprintf(file, "---\nid: %s-%d\ntitle: Handbook\nversion: \"1\"\n---\n", word, i);
        for (int k = 0; k < sections - 1; k++) {
            fprintf(file, "\n## Part %d of %s %d\n\nTurn the %s knob number %d by %d notches.\n", k,
                    word, i, word, i, k);
        }
        fprintf(file, "\n## Whom to call\n\nCall the front office at extension seventeen.\n");
        fclose(file);
    }
}

static inline esi_kb_report *ingest(esi_desk *desk) {
    esi_error err = {0};
    esi_kb_report *report = NULL;
    esi_kb_source source = ESI_KB_SOURCE_INIT;
    source.path = folder;
    must(esi_kb_ingest(desk, &source, &report, &err), &err);
    return report;
}

/* The documents are put, and none of their sections has a vector. */
static inline void put_without_vectors(void) {
    remote->fails_after = 0;
    remote->status = 403;
    esi_desk *desk = open_desk();
    esi_kb_report_free(ingest(desk));
    esi_desk_close(desk);
    ck_assert_int_eq(remote->inputs, 0);
    remote->fails_after = -1;
}

static inline int64_t unembedded(esi_desk *desk) {
    esi_error err = {0};
    esi_health *health = NULL;
    must(esi_desk_health(desk, &health, &err), &err);
    const int64_t count = health->unembedded;
    esi_health_free(health);
    return count;
}

static inline void setup(void) {
    remote = mmap(NULL, sizeof(*remote), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(remote != MAP_FAILED);
    *remote = (struct paid){.fails_after = -1, .fails_until = 1 << 30};
    strcpy(folder, "/tmp/esihelp-fill-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    if (pg_missing() == NULL) {
        snprintf(database, sizeof(database), "fill_%ld", (long)getpid());
        pg_control("create %s", database);
        snprintf(path, sizeof(path), "%s", pg_control("url main owner %s", database));
    } else {
        snprintf(path, sizeof(path), "%s/store.db", folder);
    }
}

static inline void teardown(void) {
    char command[128];
    if (pg_missing() == NULL) {
        pg_control("drop %s", database);
    }
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
    munmap(remote, sizeof(*remote));
}

#endif

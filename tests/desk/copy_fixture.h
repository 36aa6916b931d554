/* copy_fixture.h: what the tests of carrying a desk share: a folder with two files, a desk with
 * rows of the usual kinds, and the carrying itself. */
#ifndef ESIHELP_TESTS_COPY_FIXTURE_H
#define ESIHELP_TESTS_COPY_FIXTURE_H

#include <unistd.h>

#include "fixture.h"

struct folder {
    char path[64];
    char first[96], second[96];
};

static inline struct folder folder_make(void) {
    struct folder f = {.path = "/tmp/esi-copy-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(f.path));
    snprintf(f.first, sizeof f.first, "%s/first.db", f.path);
    snprintf(f.second, sizeof f.second, "%s/second.db", f.path);
    return f;
}

static inline void folder_remove(const struct folder *f) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[128];
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s%s", i < 3 ? f->first : f->second, endings[i % 3]);
        unlink(path);
    }
    rmdir(f->path);
}

static inline esi_options options_of(const char *store) {
    esi_options o = ESI_OPTIONS_INIT;
    o.store = store;
    o.provider = "offline";
    return o;
}

static inline esi_desk *open_at(const char *store) {
    esi_error err = {0};
    esi_desk *desk = NULL;
    const esi_options o = options_of(store);
    must(esi_desk_open(&o, &desk, &err), &err);
    return desk;
}

/* Documents, one of them gone again, and two sessions. */
static inline void fill_desk(const char *store) {
    esi_error err = {0};
    esi_desk *desk = open_at(store);
    put_document(desk, "print.md", printing_doc);
    put_document(desk, "badge.md", badge_doc);
    put_document(desk, "gone.md", "---\nid: doc-gone\n---\n# Gone\n\n## Gone\n\nIt goes away.\n");
    must(esi_kb_remove(desk, "doc-gone", &err), &err);
    esi_reply_free(ask(desk, "s-1", "The printer reports a paper jam"));
    esi_reply_free(ask(desk, "s-1", "How do I bake bread?"));
    esi_reply_free(ask(desk, "s-2", "How do I read the other team's files?"));
    esi_desk_close(desk);
}

static inline esi_copy_report *copy_desk(const char *from_store, const char *to_store,
                                         const esi_copy_request *request) {
    esi_error err = {0};
    esi_copy_report *report = NULL;
    const esi_options from = options_of(from_store), to = options_of(to_store);
    must(esi_copy(&from, &to, request, &report, &err), &err);
    return report;
}

#endif

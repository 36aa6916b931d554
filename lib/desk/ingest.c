/* ingest.c: brings documents into the knowledge base: read, embed, put, one after another. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "desk/batch.h"
#include "desk/desk.h"
#include "desk/document.h"
#include "desk/embed.h"
#include "desk/fill.h"
#include "desk/input.h"
#include "desk/report.h"
#include "desk/rivalry.h"

#define ORIGIN "desk/ingest"
#define FILES_MAX 100000
#define NO_DEADLINE_MS INT64_C(604800000) /* a week: a bound, not a wish */
#define PATIENCE_MS 120000                /* with an endpoint that makes no vectors */
#define SINGLE_MS 10000 /* what the vectors of one document may take: a desk that serves goes on */

static const char *const endings[] = {".md", ".markdown", NULL};

/* One call of esi_kb_ingest on its way. */
struct ingest {
    esi_desk *desk;
    esi_kb_source source;
    esi_store *store; /* NULL in a dry run on a desk without one */
    esi_wait wait;
    esi_arena work; /* until the call ends: what is stored, what was seen */
    const esi_store_entry *entries;
    size_t entry_count;
    const char *scope;
    const char **ids; /* of the documents of this call, by place in `sources` */
    const char *const *sources;
    size_t count;
    struct batch batch; /* read and embedded, not put yet */
    struct vectors vectors;
    struct vectors_count counted;
    bool lost; /* documents that waited there weren't put */
    struct report *report;
    struct rivalry *rivalry; /* with explain; else NULL */
    esi_error *err;
};

static int entry_order(const void *source, const void *entry) {
    return strcmp(source, ((const esi_store_entry *)entry)->source);
}

static const esi_store_entry *find_entry(const struct ingest *in, const char *source) {
    return in->entry_count == 0
               ? NULL
               : bsearch(source, in->entries, in->entry_count, sizeof(*in->entries), entry_order);
}

/* Two files with one id would replace each other at each run. */
static esi_err claim_id(struct ingest *in, size_t at, const char *id) {
    for (size_t i = 0; i < at; i++) {
        if (in->ids[i] && strcmp(in->ids[i], id) == 0) {
            return esi_fail(in->err, ESI_ECONFLICT, ORIGIN,
                            "its id \"%s\" is that of %s; give one of them another id", id,
                            in->sources[i]);
        }
    }
    in->ids[at] = arena_str(&in->work, view_of(id));
    return in->ids[at] ? ESI_OK : fail_memory(in->err, ORIGIN);
}

static esi_err report_change(struct ingest *in, esi_kb_document *document, esi_kb_change change) {
    esi_kb_document *copy = ARENA_NEW(&in->report->arena, esi_kb_document);
    if (!copy) {
        return fail_memory(in->err, ORIGIN);
    }
    *copy = *document;
    copy->change = change;
    return report_add(in->report, copy, in->err);
}

/* A document that can't be taken is reported; the others go on. */
static esi_err report_refusal(struct ingest *in, const char *source, const esi_error *why) {
    esi_arena *arena = &in->report->arena;
    const char **problems = ARENA_ARRAY(arena, 1, const char *);
    esi_kb_document d = {.id = "", .title = "", .version = "", .updated = "", .standing = ""};
    d.source = arena_str(arena, view_of(source));
    if (!problems || !d.source || !(problems[0] = arena_str(arena, view_of(why->message)))) {
        return fail_memory(in->err, ORIGIN);
    }
    d.problems = problems;
    d.problem_count = 1;
    return report_change(in, &d, ESI_KB_REFUSED);
}

static bool is_fault_of_document(esi_err rc) {
    return rc == ESI_EENCODING || rc == ESI_EPARSE || rc == ESI_ETOOBIG || rc == ESI_ENOTFOUND ||
           rc == ESI_EIO || rc == ESI_ECONFLICT;
}

static esi_err put(struct ingest *in, struct document *document, esi_arena *scratch) {
    document->record.scope = in->scope;
    esi_err rc =
        embed_document(&in->vectors, &document->record, &in->wait, scratch, &in->counted, in->err);
    if (rc == ESI_OK && in->rivalry) {
        rc = rivalry_add(in->rivalry, document, in->err);
    }
    if (rc == ESI_OK && !in->source.dry_run) {
        const size_t waiting = in->batch.count;
        rc = batch_put(&in->batch, &document->record, &in->wait, in->err);
        in->lost = rc != ESI_OK && waiting > 0;
    }
    return rc;
}

/* Reads, embeds and puts one document. */
static esi_err take(struct ingest *in, size_t at, struct view text, esi_arena *scratch) {
    const char *source = in->sources[at];
    const esi_store_entry *entry = find_entry(in, source);
    uint8_t hash[32];
    document_hash(view_of(source), text, hash);
    const bool same = entry && memcmp(hash, entry->hash, sizeof(hash)) == 0;
    const struct document_in what = {.desk = in->desk,
                                     .source = view_of(source),
                                     .text = text,
                                     .explain = in->source.explain,
                                     .keep = &in->report->arena};
    if (same && !in->source.explain) {
        esi_kb_document d = {.id = arena_str(&in->report->arena, view_of(entry->id)),
                             .source = arena_str(&in->report->arena, view_of(source)),
                             .title = "",
                             .version = "",
                             .updated = "",
                             .standing = ""};
        if (!d.id || !d.source) {
            return fail_memory(in->err, ORIGIN);
        }
        const esi_err rc = claim_id(in, at, d.id);
        return rc == ESI_OK ? report_change(in, &d, ESI_KB_UNCHANGED) : rc;
    }
    struct document document;
    esi_err rc = document_read(&what, scratch, &document, in->err);
    if (rc == ESI_OK) {
        rc = claim_id(in, at, document.record.id);
    }
    if (rc == ESI_OK && (!same || in->rivalry)) {
        const bool dry = in->source.dry_run;
        in->source.dry_run = dry || same;
        rc = put(in, &document, scratch);
        in->source.dry_run = dry;
    }
    if (rc != ESI_OK) {
        return rc;
    }
    if (!same) {
        in->report->report.sections += document.record.section_count;
    }
    return report_change(in, &document.report,
                         same    ? ESI_KB_UNCHANGED
                         : entry ? ESI_KB_UPDATED
                                 : ESI_KB_ADDED);
}

static esi_err take_file(struct ingest *in, size_t at, esi_arena *scratch) {
    struct buf text;
    buf_init(&text, ESI_DOCUMENT_MAX_BYTES);
    const char *path = in->sources[at];
    if (in->scope[0] != '\0') {
        path = arena_printf(scratch, "%s/%s", in->source.path, in->sources[at]);
    } else if (in->source.path) {
        path = in->source.path;
    }
    esi_err rc = path ? os_read_file(path, ESI_DOCUMENT_MAX_BYTES, &text, in->err)
                      : fail_memory(in->err, ORIGIN);
    if (rc == ESI_OK) {
        rc = take(in, at, text.p ? buf_view(&text) : VIEW(""), scratch);
    }
    buf_clear(&text);
    return rc;
}

static esi_err tell_progress(struct ingest *in, size_t done, const char *source) {
    const esi_kb_progress progress = {done, in->count, source};
    if (in->source.on_progress && in->source.on_progress(&progress, in->source.progress_context)) {
        return esi_fail(in->err, ESI_ECANCELLED, ORIGIN,
                        "stopped by the caller after %zu of %zu documents", done, in->count);
    }
    return wait_over(&in->wait) ? fail_wait(in->err, ORIGIN, &in->wait) : ESI_OK;
}

/* The report tells of documents that wait to be put, and the ingest ends before its time. */
static void keep_what_was_read(struct ingest *in) {
    esi_error why = {0};
    if (batch_flush(&in->batch, &why) != ESI_OK) {
        log_warn(&in->desk->settings.log, ORIGIN, NULL, "what was read last wasn't put: %s",
                 why.message);
    }
}

static esi_err take_all(struct ingest *in, bool alone) {
    esi_error why;
    esi_error *caller = in->err;
    esi_err rc = ESI_OK;
    for (size_t i = 0; rc == ESI_OK && i < in->count; i++) {
        in->err = caller;
        rc = tell_progress(in, i, in->sources[i]);
        if (rc != ESI_OK) {
            break;
        }
        esi_arena scratch = {0};
        in->err = &why;
        why = (esi_error){0};
        rc = in->source.text
                 ? take(in, i, input_text(in->source.text, in->source.text_size), &scratch)
                 : take_file(in, i, &scratch);
        arena_clear(&scratch);
        if (rc != ESI_OK && is_fault_of_document(rc) && !alone && !in->lost) {
            rc = report_refusal(in, in->sources[i], &why);
        }
        if (rc != ESI_OK && caller) {
            *caller = why;
        }
    }
    in->err = caller;
    if (rc != ESI_OK) {
        keep_what_was_read(in);
        return rc;
    }
    rc = batch_flush(&in->batch, in->err);
    return rc == ESI_OK && in->count > 0 ? tell_progress(in, in->count, in->sources[in->count - 1])
                                         : rc;
}

static bool is_source(const struct ingest *in, const char *source) {
    size_t from = 0;
    size_t to = in->count;
    while (from < to) { /* the list is sorted by bytes */
        const size_t middle = from + (to - from) / 2;
        const int order = strcmp(in->sources[middle], source);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return false;
}

/* Removes what came from this folder and is no longer in it, and nothing else. */
static esi_err prune(struct ingest *in) {
    const char **gone = ARENA_ARRAY(&in->work, in->entry_count, const char *);
    size_t count = 0;
    esi_err rc = gone ? ESI_OK : fail_memory(in->err, ORIGIN);
    for (size_t i = 0; rc == ESI_OK && i < in->entry_count; i++) {
        const esi_store_entry *e = &in->entries[i];
        if (strcmp(e->scope, in->scope) != 0 || is_source(in, e->source)) {
            continue;
        }
        esi_kb_document d = {.title = "", .version = "", .updated = "", .standing = ""};
        d.id = arena_str(&in->report->arena, view_of(e->id));
        d.source = arena_str(&in->report->arena, view_of(e->source));
        rc =
            d.id && d.source ? report_change(in, &d, ESI_KB_REMOVED) : fail_memory(in->err, ORIGIN);
        gone[count++] = e->id;
    }
    size_t removed = 0;
    if (rc == ESI_OK && count > 0 && !in->source.dry_run) {
        rc = in->desk->store_ops->kb_remove(in->store, in->desk->settings.collection, gone, count,
                                            clock_now_ms(), &in->wait, &removed, in->err);
    }
    return rc;
}

/* ---- what to ingest -------------------------------------------------------------------------- */

static esi_err list_folder(struct ingest *in) {
    const char *real;
    esi_err rc = os_real_path(in->source.path, &in->work, &real, in->err);
    if (rc == ESI_OK) {
        in->scope = real;
        rc = os_list_tree(real, endings, FILES_MAX, &in->work, &in->sources, &in->count, in->err);
    }
    return rc;
}

static esi_err name_one(struct ingest *in) {
    const char *name = in->source.text ? in->source.name : in->source.path;
    if (!in->source.text) { /* one file: its name without its folders */
        const char *slash = strrchr(name, '/');
        name = slash ? slash + 1 : name;
    }
    const char **sources = ARENA_ARRAY(&in->work, 1, const char *);
    if (!sources || !(sources[0] = arena_str(&in->work, view_of(name)))) {
        return fail_memory(in->err, ORIGIN);
    }
    in->scope = "";
    in->sources = sources;
    in->count = 1;
    return ESI_OK;
}

static esi_err check_source(const esi_kb_source *s, esi_error *err) {
    if (!s->path == !s->text) {
        return esi_fail(err, ESI_EINVAL, ORIGIN,
                        "give either path (a folder or a file) or text with a name");
    }
    if (s->text && (!s->name || !*s->name)) {
        return fail_at(err, ESI_EINVAL, ORIGIN, "/name", "a document from memory needs a name");
    }
    if (s->text && input_text(s->text, s->text_size).n > ESI_DOCUMENT_MAX_BYTES) {
        return fail_at(err, ESI_ETOOBIG, ORIGIN, "/text", "a document has at most %d bytes",
                       ESI_DOCUMENT_MAX_BYTES);
    }
    return input_short(s->name, 1024, ORIGIN, "/name", err);
}

static esi_err prepare(struct ingest *in, bool *alone) {
    *alone = in->source.text || !os_is_folder(in->source.path);
    esi_err rc = *alone ? name_one(in) : list_folder(in);
    if (rc == ESI_OK) {
        in->ids = ARENA_ARRAY(&in->work, in->count, const char *);
        rc = in->ids ? ESI_OK : fail_memory(in->err, ORIGIN);
    }
    if (rc == ESI_OK) {
        rc = in->source.dry_run ? desk_store(in->desk, &in->store, in->err)
                                : desk_store_to_write(in->desk, &in->store, in->err);
    }
    if (rc == ESI_OK) {
        rc = in->desk->store_ops->kb_entries(in->store, in->desk->settings.collection, NULL,
                                             &in->wait, &in->work, &in->entries, &in->entry_count,
                                             in->err);
    }
    in->vectors = (struct vectors){
        .ops = in->desk->store_ops, .store = in->store, .model = &in->desk->embedder};
    in->batch = (struct batch){
        .ops = in->desk->store_ops,
        .store = in->store,
        .collection = in->desk->settings.collection,
        .space = {in->desk->embedder.info.embedding_model, in->desk->embedder.info.dimensions}};
    if (rc == ESI_OK && in->source.explain) {
        rc = rivalry_create(in->desk, &in->rivalry, in->err);
    }
    return rc;
}

/* ---- vectors that are paid for --------------------------------------------------------------- */

static esi_err tell_vectors(void *context, int64_t done, int64_t total, esi_error *err) {
    const struct ingest *in = context;
    const esi_kb_progress progress = {(size_t)done, (size_t)total, ""};
    if (in->source.on_progress && in->source.on_progress(&progress, in->source.progress_context)) {
        return esi_fail(err, ESI_ECANCELLED, ORIGIN,
                        "stopped by the caller after %lld of %lld vectors", (long long)done,
                        (long long)total);
    }
    return ESI_OK;
}

/* The documents are there; what has no vector is found by words until it has. */
static esi_err fill(struct ingest *in) {
    const bool alone = in->source.text != NULL;
    const struct fill what = {.ops = in->desk->store_ops,
                              .store = in->store,
                              .collection = in->desk->settings.collection,
                              .model = &in->desk->embedder,
                              .budget = in->desk->budget,
                              .patience_ms = PATIENCE_MS,
                              .on_step = tell_vectors,
                              .context = in,
                              .log = in->desk->settings.log};
    esi_wait wait = in->wait;
    const int64_t until_ns = esi_clock_ns() + SINGLE_MS * NS_PER_MS;
    wait.until_ns = alone && until_ns < wait.until_ns ? until_ns : wait.until_ns;
    struct fill_result result = {.pending = 0};
    const esi_err rc = fill_run(&what, &wait, &result, in->err);
    esi_kb_report *report = &in->report->report;
    in->counted.embedded += result.counted.embedded;
    in->counted.reused += result.counted.reused;
    in->counted.tokens += result.counted.tokens;
    report->pending = result.pending;
    if (rc == ESI_OK && result.pending > 0) {
        log_warn(&what.log, ORIGIN, NULL, "%lld sections have no vector yet, words find them: %s",
                 (long long)result.pending,
                 result.why.code != ESI_OK ? result.why.message : "time was up");
    }
    return rc;
}

static bool is_filled(const struct ingest *in) {
    return !in->source.dry_run && !in->desk->settings.scratch && !in->desk->embedder.info.local;
}

static void report_vectors(struct ingest *in) {
    esi_kb_report *report = &in->report->report;
    report->embedded = in->counted.embedded;
    report->reused = in->counted.reused;
    report->embedding_tokens = in->counted.tokens;
}

static esi_err run(struct ingest *in) {
    bool alone = false;
    esi_err rc = prepare(in, &alone);
    if (rc == ESI_OK) {
        rc = take_all(in, alone);
    }
    if (rc == ESI_OK && in->source.prune && in->scope[0] != '\0') {
        rc = prune(in);
    }
    if (rc == ESI_OK && in->rivalry) {
        rc = rivalry_report(in->rivalry, in->report, in->err);
    }
    if (rc == ESI_OK && is_filled(in)) {
        rc = fill(in);
    }
    report_vectors(in);
    const bool wrote = !in->source.dry_run && in->store;
    if (wrote && (rc == ESI_OK || rc == ESI_ECANCELLED)) { /* what was put is found at once */
        const esi_wait wait = wait_for_ms(in->desk->settings.deadline_ms, NULL);
        esi_error why = {0};
        const esi_err seen = knowledge_refresh(in->desk->knowledge, &wait, &why);
        if (seen != ESI_OK && rc == ESI_OK) {
            rc = seen;
            if (in->err) {
                *in->err = why;
            }
        }
    }
    return rc;
}

esi_err esi_kb_ingest(esi_desk *desk, const esi_kb_source *source, esi_kb_report **out,
                      esi_error *err) {
    if (!desk || !source || !out) {
        return esi_fail(err, ESI_EINVAL, ORIGIN, "desk, source and out must not be NULL");
    }
    struct ingest in = {.desk = desk, .source = ESI_KB_SOURCE_INIT, .err = err};
    esi_err rc = input_struct(&in.source, sizeof(in.source), source, sizeof(size_t), ORIGIN, err);
    if (rc == ESI_OK) {
        rc = check_source(&in.source, err);
    }
    if (rc == ESI_OK && in.source.deadline_ms < 0) {
        rc = fail_at(err, ESI_EINVAL, ORIGIN, "/deadlineMs", "a deadline can't be negative");
    }
    if (rc == ESI_OK) {
        rc = report_create(&in.report, err);
    }
    if (rc != ESI_OK) {
        return rc;
    }
    const int64_t ms = in.source.deadline_ms;
    in.wait = wait_for_ms(ms > 0 && ms < NO_DEADLINE_MS ? ms : NO_DEADLINE_MS, in.source.cancel);
    atomic_fetch_add(&desk->ingests, 1);
    rc = run(&in);
    atomic_fetch_sub(&desk->ingests, 1);
    rivalry_free(in.rivalry);
    batch_clear(&in.batch);
    arena_clear(&in.work);
    if (rc != ESI_OK && rc != ESI_ECANCELLED) {
        esi_kb_report_free(&in.report->report);
        return rc;
    }
    *out = &in.report->report;
    return rc;
}

/* knowledge.h: the searchable snapshot of the knowledge base, kept up to date behind the turns'
 * backs. A turn takes one and uses it throughout. */
#ifndef ESIHELP_DESK_KNOWLEDGE_H
#define ESIHELP_DESK_KNOWLEDGE_H

#include <stdatomic.h>

#include <esihelp/sys/store.h>

#include "core/guardrail_site.h"
#include "core/index.h"
#include "core/meaning.h"
#include "desk/model.h"

#define KNOWLEDGE_NOBODY UINT32_MAX

/* What the documents together say of one of them; by its number in the index. */
struct knowledge_standing {
    uint32_t superseded_by; /* number of the document that supersedes it, KNOWLEDGE_NOBODY */
    bool named;             /* another current document names it as the one to use */
    bool declares_rule;
    bool defers;         /* it only sums up what others say */
    struct view subject; /* ... for what; in the snapshot's memory */
};

#define SNAPSHOT_RULINGS_MAX 4
#define SNAPSHOT_MEANINGS_MAX 256

/* An index with the standing of its documents. Counted; frozen. */
struct snapshot {
    atomic_uint refs;
    struct index *index;
    struct knowledge_standing *standing; /* index_documents() of them */
    esi_arena memory;                    /* of the standings */
    /* sections of current documents that fix tiers or severities whatever a trouble is about */
    uint32_t rulings[SNAPSHOT_RULINGS_MAX];
    size_t ruling_count;
    struct meaning *meanings; /* words that current documents define; in its memory */
    size_t meaning_count;
    struct guardrail_site site; /* what current documents call what the rules speak of */
    bool light; /* a catalogue: of sections it knows where they stand, and the store searches */
    int64_t unembedded; /* sections without a vector, which words find; not of a catalogue */
    bool stale; /* of one question (desk/far): something found isn't in the catalogue as it is */
    struct snapshot *from; /* the catalogue that it was made with, which has its memory; counted */
};

struct knowledge_setup {
    const esi_store_ops *ops;
    _Atomic(esi_store *) *store; /* may be NULL until the store could be opened */
    esi_err (*reopen)(void *context,
                      esi_error *err); /* tries to open the store; by the refresher */
    void *context;
    const char *collection;
    const struct model *embedder; /* makes the desk's vectors */
    bool renews;                  /* those that a former local model left are made anew */
    int64_t memory;               /* what the index may take */
    bool far; /* the store searches, and only a catalogue is kept: also once the index would take
                 more than that, where the store can */
    int64_t refresh_ms;
    esi_logger log;
};

struct knowledge;

/* An empty one. Nothing is read yet. What setup points to must outlive it. */
esi_err knowledge_create(const struct knowledge_setup *setup, struct knowledge **out,
                         esi_error *err) ESI_MUST_CHECK;
/* Starts the thread that looks for changes. */
esi_err knowledge_watch(struct knowledge *k, esi_error *err) ESI_MUST_CHECK;
void knowledge_free(struct knowledge *k);

/* Brings the snapshot up to what the store holds now. Errors: ESI_EDIM, those of the store. */
esi_err knowledge_refresh(struct knowledge *k, const esi_wait *wait, esi_error *err) ESI_MUST_CHECK;
/* Why the last look at the store failed; false: it didn't. What was read before serves on. */
bool knowledge_trouble(struct knowledge *k, esi_error *out);
/* Tells the thread that a newer version was seen; returns at once. */
void knowledge_seen(struct knowledge *k, int64_t version);

/* The snapshot of this moment; to be given back. */
struct snapshot *knowledge_snapshot(struct knowledge *k);
void snapshot_unref(struct snapshot *snapshot);

#endif

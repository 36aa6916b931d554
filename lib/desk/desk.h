/* desk.h: the one object that a host holds. Its parts are set by esi_desk_open and then only read,
 * but for the knowledge and the store, which have their own locks. */
#ifndef ESIHELP_DESK_DESK_H
#define ESIHELP_DESK_DESK_H

#include <stdatomic.h>

#include <esihelp/desk.h>
#include <esihelp/sys/provider.h>
#include <esihelp/sys/store.h>

#include "base/arena.h"
#include "core/policy.h"
#include "desk/budget.h"
#include "desk/filler.h"
#include "desk/gate.h"
#include "desk/knowledge.h"
#include "desk/model.h"
#include "desk/options.h"
#include "desk/questions.h"

struct esi_desk {
    esi_arena memory; /* of the settings' strings */
    struct settings settings;
    struct policy *policy;

    struct model writer;   /* writes answers, where it can */
    struct model embedder; /* makes vectors: the writer, or the offline one beside it */
    bool embedder_is_offline;

    const esi_store_ops *store_ops;
    _Atomic(esi_store *) store; /* NULL until it could be opened (open_degraded) */

    struct knowledge *knowledge;
    struct budget *budget;       /* what models cost; NULL: a bare desk */
    struct filler *filler;       /* NULL: vectors cost nothing, or aren't this desk's to make */
    atomic_int ingests;          /* that are under way */
    struct questions *questions; /* NULL: their vectors cost nothing */
    struct gate *gate;           /* turns of one session, one after another */
};

/* A desk of a store and models alone: no rules, no snapshot, no thread. For work on a collection
 * that this desk couldn't serve. */
esi_err desk_open_bare(const esi_options *options, esi_desk **out, esi_error *err) ESI_MUST_CHECK;

/* The store, or ESI_EUNAVAILABLE where it hasn't been reached yet. */
esi_err desk_store(esi_desk *desk, esi_store **out, esi_error *err) ESI_MUST_CHECK;

/* As desk_store, for calls that write: ESI_EREADONLY on a desk that was opened so. */
esi_err desk_store_to_write(esi_desk *desk, esi_store **out, esi_error *err) ESI_MUST_CHECK;

#endif

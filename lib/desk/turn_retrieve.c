/* turn_retrieve.c: what the knowledge base says about the turn's issue, and whether that covers it.
 */
#include <string.h>

#include "base/error.h"
#include "core/mmr.h"
#include "desk/far.h"
#include "desk/lookup.h"
#include "desk/meta.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define CANDIDATES 60    /* sections looked at by words, and as many by vectors */
#define DIVERSE_FROM 24  /* best fused ones that MMR picks from */
#define MMR_LAMBDA 0.75f /* relevance against variety */
#define LOOK_UP_AGAIN 4
#define SAME_DOCUMENT 0.3f /* how alike two sections of one document are at least */

/* The words that the turn is looked up with: its own, and those of the issue that goes on. */
static struct view search_words(struct turn *turn) {
    const struct issue *issue = turn_issue(turn);
    if (turn->step == ISSUE_CONTINUED && issue && issue->query.n > 0) {
        return issue->query;
    }
    return turn->ask;
}

/* Looks the words up in the knowledge of this moment. */
static esi_err search(esi_desk *desk, struct turn *turn, struct snapshot *now, struct view words) {
    struct lookup_in in = {.words = words,
                           .language = turn->language,
                           .act = turn->reading.act,
                           .role = turn->role,
                           .most = CANDIDATES,
                           .wait = model_wait(desk, turn),
                           .request_id = turn->request.request_id,
                           .bill = &turn->bill};
    struct snapshot *own = NULL;
    const esi_err rc = far_snapshot(desk, now, &in, &turn->scratch, &own, turn->err);
    if (rc != ESI_OK) {
        return rc;
    }
    snapshot_unref(turn->snapshot);
    turn->snapshot = own;
    return lookup_run(desk, turn->snapshot->index, &in, &turn->scratch, &turn->found, turn->err);
}

static void judge_coverage(struct turn *turn, bool continues) {
    const struct coverage_in in = {.index = turn->snapshot->index,
                                   .query = &turn->found.query,
                                   .hits = turn->found.hits,
                                   .hit_count = turn->found.hit_count,
                                   .reading = &turn->reading,
                                   .aim = &turn->found.aim,
                                   .continues = continues,
                                   .before = turn->coverage_before};
    coverage_judge(&in, &turn->coverage);
}

static bool is_carrier(const struct turn *turn, uint32_t rank) {
    return rank < 64 && (turn->coverage.carriers >> rank & 1) != 0;
}

static bool is_rank(const uint32_t *ranks, size_t count, uint32_t rank) {
    size_t i = 0;
    while (i < count && ranks[i] != rank) {
        i++;
    }
    return i < count;
}

/* Variety never costs a section that carries the answer: it takes the place of the last one that
 * doesn't, the best hit aside. */
static void keep_carriers(const struct turn *turn, uint32_t *ranks, size_t count) {
    size_t last = count;
    for (uint32_t rank = 0; rank < turn->coverage.carrying; rank++) {
        if (!is_carrier(turn, rank) || is_rank(ranks, count, rank)) {
            continue;
        }
        while (last > 1 && is_carrier(turn, ranks[last - 1])) {
            last--;
        }
        if (last <= 1) {
            return;
        }
        ranks[--last] = rank;
    }
}

/* The best hits that aren't all the same. Returns how many ranks were picked. */
static size_t pick(esi_desk *desk, struct turn *turn, uint32_t *ranks, size_t want) {
    struct mmr_item items[DIVERSE_FROM];
    float room[2 * DIVERSE_FROM];
    const struct index *index = turn->snapshot->index;
    const size_t count =
        turn->found.hit_count < DIVERSE_FROM ? turn->found.hit_count : DIVERSE_FROM;
    for (size_t i = 0; i < count; i++) {
        const uint32_t section = turn->found.hits[i].hit.section;
        items[i] = (struct mmr_item){.relevance = turn->found.hits[i].score,
                                     .vector = index_section_vector(index, section),
                                     .document = index_section_document(index, section)};
    }
    const size_t picked = mmr_pick(items, count, (size_t)desk->embedder.info.dimensions, MMR_LAMBDA,
                                   SAME_DOCUMENT, room, ranks, want);
    keep_carriers(turn, ranks, picked);
    return picked;
}

static size_t place_of(const struct turn *turn, size_t count, uint32_t section) {
    size_t at = 0;
    while (at < count && turn->passage_section[at] != section) {
        at++;
    }
    return at;
}

/* "3 Taking something out" is part "3", "Clock" part "Clock". */
static bool is_part(struct view heading, struct view part) {
    for (size_t at = view_find(heading, VIEW(" > "), 0); at != SIZE_MAX;
         at = view_find(heading, VIEW(" > "), 0)) {
        heading = view_slice(heading, at + 3, heading.n);
    }
    const char after = heading.n > part.n ? heading.p[part.n] : ' ';
    const bool digit = after >= '0' && after <= '9';
    return part.n > 0 && view_eq_nocase(view_slice(heading, 0, part.n), part) &&
           (heading.n == part.n || (part.p[0] >= '0' && part.p[0] <= '9' && !digit));
}

/* The document's section that is meant: the one that is named where it is referred to, by its
 * number or heading, else the one that fits the question best, the first of it among the hits,
 * else its first. */
static uint32_t best_section(const struct turn *turn, uint32_t document, uint32_t from,
                             struct view part) {
    const struct index *index = turn->snapshot->index;
    uint32_t first;
    uint32_t count;
    index_document_sections(index, document, &first, &count);
    for (uint32_t i = first; i < first + count; i++) {
        if (is_part(index_section_heading(index, i), part) ||
            index_quotes_heading(index, from, i)) {
            return i;
        }
    }
    for (size_t i = 0; i < turn->found.hit_count; i++) {
        const uint32_t section = turn->found.hits[i].hit.section;
        if (section >= first && section - first < count) {
            return section;
        }
    }
    return count > 0 ? first : UINT32_MAX;
}

static bool may_read(const struct turn *turn, uint32_t document) {
    const uint32_t roles = index_document_at(turn->snapshot->index, document).roles;
    return roles == 0 || (roles & (1u << turn->role));
}

/* One that is among the hits behind it, without carrying the answer, is there for the reference. */
static void add_passage(struct turn *turn, uint32_t section, uint32_t from, size_t *count) {
    const size_t at = place_of(turn, *count, section);
    const bool stays = at < *count && (is_carrier(turn, turn->passage_rank[at]) ||
                                       at < place_of(turn, *count, from));
    if (section == UINT32_MAX || at == TURN_PASSAGES_MAX || stays) {
        return;
    }
    turn->passage_section[at] = section;
    turn->passage_from[at] = from;
    turn->passage_rank[at] = UINT32_MAX;
    *count += at == *count;
}

/* 'See "Renumbering" below': other sections of the same document. */
static void add_quoted(struct turn *turn, uint32_t section, size_t *count) {
    const struct index *index = turn->snapshot->index;
    uint32_t first;
    uint32_t sections;
    index_document_sections(index, index_section_document(index, section), &first, &sections);
    for (uint32_t i = first; i < first + sections; i++) {
        if (i != section && index_quotes_heading(index, section, i)) {
            add_passage(turn, i, section, count);
        }
    }
}

/* A section that refers to another document brings that document's best section along: one hop. */
/* What a document tells the desk about all of its sections, or about this one. */
static void add_orders(struct turn *turn, const struct meta *meta, uint32_t first, uint32_t section,
                       size_t *count) {
    const struct view heading = index_section_heading(turn->snapshot->index, section);
    for (size_t i = 0; i < meta->order_count; i++) {
        const uint32_t orders = first + (uint32_t)meta->orders[i];
        const struct view path = index_section_heading(turn->snapshot->index, orders);
        const bool whole = view_find(path, VIEW(" > "), 0) == SIZE_MAX;
        if (orders != section && (whole || view_starts(path, heading))) {
            add_passage(turn, orders, section, count);
        }
    }
}

static esi_err add_referred(struct turn *turn, size_t picked, size_t *count) {
    const struct index *index = turn->snapshot->index;
    bool led = false; /* the best that carries the answer was seen */
    for (size_t i = 0; i < picked; i++) {
        const uint32_t section = turn->passage_section[i];
        const uint32_t document = index_section_document(index, section);
        uint32_t first;
        uint32_t sections;
        struct meta meta;
        index_document_sections(index, document, &first, &sections);
        const esi_err rc =
            meta_decode(index_document_at(index, document).meta, &turn->scratch, &meta, turn->err);
        if (rc != ESI_OK) {
            return rc;
        }
        for (size_t j = 0; j < meta.refer_count && *count < TURN_PASSAGES_MAX; j++) {
            uint32_t other;
            if ((uint32_t)meta.refers[j].section != section - first ||
                !index_find_document(index, meta.refers[j].id, &other) || other == document ||
                !may_read(turn, other)) {
                continue;
            }
            add_passage(turn, best_section(turn, other, section, meta.refers[j].part), section,
                        count);
        }
        add_quoted(turn, section, count);
        if (is_carrier(turn, turn->passage_rank[i]) && !led) {
            add_orders(turn, &meta, first, section, count);
            led = true;
        }
    }
    return ESI_OK;
}

/* What the rule for tiers fixes is looked at whatever a trouble is about. */
static void add_rulings(struct turn *turn, size_t *count) {
    const struct snapshot *s = turn->snapshot;
    const struct issue *issue = turn_issue(turn);
    const bool acts = issue && (issue->act == ESI_ACT_TROUBLE || issue->act == ESI_ACT_REQUEST);
    for (size_t i = 0; acts && i < s->ruling_count && *count < TURN_PASSAGES_MAX; i++) {
        const uint32_t section = s->rulings[i];
        if (place_of(turn, *count, section) == *count &&
            may_read(turn, index_section_document(s->index, section))) {
            turn->passage_section[*count] = section;
            turn->passage_from[*count] = UINT32_MAX;
            turn->passage_rank[(*count)++] = UINT32_MAX;
        }
    }
}

static bool is_ruling(const struct turn *turn, uint32_t section) {
    size_t i = 0;
    while (i < turn->snapshot->ruling_count && turn->snapshot->rulings[i] != section) {
        i++;
    }
    return i < turn->snapshot->ruling_count;
}

static esi_err choose(esi_desk *desk, struct turn *turn, size_t *out_count) {
    turn->passage_rank = ARENA_ARRAY(&turn->work, TURN_PASSAGES_MAX, uint32_t);
    turn->passage_section = ARENA_ARRAY(&turn->work, TURN_PASSAGES_MAX, uint32_t);
    turn->passage_from = ARENA_ARRAY(&turn->work, TURN_PASSAGES_MAX, uint32_t);
    if (!turn->passage_rank || !turn->passage_section || !turn->passage_from) {
        return fail_memory(turn->err, ORIGIN);
    }
    size_t count = pick(desk, turn, turn->passage_rank, (size_t)desk->settings.passages);
    for (size_t i = 0; i < count; i++) {
        turn->passage_section[i] = turn->found.hits[turn->passage_rank[i]].hit.section;
        turn->passage_from[i] = UINT32_MAX;
    }
    const size_t picked = count;
    esi_err rc = add_referred(turn, picked, &count);
    if (rc == ESI_OK) {
        rc = turn_add_rivals(turn, (size_t)desk->embedder.info.dimensions, &count);
    }
    add_rulings(turn, &count);
    *out_count = count;
    return rc;
}

/* What was fetched of the section, with what the snapshot knows of it. */
static esi_err fill_passage(struct turn *turn, const esi_store_passage *from, size_t at,
                            struct passage *out) {
    const struct index *index = turn->snapshot->index;
    const uint32_t section = turn->passage_section[at];
    const struct index_document_view d =
        index_document_at(index, index_section_document(index, section));
    struct passage p = {.section_id = view_of(from->section_id),
                        .document_id = view_of(from->document_id),
                        .title = view_of(from->title),
                        .version = view_of(from->version),
                        .updated = d.updated,
                        .heading = view_of(from->heading),
                        .text = view_of(from->text),
                        .standing = d.standing,
                        .referred = turn->passage_from[at] != UINT32_MAX,
                        .ruling = is_ruling(turn, section)};
    const bool found = turn->passage_rank[at] != UINT32_MAX;
    p.score = !found ? 0.0 : (double)turn->found.hits[turn->passage_rank[at]].score;
    struct meta meta;
    esi_err rc = meta_decode(d.meta, &turn->scratch, &meta, turn->err);
    if (rc == ESI_OK) {
        rc = meta_tags(&meta, &turn->work, &p.tags, turn->err);
    }
    const bool kept = turn_keep(turn, &p.section_id) && turn_keep(turn, &p.document_id) &&
                      turn_keep(turn, &p.title) && turn_keep(turn, &p.version) &&
                      turn_keep(turn, &p.heading) && turn_keep(turn, &p.text);
    if (rc == ESI_OK && !kept) {
        rc = fail_memory(turn->err, ORIGIN);
    }
    if (rc == ESI_OK && from->note) {
        rc = note_decode(view_of(from->note), &turn->scratch, &p.note, turn->err);
    }
    if (rc == ESI_OK) {
        *out = p;
    }
    return rc;
}

/* Sections that were replaced meanwhile are gone from the store: they are left out. */
static esi_err fetch(esi_desk *desk, struct turn *turn, size_t count) {
    const struct index *index = turn->snapshot->index;
    const char *ids[TURN_PASSAGES_MAX];
    for (size_t i = 0; i < count; i++) {
        ids[i] = arena_str(&turn->scratch, index_section_id(index, turn->passage_section[i]));
        if (!ids[i]) {
            return fail_memory(turn->err, ORIGIN);
        }
    }
    esi_store *store = NULL;
    const esi_store_passage *fetched = NULL;
    size_t fetched_count = 0;
    esi_err rc = desk_store(desk, &store, turn->err);
    if (rc == ESI_OK) {
        rc = desk->store_ops->kb_fetch(store, desk->settings.collection, ids, count, &turn->wait,
                                       &turn->scratch, &fetched, &fetched_count, turn->err);
    }
    turn->passages = ARENA_ARRAY(&turn->work, fetched_count, struct passage);
    if (rc == ESI_OK && !turn->passages) {
        rc = fail_memory(turn->err, ORIGIN);
    }
    size_t at = 0;
    for (size_t i = 0; rc == ESI_OK && i < count && at < fetched_count; i++) {
        if (strcmp(fetched[at].section_id, ids[i]) != 0) {
            continue;
        }
        turn->passage_rank[at] = turn->passage_rank[i];
        turn->passage_section[at] = turn->passage_section[i];
        turn->passage_from[at] = turn->passage_from[i];
        rc = fill_passage(turn, &fetched[at], at, &turn->passages[at]);
        at++;
    }
    turn->passage_count = rc == ESI_OK ? at : 0;
    return rc;
}

/* Looks the question up in the newest snapshot. `whole`: everything that was chosen is there. */
static esi_err look_up(esi_desk *desk, struct turn *turn, bool *whole) {
    struct snapshot *now = knowledge_snapshot(desk->knowledge);
    turn->passage_count = 0;
    size_t count = 0;
    const bool unsure = turn_place_unsure(turn);
    esi_err rc = search(desk, turn, now, unsure ? turn->ask : search_words(turn));
    if (rc == ESI_OK) {
        judge_coverage(turn, turn->step == ISSUE_CONTINUED && !unsure);
        rc = unsure ? turn_place(desk, turn) : ESI_OK;
    }
    if (rc == ESI_OK && unsure && turn->step == ISSUE_CONTINUED) {
        rc = search(desk, turn, now, search_words(turn));
        if (rc == ESI_OK) {
            judge_coverage(turn, true);
        }
    }
    snapshot_unref(now);
    if (rc == ESI_OK) {
        rc = choose(desk, turn, &count);
    }
    if (rc == ESI_OK && count > 0) {
        rc = fetch(desk, turn, count);
    }
    *whole = turn->passage_count == count && turn->snapshot && !turn->snapshot->stale;
    return rc;
}

esi_err turn_retrieve(esi_desk *desk, struct turn *turn) {
    if (!turn_wants_knowledge(turn)) {
        return ESI_OK;
    }
    bool whole = false;
    esi_err rc = look_up(desk, turn, &whole);
    /* A document was replaced between the snapshot and the fetch: the newer one is looked up, so
     * that nobody is told that it isn't covered. */
    for (int i = 0; rc == ESI_OK && !whole && i < LOOK_UP_AGAIN; i++) {
        rc = knowledge_refresh(desk->knowledge, &turn->wait, turn->err);
        if (rc == ESI_OK) {
            rc = look_up(desk, turn, &whole);
        }
    }
    return rc;
}

/* turn_rival.c: documents that speak of one subject in a turn: which of them holds, and that it is
 * at hand wherever another one was found. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/rival.h"
#include "core/stems.h"
#include "desk/turn.h"

#define ORIGIN "desk/chat"
#define TITLE_WORDS 64
#define ANCHORS_MOST 4    /* sections whose rivals are looked for */
#define WINNERS_EACH 3    /* brought along for each of them */
#define RIVALS_MOST 6     /* ... in all */
#define LOOKED_AT 48      /* hits, from the best */
#define NAMES_SHARE 0.75  /* of a title's weight: the question calls the document by it */
#define SOURCE_SHARE 0.5  /* of the words for where a claim is from, in the document's title */
#define RIGHT_FIGURE 0.2  /* how near a figure comes to being the one for what is claimed */
#define LEAST_SCORE 0.15F /* of a hit that is brought along */

/* ---- contenders ------------------------------------------------------------------------------ */

/* The stems of a title and heading that carry meaning. */
static esi_err title_words(struct turn *turn, struct view title, struct view heading,
                           struct view *out) {
    struct buf text;
    struct token *tokens;
    size_t count;
    buf_init(&text, 8192);
    buf_add(&text, title);
    buf_char(&text, ' ');
    buf_add(&text, heading);
    esi_err rc = text_tokens(buf_view(&text), turn->language, TITLE_WORDS, &turn->scratch, &tokens,
                             &count, turn->err);
    struct buf words;
    buf_init(&words, 8192);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        if (!text_is_stopword(tokens[i].form, turn->language)) {
            buf_add(&words, tokens[i].stem);
            buf_char(&words, ' ');
        }
    }
    const char *copy = rc == ESI_OK ? arena_str(&turn->scratch, buf_view(&words)) : NULL;
    if (rc == ESI_OK && !copy) {
        rc = fail_memory(turn->err, ORIGIN);
    }
    *out = (struct view){copy, copy ? words.n : 0};
    buf_clear(&text);
    buf_clear(&words);
    return rc;
}

/* What is known of a section's document. */
static struct contender contender_of(const struct turn *turn, uint32_t section) {
    const struct index *index = turn->snapshot->index;
    const uint32_t document = index_section_document(index, section);
    const struct index_document_view d = index_document_at(index, document);
    const struct knowledge_standing *standing = &turn->snapshot->standing[document];
    struct contender who = {.id = d.id,
                            .title = d.title,
                            .version = d.version,
                            .updated = d.updated,
                            .standing = (enum standing)d.standing,
                            .named = standing->named,
                            .declares_rule = standing->declares_rule,
                            .defers = standing->defers,
                            .subject = standing->subject};
    if (standing->superseded_by != KNOWLEDGE_NOBODY) {
        who.superseded_by = index_document_at(index, standing->superseded_by).id;
    }
    return who;
}

/* How much of what was looked up the hit has. */
static double answers(const struct turn *turn, const struct index_hit *hit) {
    const struct index_query *query = &turn->found.query;
    double all = 0.0;
    double has = 0.0;
    for (size_t i = 0; i < query->term_count; i++) {
        const double weight = (double)query->terms[i].weight;
        all += weight;
        has += hit->matched >> i & 1 ? weight : 0.0;
    }
    return all > 0.0 ? has / all : 0.0;
}

/* The section's place among the hits; hit_count: it isn't there. */
static uint32_t rank_of(const struct turn *turn, uint32_t section) {
    uint32_t rank = 0;
    while (rank < turn->found.hit_count && turn->found.hits[rank].hit.section != section) {
        rank++;
    }
    return rank;
}

/* A section as the snapshot knows it, without its text. */
static esi_err rival_of(struct turn *turn, uint32_t section, struct rival *out) {
    const struct index *index = turn->snapshot->index;
    const struct view heading = index_section_heading(index, section);
    const uint32_t rank = rank_of(turn, section);
    *out = (struct rival){
        .who = contender_of(turn, section),
        .vector = index_section_vector(index, section),
        .heading = rival_heading(heading),
        .answers = rank < turn->found.hit_count ? answers(turn, &turn->found.hits[rank].hit) : 0.0};
    return title_words(turn, out->who.title, heading, &out->title_words);
}

/* ---- what is claimed ------------------------------------------------------------------------- */

/* What the message says of documents. */
struct said {
    bool claims_something; /* a source is named, it is doubted, or something is asked */
    bool doubts;           /* ... and it is a page or guide that is doubted */
    struct stems all;
    struct stems source; /* "the recordings page" of "the recordings page says"; empty: none */
    struct claims claims;
};

static esi_err said_read(struct turn *turn, struct said *out) {
    struct claim_source source;
    esi_err rc = stems_read(turn->ask, &turn->scratch, &out->all, turn->err);
    if (rc == ESI_OK) {
        rc = claim_source_of(turn->ask, &turn->scratch, &source, turn->err);
    }
    if (rc == ESI_OK) {
        out->claims_something =
            source.any || source.doubts || turn->reading.act == ESI_ACT_QUESTION;
        out->doubts = source.doubts && source.writing;
        rc = stems_read(source.any ? view_slice(turn->ask, source.from, source.to) : VIEW(""),
                        &turn->scratch, &out->source, turn->err);
    }
    if (rc == ESI_OK) {
        rc = claims_of_text(view_slice(turn->ask, source.any ? source.to : 0, turn->ask.n),
                            &turn->scratch, &out->claims, turn->err);
    }
    return rc;
}

static bool has_id(struct view question, struct view id) {
    for (size_t at = 0; id.n >= 3 && at + id.n <= question.n; at++) {
        if (view_eq_nocase(view_slice(question, at, at + id.n), id)) {
            return true;
        }
    }
    return false;
}

/* Is the document called by its id, by its whole title, or is something said to be from it? */
static esi_err is_named(struct turn *turn, const struct said *said, struct view id,
                        struct view name, bool *out) {
    struct stems title;
    *out = has_id(turn->ask, id);
    if (*out || (said->source.count == 0 && !said->doubts)) {
        return ESI_OK;
    }
    const esi_err rc = stems_read(name, &turn->scratch, &title, turn->err);
    *out = rc == ESI_OK &&
           (stems_share(&said->source, &title) >= SOURCE_SHARE ||
            (said->doubts && title.count >= 2 && stems_share(&title, &said->all) >= NAMES_SHARE));
    return rc;
}

/* ---- what holds in place of what was found --------------------------------------------------- */

static bool is_chosen(const struct turn *turn, size_t count, uint32_t section) {
    size_t i = 0;
    while (i < count && turn->passage_section[i] != section) {
        i++;
    }
    return i < count;
}

struct winner {
    uint32_t rank;
    double near;
};

/* The best hits of other documents that may hold in place of this section; how many. */
static esi_err find_winners(struct turn *turn, uint32_t rank, size_t dimensions, struct winner *out,
                            size_t *count) {
    const struct index *index = turn->snapshot->index;
    struct rival own;
    esi_err rc = rival_of(turn, turn->found.hits[rank].hit.section, &own);
    *count = 0;
    for (uint32_t i = 0; rc == ESI_OK && i < turn->found.hit_count && i < LOOKED_AT; i++) {
        const uint32_t section = turn->found.hits[i].hit.section;
        const struct contender who = contender_of(turn, section);
        const char *reason;
        if (view_eq(who.id, own.who.id) || authority_compare(&own.who, &who, &reason) <= 0 ||
            (turn->found.hits[i].score < LEAST_SCORE && !view_eq(own.who.superseded_by, who.id))) {
            continue;
        }
        struct rival other = {.vector = index_section_vector(index, section),
                              .answers = answers(turn, &turn->found.hits[i].hit)};
        struct winner found = {i, rival_near(&own, &other, dimensions)};
        for (size_t k = 0; k < WINNERS_EACH; k++) {
            if (k == *count || out[k].near < found.near) {
                const struct winner last = k < *count ? out[k] : found;
                out[k] = found;
                found = last;
                if (k == *count) {
                    (*count)++;
                    break;
                }
            }
        }
    }
    return rc;
}

static void add_hit(struct turn *turn, uint32_t rank, size_t *count) {
    const uint32_t section = turn->found.hits[rank].hit.section;
    if (*count < TURN_PASSAGES_MAX && !is_chosen(turn, *count, section)) {
        turn->passage_section[*count] = section;
        turn->passage_from[*count] = UINT32_MAX;
        turn->passage_rank[(*count)++] = rank;
    }
}

/* The hits whose rivals are looked for: those that carry the answer, and the best one of each
 * document that is named. */
static esi_err find_anchors(struct turn *turn, const struct said *said,
                            uint32_t anchors[ANCHORS_MOST], size_t *count) {
    const struct index *index = turn->snapshot->index;
    esi_err rc = ESI_OK;
    uint32_t before[LOOKED_AT];
    *count = 0;
    for (uint32_t i = 0; rc == ESI_OK && i < turn->found.hit_count && i < LOOKED_AT; i++) {
        const uint32_t document = index_section_document(index, turn->found.hits[i].hit.section);
        bool first = true;
        bool named = false;
        before[i] = document;
        for (uint32_t k = 0; k < i; k++) {
            first &= before[k] != document;
        }
        if (first) {
            const struct index_document_view d = index_document_at(index, document);
            rc = is_named(turn, said, d.id, d.title, &named);
        }
        const bool carries = i < 64 && (turn->coverage.carriers >> i & 1) != 0;
        if ((named || carries) && *count < ANCHORS_MOST) {
            anchors[(*count)++] = i;
        }
    }
    return rc;
}

/* The figure that holds may stand in any section of the document that does. */
static void add_siblings(struct turn *turn, uint32_t rank, size_t most, size_t *count) {
    const struct index *index = turn->snapshot->index;
    const uint32_t document = index_section_document(index, turn->found.hits[rank].hit.section);
    for (uint32_t i = 0; i < turn->found.hit_count && *count < most; i++) {
        if (index_section_document(index, turn->found.hits[i].hit.section) == document) {
            add_hit(turn, i, count);
        }
    }
}

esi_err turn_add_rivals(struct turn *turn, size_t dimensions, size_t *count) {
    const size_t most = *count + RIVALS_MOST;
    uint32_t anchors[ANCHORS_MOST];
    size_t anchor_count = 0;
    struct said said;
    esi_err rc = said_read(turn, &said);
    if (rc == ESI_OK) {
        rc = find_anchors(turn, &said, anchors, &anchor_count);
    }
    for (size_t i = 0; rc == ESI_OK && i < anchor_count && *count < most; i++) {
        struct winner winners[WINNERS_EACH];
        size_t winner_count;
        rc = find_winners(turn, anchors[i], dimensions, winners, &winner_count);
        if (rc == ESI_OK && winner_count > 0) {
            add_hit(turn, anchors[i], count);
        }
        for (size_t k = 0; rc == ESI_OK && k < winner_count && *count < most; k++) {
            add_hit(turn, winners[k].rank, count);
        }
        if (rc == ESI_OK && winner_count > 0 && said.claims_something && said.claims.count > 0) {
            add_siblings(turn, winners[0].rank, most, count);
        }
    }
    return rc;
}

/* ---- judging --------------------------------------------------------------------------------- */

/* What is only looked at for its tiers stands last, and has no rivals. */
static size_t contending(const struct turn *turn) {
    size_t count = turn->passage_count;
    while (count > 0 && turn->passage_rank[count - 1] == UINT32_MAX &&
           turn->passage_from[count - 1] == UINT32_MAX) {
        count--;
    }
    return count;
}

struct judging {
    struct rival *rivals;
    size_t count;
    size_t dimensions;
    struct said said;
};

/* Does the message give a figure of the one that the other one states otherwise? */
static bool is_repeated(const struct judging *j, const struct rival *loser,
                        const struct rival *winner) {
    return j->said.claims_something &&
           claims_repeat(&j->said.claims, &loser->claims, &winner->claims);
}

/* Of several that hold in place of one: the one that states the right figure for what is claimed,
 * or another figure, then the one that answers what it does, then the nearest. */
static double prefer(const struct judging *j, size_t loser, size_t winner, struct rivals *found) {
    const struct rival *l = &j->rivals[loser];
    const struct rival *w = &j->rivals[winner];
    double most = rival_near(l, w, j->dimensions) + (found->stands_in ? 2.0 : 0.0);
    found->states = false;
    if (j->said.claims.count > 0 && (l->claimed || is_repeated(j, l, w))) {
        size_t item = 0;
        const double answer = claims_answer(&j->said.claims, &w->claims, &item);
        found->states = answer >= RIGHT_FIGURE;
        found->differs_at = found->states ? item + 1 : 0;
        most += answer;
    }
    return most + (found->differs_at > 0 ? 2.0 : 0.0);
}

/* The passage that holds in place of passage i; `count` where none does. */
static esi_err holder_of(struct turn *turn, struct judging *j, size_t i, size_t *out,
                         struct rivals *found) {
    const struct passage *p = &turn->passages[i];
    const bool used = p->carries || p->named || p->referred;
    double most = -1.0;
    *out = j->count;
    for (size_t k = 0; k < j->count; k++) {
        const char *reason;
        struct rivals pair;
        if (k == i || (!used && !turn->passages[k].carries) ||
            authority_compare(&j->rivals[i].who, &j->rivals[k].who, &reason) <= 0) {
            continue;
        }
        esi_err rc = ESI_OK;
        for (size_t side = 0; side < 2 && rc == ESI_OK; side++) {
            struct rival *one = &j->rivals[side == 0 ? i : k];
            rc = one->read ? ESI_OK
                           : rival_read(one, turn->snapshot->index, &turn->scratch, turn->err);
        }
        if (rc != ESI_OK) {
            return rc;
        }
        rival_compare(&j->rivals[i], &j->rivals[k], j->dimensions, &pair);
        const double rank = prefer(j, i, k, &pair);
        if (pair.order > 0 && rank > most) {
            most = rank;
            *out = k;
            *found = pair;
        }
    }
    return ESI_OK;
}

/* What holds carries in place of what carried. */
static void hand_over(struct turn *turn, const struct judging *j, size_t loser, size_t winner,
                      const struct rivals *found) {
    struct passage *l = &turn->passages[loser];
    struct passage *w = &turn->passages[winner];
    l->outranked = true;
    l->outranked_by = w->document_id;
    l->outranked_why = view_of(found->reason);
    l->named |= is_repeated(j, &j->rivals[loser], &j->rivals[winner]);
    w->holds_item = found->states ? found->differs_at : w->holds_item;
    w->carries |= (l->carries && found->stands_in) || l->named;
}

esi_err turn_judge_rivals(struct turn *turn, size_t dimensions) {
    struct judging j = {.count = contending(turn), .dimensions = dimensions};
    j.rivals = ARENA_ARRAY(&turn->scratch, j.count, struct rival);
    if (!j.rivals) {
        return fail_memory(turn->err, ORIGIN);
    }
    esi_err rc = said_read(turn, &j.said);
    for (size_t i = 0; rc == ESI_OK && i < j.count; i++) {
        struct passage *p = &turn->passages[i];
        rc = rival_of(turn, turn->passage_section[i], &j.rivals[i]);
        j.rivals[i].text = p->text;
        j.rivals[i].note = p->note;
        j.rivals[i].tags = p->tags;
        if (rc == ESI_OK) {
            rc = is_named(turn, &j.said, p->document_id, p->title, &p->named);
        }
        j.rivals[i].claimed = p->named;
    }
    for (size_t i = 0; rc == ESI_OK && i < j.count;) {
        size_t winner = j.count;
        struct rivals found = {.reason = ""};
        if (!turn->passages[i].outranked) {
            rc = holder_of(turn, &j, i, &winner, &found);
        }
        if (rc == ESI_OK && winner < j.count) {
            hand_over(turn, &j, i, winner, &found);
        }
        i = winner < i ? winner : i + 1; /* what holds may give way to a third one */
    }
    for (size_t i = 0; i < j.count; i++) {
        turn->passages[i].named &= turn->passages[i].outranked;
    }
    return rc;
}

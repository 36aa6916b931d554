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
#define RIVALS_MOST 2     /* brought along for the sections that carry */
#define LOOKED_AT 48      /* hits, from the best */
#define NAMES_SHARE 0.75  /* of a title's weight: the question calls the document by it */
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
    esi_err rc = text_tokens(buf_view(&text), turn->language, TITLE_WORDS, &turn->work, &tokens,
                             &count, turn->err);
    struct buf words;
    buf_init(&words, 8192);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        if (!text_is_stopword(tokens[i].form, turn->language)) {
            buf_add(&words, tokens[i].stem);
            buf_char(&words, ' ');
        }
    }
    const char *copy = rc == ESI_OK ? arena_str(&turn->work, buf_view(&words)) : NULL;
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
                            .subject = standing->subject};
    if (standing->superseded_by != KNOWLEDGE_NOBODY) {
        who.superseded_by = index_document_at(index, standing->superseded_by).id;
    }
    return who;
}

/* A section as the snapshot knows it, without its text. */
static esi_err rival_of(struct turn *turn, uint32_t section, struct rival *out) {
    const struct index *index = turn->snapshot->index;
    *out = (struct rival){.who = contender_of(turn, section),
                          .vector = index_section_vector(index, section)};
    return title_words(turn, out->who.title, index_section_heading(index, section),
                       &out->title_words);
}

/* ---- what holds in place of what was found --------------------------------------------------- */

static bool is_chosen(const struct turn *turn, size_t count, uint32_t section) {
    size_t i = 0;
    while (i < count && turn->passage_section[i] != section) {
        i++;
    }
    return i < count;
}

/* The best hit of another document that is followed in place of this section. */
static esi_err find_winner(struct turn *turn, uint32_t section, size_t dimensions, size_t *out) {
    const struct index *index = turn->snapshot->index;
    const uint32_t document = index_section_document(index, section);
    struct rival own;
    esi_err rc = rival_of(turn, section, &own);
    *out = SIZE_MAX;
    for (size_t i = 0; rc == ESI_OK && i < turn->found.hit_count && i < LOOKED_AT; i++) {
        const uint32_t other = turn->found.hits[i].hit.section;
        if (turn->found.hits[i].score < LEAST_SCORE ||
            index_section_document(index, other) == document) {
            continue;
        }
        struct rival rival;
        const char *reason;
        const struct contender who = contender_of(turn, other);
        if (authority_compare(&own.who, &who, &reason) <= 0) {
            continue; /* whatever its subject is */
        }
        rc = rival_of(turn, other, &rival);
        if (rc == ESI_OK && rival_compare(&own, &rival, dimensions, &reason) > 0) {
            *out = i;
            return ESI_OK;
        }
    }
    return rc;
}

esi_err turn_add_rivals(struct turn *turn, size_t dimensions, size_t picked, size_t *count) {
    size_t added = 0;
    for (size_t i = 0; i < picked && added < RIVALS_MOST && *count < TURN_PASSAGES_MAX; i++) {
        const uint32_t rank = turn->passage_rank[i];
        if (rank >= 64 || !(turn->coverage.carriers >> rank & 1)) {
            continue;
        }
        size_t winner;
        const esi_err rc = find_winner(turn, turn->passage_section[i], dimensions, &winner);
        if (rc != ESI_OK) {
            return rc;
        }
        if (winner != SIZE_MAX && !is_chosen(turn, *count, turn->found.hits[winner].hit.section)) {
            turn->passage_section[*count] = turn->found.hits[winner].hit.section;
            turn->passage_from[*count] = UINT32_MAX;
            turn->passage_rank[(*count)++] = (uint32_t)winner;
            added++;
        }
    }
    return ESI_OK;
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool has_id(struct view question, struct view id) {
    for (size_t at = 0; id.n >= 3 && at + id.n <= question.n; at++) {
        if (view_eq_nocase(view_slice(question, at, at + id.n), id)) {
            return true;
        }
    }
    return false;
}

/* Does the question call the document by its id or its title? */
static esi_err is_named(struct turn *turn, const struct stems *question, const struct passage *p,
                        bool *out) {
    struct stems title;
    *out = has_id(turn->ask, p->document_id);
    if (*out) {
        return ESI_OK;
    }
    const esi_err rc = stems_read(p->title, &turn->work, &title, turn->err);
    *out = rc == ESI_OK && title.count >= 2 && stems_share(&title, question) >= NAMES_SHARE;
    return rc;
}

/* A number of the question that this text states and the other one doesn't: the question repeats
 * what this one claims. */
static bool repeats_claim(struct view question, struct view text, struct view other) {
    size_t at = 0;
    while (at < question.n) {
        size_t end = at;
        while (end < question.n && question.p[end] >= '0' && question.p[end] <= '9') {
            end++;
        }
        const struct view number = view_slice(question, at, end);
        if (number.n > 0 && view_find(text, number, 0) != SIZE_MAX &&
            view_find(other, number, 0) == SIZE_MAX) {
            return true;
        }
        at = end > at ? end : at + 1;
    }
    return false;
}

/* What is only looked at for its tiers stands last, and has no rivals. */
static size_t contending(const struct turn *turn) {
    size_t count = turn->passage_count;
    while (count > 0 && turn->passage_rank[count - 1] == UINT32_MAX &&
           turn->passage_from[count - 1] == UINT32_MAX) {
        count--;
    }
    return count;
}

/* What holds carries in place of what carried. */
static void hand_over(struct turn *turn, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct passage *loser = &turn->passages[i];
        for (size_t k = 0; loser->outranked && k < count; k++) {
            struct passage *winner = &turn->passages[k];
            if (winner->outranked || !view_eq(winner->document_id, loser->outranked_by)) {
                continue;
            }
            winner->carries |= loser->carries;
            turn->passages[i].named |= repeats_claim(turn->ask, loser->text, winner->text);
        }
    }
}

esi_err turn_judge_rivals(struct turn *turn, size_t dimensions) {
    const size_t count = contending(turn);
    struct rival *rivals = ARENA_ARRAY(&turn->scratch, count, struct rival);
    bool *named = ARENA_ARRAY(&turn->scratch, count, bool);
    if (!rivals || !named) {
        return fail_memory(turn->err, ORIGIN);
    }
    struct stems question;
    esi_err rc = stems_read(turn->ask, &turn->work, &question, turn->err);
    for (size_t i = 0; rc == ESI_OK && i < count; i++) {
        rc = rival_of(turn, turn->passage_section[i], &rivals[i]);
        if (rc == ESI_OK) {
            rc = is_named(turn, &question, &turn->passages[i], &named[i]);
        }
        rivals[i].text = turn->passages[i].text;
    }
    if (rc == ESI_OK) {
        rival_judge(turn->passages, rivals, named, count, dimensions);
        hand_over(turn, count);
    }
    return rc;
}

#include "core/claim.h"
#include "core/extract_parts.h"
#include "core/handling.h"

#define TELLS_LEAST 1.0f /* weight of a word that tells what is claimed */

/* Which of two documents holds, where they differ and the difference matters to what was asked. */

/* The passage that holds in its place: the one that states the figure for what is claimed, else one
 * that is quoted; `count` where there is none. */
static size_t winner_of(const struct composing *c, const struct passage *loser) {
    size_t quoted = c->in->passage_count;
    for (size_t i = 0; loser->outranked && i < c->in->passage_count; i++) {
        const struct passage *p = &c->in->passages[i];
        if (!view_eq(p->document_id, loser->outranked_by)) {
            continue;
        }
        if (loser->named && p->holds_item > 0 && p->carries) {
            return i;
        }
        quoted = c->selection->cites[i] && quoted == c->in->passage_count ? i : quoted;
    }
    return quoted;
}

static esi_err join(struct composing *c, struct view text, struct stems *into) {
    struct stems words;
    struct stems both;
    esi_err code = stems_read(text, c->arena, &words, c->err);
    if (code == ESI_OK) {
        code = stems_join(into, &words, c->arena, &both, c->err);
    }
    if (code == ESI_OK) {
        *into = both;
    }
    return code;
}

/* All words of a document's sections that were found. */
static esi_err words_of(struct composing *c, struct view document, struct stems *out) {
    esi_err code = ESI_OK;
    *out = (struct stems){0};
    for (size_t i = 0; i < c->in->passage_count && code == ESI_OK; i++) {
        const struct passage *p = &c->in->passages[i];
        if (!view_eq(p->document_id, document)) {
            continue;
        }
        code = join(c, p->title, out);
        code = code == ESI_OK ? join(c, p->heading, out) : code;
        code = code == ESI_OK ? join(c, p->text, out) : code;
    }
    return code;
}

/* Does what the person says come from the loser: words or figures that the winner hasn't? */
static esi_err is_repeated(struct composing *c, const struct passage *loser,
                           const struct passage *winner, bool *out) {
    struct stems lost;
    struct stems won;
    esi_err code = words_of(c, loser->document_id, &lost);
    if (code == ESI_OK) {
        code = words_of(c, winner->document_id, &won);
    }
    for (size_t i = 0; code == ESI_OK && i < c->heard->now.count; i++) {
        const struct view word = c->heard->now.items[i];
        *out |= c->heard->now.weights[i] >= TELLS_LEAST && stems_have(&lost, word) &&
                !stems_have(&won, word);
    }
    return code;
}

static void say_which(struct composing *c, const struct passage *loser, size_t at) {
    const struct passage *winner = &c->in->passages[at];
    const struct phrase_name names[] = {
        {"loser", loser->title},       {"loser_version", loser->version},
        {"winner", winner->title},     {"winner_version", winner->version},
        {"why", loser->outranked_why}, {NULL, {0}}};
    const bool versions = loser->version.n > 0 && winner->version.n > 0;
    phrase_paragraph(&c->text);
    part_names(c, versions ? "conflict" : "conflict_undated", names);
    if (loser->outranked_why.n > 0) {
        buf_char(&c->text, ' ');
        part_names(c, "conflict_why", names);
    }
    if (loser->named && winner->holds_item > 0) {
        for (size_t i = 0; i < c->in->passage_count; i++) {
            c->selection->cites[i] = i == at;
        }
        phrase_paragraph(&c->text);
        buf_add(&c->text, winner->note.items[winner->holds_item - 1].text);
        c->settled = true;
    }
}

void part_conflict(struct composing *c) {
    struct claim_source source;
    esi_err code = claim_source_of(c->in->message, c->arena, &source, c->err);
    for (size_t i = 0; code == ESI_OK && i < c->in->passage_count && !c->conflict; i++) {
        const struct passage *loser = &c->in->passages[i];
        const size_t winner = winner_of(c, loser);
        bool claimed = loser->named;
        if (winner == c->in->passage_count) {
            continue;
        }
        if (!claimed && loser->carries && (source.any || source.doubts)) {
            code = is_repeated(c, loser, &c->in->passages[winner], &claimed);
        }
        if (code == ESI_OK && claimed) {
            say_which(c, loser, winner); /* one is enough to know which holds */
            c->selection->cites[i] = true;
            c->conflict = true;
        }
    }
    c->text.failed |= code != ESI_OK;
}

#include "core/extract_parts.h"
#include "core/handling.h"

/* Which of two documents holds, where they differ and the difference matters to what was asked. */

#define TITLE_NAMED 0.6 /* share of a title's words that names the document */

static const struct passage *winner_of(const struct composing *c, const struct passage *loser) {
    for (size_t i = 0; loser->outranked && i < c->in->passage_count; i++) {
        const struct passage *p = &c->in->passages[i];
        if (c->selection->cites[i] && view_eq(p->document_id, loser->outranked_by)) {
            return p;
        }
    }
    return NULL;
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

/* "The 2023 policy says ...": by its title. */
static esi_err is_named(struct composing *c, const struct passage *loser, bool *out) {
    struct stems title;
    const esi_err code = stems_read(loser->title, c->arena, &title, c->err);
    *out = loser->named || (code == ESI_OK && title.count > 1 &&
                            stems_share(&title, &c->heard->now) >= TITLE_NAMED);
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
    const bool retired = loser->standing != STANDING_CURRENT && loser->standing != STANDING_UNDATED;
    const float least = retired ? 1.0f : 2.0f;
    for (size_t i = 0; code == ESI_OK && i < c->heard->now.count; i++) {
        const struct view word = c->heard->now.items[i];
        *out |=
            c->heard->now.weights[i] >= least && stems_have(&lost, word) && !stems_have(&won, word);
    }
    return code;
}

/* Both answer a question under headings alike. */
static esi_err is_beside(struct composing *c, const struct passage *loser,
                         const struct passage *winner, bool *out) {
    struct stems heading;
    struct stems other;
    esi_err code = stems_read(loser->heading, c->arena, &heading, c->err);
    if (code == ESI_OK) {
        code = stems_read(winner->heading, c->arena, &other, c->err);
    }
    *out = code == ESI_OK && loser->carries && c->in->reading->act == ESI_ACT_QUESTION &&
           (loser->standing == STANDING_CURRENT || loser->standing == STANDING_UNDATED) &&
           stems_common(&heading, &other) > 0.5;
    return code;
}

static void say_which(struct composing *c, const struct passage *loser,
                      const struct passage *winner) {
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
}

void part_conflict(struct composing *c, bool claimed_only) {
    for (size_t i = 0; i < c->in->passage_count && !c->conflict; i++) {
        const struct passage *loser = &c->in->passages[i];
        const struct passage *winner = winner_of(c, loser);
        bool named = false;
        bool claimed = false;
        bool beside = false;
        if (!winner) {
            continue;
        }
        esi_err code = is_named(c, loser, &named);
        if (code == ESI_OK && (loser->carries || named)) {
            code = is_repeated(c, loser, winner, &claimed);
        }
        if (code == ESI_OK && !claimed_only) {
            code = is_beside(c, loser, winner, &beside);
        }
        if (code != ESI_OK) {
            c->text.failed = true;
            return;
        }
        if (named || claimed || beside) {
            say_which(c, loser, winner); /* one is enough to know which holds */
            c->selection->cites[i] |= named || claimed;
            c->conflict = true;
        }
    }
}

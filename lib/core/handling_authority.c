#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/grow.h"
#include "core/handling_parts.h"

#define CURRENT_CHUNKS 2 /* a sentence about "this procedure" counts in the first of them */

const char *standing_name(enum standing standing) {
    static const char *const names[] = {
        [STANDING_CURRENT] = "current",         [STANDING_UNDATED] = "undated",
        [STANDING_DEPRECATED] = "deprecated",   [STANDING_SUPERSEDED] = "superseded",
        [STANDING_QUARANTINED] = "quarantined",
    };
    return (size_t)standing < sizeof names / sizeof names[0] ? names[standing] : "";
}

void hand_judge_lower(struct hand_judge *j, enum standing standing, struct view reason) {
    if (standing > j->out.standing) {
        j->out.standing = standing;
        j->out.reason = reason;
    }
}

static void add_id(struct hand_judge *j, struct view **list, size_t *count, size_t *cap,
                   struct view id) {
    for (size_t i = 0; i < *count; i++) {
        if (view_eq_nocase((*list)[i], id)) {
            return;
        }
    }
    struct view *room = grow(j->arena, *list, *count, cap, sizeof *room);
    const char *copy = arena_str(j->arena, id);
    if (room == NULL || copy == NULL) {
        j->memory = true;
        return;
    }
    *list = room;
    (*list)[(*count)++] = view_of(copy);
}

void hand_judge_supersedes(struct hand_judge *j, struct view id) {
    if (!view_eq_nocase(id, j->front->id)) {
        add_id(j, &j->out.supersedes, &j->out.supersedes_count, &j->supersedes_cap, id);
    }
}

void hand_judge_names(struct hand_judge *j, struct view id) {
    if (!view_eq_nocase(id, j->front->id)) {
        add_id(j, &j->out.names, &j->out.names_count, &j->names_cap, id);
    }
}

/* ---- front matter and title ------------------------------------------------------------------ */

static void judge_front(struct hand_judge *j) {
    const struct front *front = j->front;
    struct view rest = front->status;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        hand_judge_lower(j, hand_ending_of(word, true), VIEW("its status says so"));
        if (view_eq_nocase(word, VIEW("draft"))) {
            hand_judge_lower(j, STANDING_UNDATED, VIEW("it is a draft"));
        }
    }
    for (size_t i = 0; i < front->tag_count; i++) {
        hand_judge_lower(j, hand_ending_of(front->tags[i], false), VIEW("its tags say so"));
    }
    if (front->superseded_by.n > 0) {
        hand_judge_lower(j, STANDING_SUPERSEDED, VIEW("its front matter names a successor"));
        hand_judge_names(j, front->superseded_by);
    }
    for (size_t i = 0; i < front->supersedes_count; i++) {
        hand_judge_supersedes(j, front->supersedes[i]);
    }
}

/* "Deprecated" anywhere in a title; "old" and "legacy" only in brackets or in capitals. */
static void judge_title(struct hand_judge *j, struct view title) {
    struct hand_words words;
    if (!hand_split(j->lexicon, title, j->arena, &words)) {
        j->memory = true;
        return;
    }
    for (size_t i = 0; i < words.count; i++) {
        const struct hand_word *w = &words.items[i];
        const char before = w->from > 0 ? title.p[w->from - 1] : ' ';
        const bool marked = before == '(' || before == '[' || view_eq(w->form, VIEW("OLD")) ||
                            view_eq(w->form, VIEW("LEGACY"));
        hand_judge_lower(j, hand_ending_of(w->fold, marked), VIEW("its title says so"));
    }
}

/* Where dates stand: in the first lines and in the last. */
static bool is_margin(const struct chunk *chunks, size_t count, size_t i, size_t k) {
    return (i == 0 && k < 4) || (i + 1 == count && k + 3 > chunks[i].block_count);
}

static void judge_text(struct hand_judge *j, const struct chunk *chunks, size_t count) {
    for (size_t i = 0; i < count && !j->memory; i++) {
        for (size_t k = 0; k < chunks[i].block_count; k++) {
            const struct block *b = &chunks[i].blocks[k];
            struct view rest = b->text;
            struct view sentence;
            if (b->kind != BLOCK_CODE && is_margin(chunks, count, i, k)) {
                hand_judge_date(j, b->text);
            }
            while (b->kind != BLOCK_CODE && b->kind != BLOCK_TABLE_ROW &&
                   text_sentence(&rest, &sentence)) {
                hand_judge_sentence(j, sentence, i < CURRENT_CHUNKS);
            }
        }
    }
}

esi_err handling_authority(const struct front *front, struct view title, const struct chunk *chunks,
                           size_t count, esi_arena *arena, struct authority *out, esi_error *err) {
    struct hand_judge j = {.front = front, .arena = arena};
    j.lexicon = hand_lexicon(arena);
    if (j.lexicon == NULL) {
        return fail_memory(err, "core/handling");
    }
    j.out.standing = STANDING_CURRENT;
    judge_front(&j);
    judge_title(&j, front->title);
    judge_title(&j, title);
    judge_text(&j, chunks, count);
    if (front->version.n + front->updated.n + j.out.version.n + j.out.updated.n == 0) {
        hand_judge_lower(&j, STANDING_UNDATED, VIEW("it has neither version nor date"));
    }
    if (j.memory) {
        return fail_memory(err, "core/handling");
    }
    *out = j.out;
    return ESI_OK;
}

/* ---- which document is meant ----------------------------------------------------------------- */

static bool is_separator(char c) {
    return strchr(" -_.,:()[]/\"'", c) != NULL;
}

/* The next word of a title, an id or a phrase. */
static bool next_word(struct view *rest, struct view *word) {
    size_t i = 0;
    while (i < rest->n && is_separator(rest->p[i])) {
        i++;
    }
    const size_t from = i;
    while (i < rest->n && !is_separator(rest->p[i])) {
        i++;
    }
    *word = view_slice(*rest, from, i);
    *rest = view_slice(*rest, i, rest->n);
    return word->n > 0;
}

static struct view singular(struct view word) {
    return word.n > 3 && (word.p[word.n - 1] | 0x20) == 's' ? view_slice(word, 0, word.n - 1)
                                                            : word;
}

static bool contains(struct view text, struct view word) {
    struct view other;
    while (next_word(&text, &other)) {
        if (view_eq_nocase(singular(other), singular(word))) {
            return true;
        }
    }
    return false;
}

bool authority_is_meant(struct view id, struct view title, struct view said) {
    struct view word;
    bool number = false;
    size_t words = 0;
    if (view_eq_nocase(id, said)) {
        return true;
    }
    while (next_word(&said, &word)) {
        if (contains(VIEW("the of for a an our old previous former earlier from"), word)) {
            continue;
        }
        for (size_t i = 0; i < word.n; i++) {
            number = number || (word.p[i] >= '0' && word.p[i] <= '9');
        }
        words++;
        if (!contains(title, word) && !contains(id, word)) {
            return false;
        }
    }
    return number && words > 1;
}

/* ---- who wins -------------------------------------------------------------------------------- */

/* The next number of a version and the letters before it. */
static bool next_part(struct view *rest, struct view *letters, int64_t *number) {
    size_t i = 0;
    while (i < rest->n && (rest->p[i] == '.' || rest->p[i] == '-' || rest->p[i] == ' ')) {
        i++;
    }
    const size_t from = i;
    while (i < rest->n && (rest->p[i] < '0' || rest->p[i] > '9') && rest->p[i] != '.' &&
           rest->p[i] != '-' && rest->p[i] != ' ') {
        i++;
    }
    *letters = view_slice(*rest, from, i);
    const size_t digits = i;
    *number = 0;
    while (i < rest->n && rest->p[i] >= '0' && rest->p[i] <= '9') {
        *number = *number < INT64_MAX / 20 ? *number * 10 + (rest->p[i] - '0') : *number;
        i++;
    }
    const bool any = i > from || digits > from;
    *rest = view_slice(*rest, i, rest->n);
    return any;
}

/* "2.10" is after "2.9", "v3" after "2"; below 0: a is older. */
static int version_compare(struct view a, struct view b) {
    for (;;) {
        struct view la, lb;
        int64_t na, nb;
        const bool more_a = next_part(&a, &la, &na);
        const bool more_b = next_part(&b, &lb, &nb);
        if (!more_a && !more_b) {
            return 0;
        }
        if (na != nb) {
            return na < nb ? -1 : 1;
        }
    }
}

/* Two documents are one series when their titles are the same but for numbers and years. */
static bool same_series(struct view a, struct view b) {
    size_t i = 0, k = 0;
    const char *const skipped = "0123456789.()[] -_:vV";
    for (;;) {
        while (i < a.n && view_find(view_of(skipped), view_slice(a, i, i + 1), 0) != SIZE_MAX) {
            i++;
        }
        while (k < b.n && view_find(view_of(skipped), view_slice(b, k, k + 1), 0) != SIZE_MAX) {
            k++;
        }
        if (i == a.n || k == b.n) {
            return i == a.n && k == b.n && a.n > 0;
        }
        if (!view_eq_nocase(view_slice(a, i, i + 1), view_slice(b, k, k + 1))) {
            return false;
        }
        i++;
        k++;
    }
}

static bool is_ended(const struct contender *c) {
    return c->standing >= STANDING_DEPRECATED || c->superseded_by.n > 0;
}

static bool is_dated(const struct contender *c) {
    return c->version.n > 0 || c->updated.n > 0;
}

/* The one that is so wins; 0 where both are or neither is. */
static int prefer(bool a, bool b) {
    return a == b ? 0 : (a ? -1 : 1);
}

int authority_compare(const struct contender *a, const struct contender *b, const char **reason) {
    const bool dated_a = is_dated(a) && a->standing != STANDING_UNDATED;
    const bool dated_b = is_dated(b) && b->standing != STANDING_UNDATED;
    int by =
        prefer(view_eq_nocase(b->superseded_by, a->id), view_eq_nocase(a->superseded_by, b->id));
    *reason = "it supersedes the other one";
    if (by == 0) {
        by = prefer(!is_ended(a), !is_ended(b));
        *reason = "the other one is no longer valid";
    }
    if (by == 0) {
        const bool named = a->named != b->named;
        by = prefer(a->named || a->declares_rule, b->named || b->declares_rule);
        *reason = named ? "it is named as the one to use" : "it declares itself the rule";
    }
    if (by == 0) {
        by = prefer(!a->defers, !b->defers);
        *reason = "the other one only sums it up";
    }
    if (by == 0) {
        by = prefer(dated_a, dated_b);
        *reason = "the other one has neither version nor date";
    }
    if (by == 0 && a->version.n > 0 && b->version.n > 0 && same_series(a->title, b->title)) {
        by = -version_compare(a->version, b->version);
        *reason = "it has the newer version";
    }
    if (by == 0 && a->updated.n > 0 && b->updated.n > 0) {
        by = -view_cmp(a->updated, b->updated);
        *reason = "it is newer";
    }
    if (by == 0) {
        *reason = "";
    }
    return by;
}

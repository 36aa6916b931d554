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

struct judge {
    const struct front *front;
    esi_arena *arena;
    struct hand_lexicon *lexicon;
    struct authority out;
    size_t supersedes_cap, names_cap;
    bool memory;
};

/* ---- words that end a document's life -------------------------------------------------------- */

static const struct {
    const char *word;
    enum standing standing;
} endings[] = {
    {"deprecated", STANDING_DEPRECATED},   {"obsolete", STANDING_DEPRECATED},
    {"archived", STANDING_DEPRECATED},     {"retired", STANDING_DEPRECATED},
    {"outdated", STANDING_DEPRECATED},     {"withdrawn", STANDING_DEPRECATED},
    {"inactive", STANDING_DEPRECATED},     {"expired", STANDING_DEPRECATED},
    {"discontinued", STANDING_DEPRECATED}, {"superseded", STANDING_SUPERSEDED},
    {"replaced", STANDING_SUPERSEDED},     {"old", STANDING_DEPRECATED},
    {"legacy", STANDING_DEPRECATED},       {"historical", STANDING_DEPRECATED},
};
#define ENDINGS (sizeof endings / sizeof endings[0])
#define PLAIN_ENDINGS (ENDINGS - 3) /* those that say it without more around them */

static enum standing ending_of(struct view word, size_t known) {
    for (size_t i = 0; i < known; i++) {
        if (view_eq_nocase(word, view_of(endings[i].word))) {
            return endings[i].standing;
        }
    }
    return STANDING_CURRENT;
}

static void judge_lower(struct judge *j, enum standing standing, struct view reason) {
    if (standing > j->out.standing) {
        j->out.standing = standing;
        j->out.reason = reason;
    }
}

static void add_id(struct judge *j, struct view **list, size_t *count, size_t *cap,
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

static void add_supersedes(struct judge *j, struct view id) {
    add_id(j, &j->out.supersedes, &j->out.supersedes_count, &j->supersedes_cap, id);
}

static void add_name(struct judge *j, struct view id) {
    if (!view_eq_nocase(id, j->front->id)) {
        add_id(j, &j->out.names, &j->out.names_count, &j->names_cap, id);
    }
}

/* ---- front matter and title ------------------------------------------------------------------ */

static void judge_front(struct judge *j) {
    const struct front *front = j->front;
    struct view rest = front->status;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        judge_lower(j, ending_of(word, ENDINGS), VIEW("its status says so"));
        if (view_eq_nocase(word, VIEW("draft"))) {
            judge_lower(j, STANDING_UNDATED, VIEW("it is a draft"));
        }
    }
    for (size_t i = 0; i < front->tag_count; i++) {
        judge_lower(j, ending_of(front->tags[i], PLAIN_ENDINGS), VIEW("its tags say so"));
    }
    if (front->superseded_by.n > 0) {
        judge_lower(j, STANDING_SUPERSEDED, VIEW("its front matter names a successor"));
        add_name(j, front->superseded_by);
    }
    for (size_t i = 0; i < front->supersedes_count; i++) {
        add_supersedes(j, front->supersedes[i]);
    }
}

/* "Deprecated" anywhere in a title; "old" and "legacy" only in brackets or in capitals. */
static void judge_title(struct judge *j, struct view title) {
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
        judge_lower(j, ending_of(w->fold, marked ? ENDINGS : PLAIN_ENDINGS),
                    VIEW("its title says so"));
    }
}

/* ---- sentences ------------------------------------------------------------------------------- */

/* "this document", "this page is", "the document you are reading" is about the document; "this
 * procedure" only where the document begins. */
static bool about_itself(const struct hand_words *w, bool early) {
    static const char *const whole = "document|page|article|policy|guide|runbook|manual|handbook|"
                                     "kb|playbook|faq|note|version|revision|edition";
    static const char *const part = "procedure|section|process|instruction|instructions|workflow|"
                                    "text|information|content";
    for (size_t i = 0; i < w->count; i++) {
        if (!hand_is(w, i, "this")) {
            continue;
        }
        const size_t noun =
            hand_is(w, i + 1, whole) || (early && hand_is(w, i + 1, part)) ? i + 1 : i + 2;
        if (hand_is(w, noun, whole) || (early && hand_is(w, noun, part))) {
            return true;
        }
    }
    return early && hand_is(w, 0, "it|deprecated|obsolete|superseded|replaced|archived|retired");
}

static bool is_negated(const struct hand_words *w, size_t at) {
    return at > 0 && (w->items[at - 1].cues & HAND_NOT) != 0;
}

/* The first document id at or after `from`, at most `far` words on; count if there is none. */
static size_t find_id(const struct judge *j, const struct hand_words *w, size_t from, size_t far) {
    for (size_t i = from; i < w->count && i - from < far; i++) {
        if (hand_is_document(j->front, &w->items[i])) {
            return i;
        }
    }
    return w->count;
}

/* "is superseded by X", "has been replaced", "is no longer maintained". */
static void judge_ending(struct judge *j, const struct hand_words *w, bool early) {
    const bool itself = about_itself(w, early);
    for (size_t i = 0; i < w->count; i++) {
        enum standing standing = ending_of(w->items[i].fold, PLAIN_ENDINGS);
        const bool by = hand_is(w, i + 1, "by");
        if (hand_seq(w, i, "no longer") > 0 &&
            hand_is(w, i + 2,
                    "maintained|valid|current|used|in|supported|applicable|applies|"
                    "updated|followed|correct|accurate")) {
            standing = STANDING_DEPRECATED;
        } else if (hand_seq(w, i, "out of date") > 0 || hand_seq(w, i, "for reference only") > 0 ||
                   hand_seq(w, i, "kept for reference") > 0 ||
                   hand_seq(w, i, "historical purposes") > 0) {
            standing = STANDING_DEPRECATED;
        }
        if (standing == STANDING_CURRENT || is_negated(w, i) || !itself) {
            continue;
        }
        judge_lower(j, standing, VIEW("it says so itself"));
        const size_t id = by ? find_id(j, w, i + 2, 4) : w->count;
        if (id < w->count) {
            add_name(j, w->items[id].form);
        }
    }
}

/* "Do not use this procedure; use X instead." */
static void judge_instead(struct judge *j, const struct hand_words *w, bool early) {
    for (size_t i = 0; i < w->count; i++) {
        const bool use =
            (w->items[i].cues & HAND_NOT) != 0 && (hand_is(w, i + 1, "use|follow|rely|apply") ||
                                                   hand_is(w, i + 2, "use|follow|rely|apply"));
        if (use && about_itself(w, early)) {
            judge_lower(j, STANDING_DEPRECATED, VIEW("it says not to use it"));
        }
        if (hand_is(w, i, "use|follow|see|consult") && find_id(j, w, i + 1, 3) < w->count &&
            (hand_find(w, i, "instead") < w->count || hand_find(w, i, "current") < w->count)) {
            add_name(j, w->items[find_id(j, w, i + 1, 3)].form);
        }
    }
}

/* "This policy replaces X." */
static void judge_replaces(struct judge *j, const struct hand_words *w) {
    for (size_t i = 0; i < w->count; i++) {
        if (!hand_is(w, i, "replaces|supersedes|obsoletes") || !about_itself(w, true)) {
            continue;
        }
        for (size_t id = find_id(j, w, i + 1, 6); id < w->count; id = find_id(j, w, id + 1, 3)) {
            add_supersedes(j, w->items[id].form);
        }
    }
}

static const char *const rule_words =
    "authoritative|authority|canonical|definitive|binding|official|governs|prevails|holds|wins|"
    "overrides|precedence|truth";

/* What a document declares itself the rule for: behind "for", "on" or "about". */
static struct view subject_of(const struct hand_words *w, size_t from) {
    const size_t at = hand_find(w, from, "for|on|about");
    const size_t any = at < w->count ? at : hand_find(w, 0, "about|on");
    if (any + 1 >= w->count) {
        return (struct view){0};
    }
    size_t to = any + 1;
    while (to + 1 < w->count && w->items[to].after == 0) {
        to++;
    }
    return view_slice(w->text, w->items[any + 1].from, w->items[to].to);
}

/* "This document is the authority for X." "Where pages differ, this one holds." "For X, kb-y takes
 * precedence." */
static void judge_rule(struct judge *j, const struct hand_words *w) {
    const size_t at = hand_find(w, 0, rule_words);
    if (at == w->count || is_negated(w, at)) {
        return;
    }
    const size_t id = find_id(j, w, 0, w->count);
    const bool other = id < w->count && !view_eq_nocase(w->items[id].form, j->front->id);
    const size_t one = hand_find(w, 0, "this");
    const bool itself = one < w->count && (about_itself(w, true) || hand_is(w, one + 1, "one"));
    if (itself && !(other && id < at && id < one)) {
        const struct view subject = subject_of(w, at);
        j->out.declares_rule = true;
        j->out.subject = j->out.subject.n == 0 ? subject : j->out.subject;
    } else if (other) {
        add_name(j, w->items[id].form);
    }
}

static void judge_sentence(struct judge *j, struct view sentence, bool early) {
    struct hand_words words;
    if (!hand_split(j->lexicon, sentence, j->arena, &words)) {
        j->memory = true;
        return;
    }
    judge_ending(j, &words, early);
    judge_instead(j, &words, early);
    judge_replaces(j, &words);
    judge_rule(j, &words);
}

static void judge_text(struct judge *j, const struct chunk *chunks, size_t count) {
    for (size_t i = 0; i < count && !j->memory; i++) {
        for (size_t k = 0; k < chunks[i].block_count; k++) {
            const struct block *b = &chunks[i].blocks[k];
            struct view rest = b->text;
            struct view sentence;
            while (b->kind != BLOCK_CODE && b->kind != BLOCK_TABLE_ROW &&
                   text_sentence(&rest, &sentence)) {
                judge_sentence(j, sentence, i < CURRENT_CHUNKS);
            }
        }
    }
}

esi_err handling_authority(const struct front *front, struct view title, const struct chunk *chunks,
                           size_t count, esi_arena *arena, struct authority *out, esi_error *err) {
    struct judge j = {.front = front, .arena = arena};
    j.lexicon = hand_lexicon(arena);
    if (j.lexicon == NULL) {
        return fail_memory(err, "core/handling");
    }
    j.out.standing = STANDING_CURRENT;
    if (front->version.n == 0 && front->updated.n == 0) {
        judge_lower(&j, STANDING_UNDATED, VIEW("it has neither version nor date"));
    }
    judge_front(&j);
    judge_title(&j, front->title);
    judge_title(&j, title);
    judge_text(&j, chunks, count);
    if (j.memory) {
        return fail_memory(err, "core/handling");
    }
    *out = j.out;
    return ESI_OK;
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
    *reason = "the first supersedes the second";
    if (by == 0) {
        by = prefer(!is_ended(a), !is_ended(b));
        *reason = "the second is no longer valid";
    }
    if (by == 0) {
        const bool named = a->named != b->named;
        by = prefer(a->named || a->declares_rule, b->named || b->declares_rule);
        *reason =
            named ? "the first is named as the one to use" : "the first declares itself the rule";
    }
    if (by == 0) {
        by = prefer(dated_a, dated_b);
        *reason = "the second has neither version nor date";
    }
    if (by == 0 && a->version.n > 0 && b->version.n > 0 && same_series(a->title, b->title)) {
        by = -version_compare(a->version, b->version);
        *reason = "newer version";
    }
    if (by == 0 && a->updated.n > 0 && b->updated.n > 0) {
        by = -view_cmp(a->updated, b->updated);
        *reason = "newer date";
    }
    if (by == 0) {
        *reason = "";
    }
    return by;
}

#include "base/text.h"
#include "core/front_parts.h"
#include "core/handling_parts.h"

#define DATE_WORDS 14 /* of a line that says when the document was changed */
#define ENDED_FOR                                                                                  \
    3 /* sentences that name what took a document's place: that which says so and two more */

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

enum standing hand_ending_of(struct view word, bool marked) {
    const size_t known = marked ? ENDINGS : PLAIN_ENDINGS;
    for (size_t i = 0; i < known; i++) {
        if (view_eq_nocase(word, view_of(endings[i].word))) {
            return endings[i].standing;
        }
    }
    return STANDING_CURRENT;
}

/* ---- whom a sentence is about ---------------------------------------------------------------- */

static const char *const whole =
    "document|page|article|policy|guide|runbook|manual|handbook|kb|"
    "playbook|faq|note|notes|version|revision|edition|sheet|wiki|pages";
static const char *const part = "procedure|section|process|instruction|instructions|workflow|text|"
                                "information|content|steps|list";

/* The last word of the mention of the document itself; count where there is none: "this document",
 * "this little guide", "what stands here"; "this procedure" only where the document begins. */
static size_t self_at(const struct hand_words *w, bool early) {
    static const char *const phrases[] = {"what stands here",      "what is written here",
                                          "what is written below", "everything below",
                                          "everything here",       "the text below",
                                          "the steps below",       "the information below",
                                          "the information here",  "you are reading"};
    for (size_t i = 0; i < w->count; i++) {
        for (size_t k = 0; k < sizeof phrases / sizeof phrases[0]; k++) {
            const size_t n = hand_seq(w, i, phrases[k]);
            if (n > 0) {
                return i + n - 1;
            }
        }
        for (size_t noun = i + 1; hand_is(w, i, "this|these") && noun < i + 4; noun++) {
            if (hand_is(w, noun, whole) || (early && hand_is(w, noun, part))) {
                return noun;
            }
        }
    }
    const bool bare =
        early &&
        hand_is(w, 0, "it|deprecated|obsolete|superseded|replaced|archived|retired|outdated");
    return bare ? 0 : w->count;
}

/* The first document id at or after `from`, at most `far` words on; count if there is none. */
static size_t find_id(const struct hand_judge *j, const struct hand_words *w, size_t from,
                      size_t far) {
    for (size_t i = from; i < w->count && i - from < far; i++) {
        if (hand_is_document(j->front, &w->items[i]) && !hand_is_code(&w->items[i])) {
            return i;
        }
    }
    return w->count;
}

static struct view id_of(const struct hand_word *word) {
    return word->code && word->form.n > 2 ? view_slice(word->form, 1, word->form.n - 1)
                                          : word->form;
}

static bool is_own(const struct hand_judge *j, const struct hand_word *word) {
    return view_eq_nocase(id_of(word), j->front->id);
}

static bool has_digit(struct view text) {
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= '0' && text.p[i] <= '9') {
            return true;
        }
    }
    return false;
}

/* "the 2022 guide", "the MFA policy of 2021": a document by words, from `from` on, with a number
 * that tells it from others. *to is behind it; false where there is none. */
static bool title_at(const struct hand_words *w, size_t from, size_t *to) {
    if (!hand_is(w, from, "the|our")) {
        return false;
    }
    bool digit = false, noun = false;
    for (size_t i = from + 1; i < w->count && i < from + 7; i++) {
        if ((hand_cues(w, i) & (HAND_BE | HAND_MODAL | HAND_HAVE | HAND_DOES | HAND_NOT)) != 0 ||
            hand_is(w, i, "that|which|and|no")) {
            break;
        }
        digit = digit || has_digit(w->items[i].form);
        noun = noun || hand_is(w, i, whole);
        *to = i + 1;
        if ((digit && noun && !hand_is(w, i + 1, "of|from|for")) || w->items[i].after != 0) {
            break;
        }
    }
    return digit && noun;
}

/* ---- the end of a document ------------------------------------------------------------------- */

static const char *const joints = "after|when|because|since|while|before|until|but|although|though|"
                                  "whereas|so|as|once|if|than|where";

static bool ends_clause(const struct hand_words *w, size_t i) {
    const char mark = w->items[i].after;
    return mark == ',' || mark == ';' || mark == ':' || mark == '.' || mark == '?';
}

static size_t clause_from(const struct hand_words *w, size_t i) {
    while (i > 0 && !ends_clause(w, i - 1) && !hand_is(w, i - 1, joints)) {
        i--;
    }
    return i;
}

/* What the words at i say of the subject before them. */
static enum standing ending_at(const struct hand_words *w, size_t i) {
    static const char *const phrases[] = {
        "out of date",       "out of use",          "for reference only",  "kept for reference",
        "out of force",      "not in force",        "for the archive",     "for the record",
        "given up in",       "overtaken by",        "been overtaken",      "past its date",
        "moved to",          "historical purposes", "historical interest", "left up because",
        "up because",        "only kept",           "kept only",           "not valid any",
        "not valid anymore", "not apply any",       "not apply anymore",   "not used any",
        "not used anymore"};
    static const char *const successors[] = {"taken its place", "taken over from",
                                             "takes its place", "took its place"};
    const enum standing plain = hand_ending_of(w->items[i].fold, false);
    if (plain != STANDING_CURRENT) {
        return plain;
    }
    if (hand_seq(w, i, "no longer") > 0 &&
        hand_is(w, i + 2,
                "maintained|valid|current|used|in|supported|applicable|applies|apply|updated|"
                "followed|correct|accurate|holds|true|up|right|reflects|binding")) {
        return STANDING_DEPRECATED;
    }
    if (hand_is(w, i, "true|valid|correct|right|applies|apply|holds|hold|works|work") &&
        hand_find(w, clause_from(w, i), "nothing|none|neither") < i) {
        return STANDING_DEPRECATED;
    }
    if (hand_is(w, i, "doesn't|don't") && hand_is(w, i + 1, "apply|hold") &&
        hand_is(w, i + 2, "any|anymore")) {
        return STANDING_DEPRECATED;
    }
    for (size_t k = 0; k < sizeof phrases / sizeof phrases[0]; k++) {
        if (hand_seq(w, i, phrases[k]) > 0) {
            return STANDING_DEPRECATED;
        }
    }
    for (size_t k = 0; k < sizeof successors / sizeof successors[0]; k++) {
        if (hand_seq(w, i, successors[k]) > 0) {
            return STANDING_SUPERSEDED;
        }
    }
    return STANDING_CURRENT;
}

/* ---- whom an ending is said of --------------------------------------------------------------- */

enum subject { SUBJECT_NONE, SUBJECT_SELF, SUBJECT_OTHER };

/* "This page describes how ...": what follows is said of something that it writes about, and not
 * of it; but "what this page describes is out of date" is. */
static bool writes_about(const struct hand_words *w, size_t from, size_t subject, size_t to) {
    for (size_t k = subject; k < to && hand_find(w, from, "what") >= subject; k++) {
        if (hand_is(w, k,
                    "which|who|whose|describes|explains|covers|lists|tells|shows|says|contains|"
                    "about|how|why")) {
            return true;
        }
    }
    return false;
}

/* Nothing but "and is now", "which was": the subject stands before it. */
static bool has_no_subject(const struct hand_words *w, size_t from, size_t to) {
    while (from < to &&
           ((hand_cues(w, from) & (HAND_BE | HAND_HAVE | HAND_MODAL | HAND_NOT)) ||
            hand_is(w, from, "and|now|therefore|long|also|only|been|is|are|was|were"))) {
        from++;
    }
    return from == to;
}

/* "it", "they", "what it says", "none of this" behind a mention of the document itself. */
static bool points_to_self(const struct hand_judge *j, const struct hand_words *w, size_t from,
                           size_t self) {
    size_t at = from;
    while (hand_is(w, at, "what|none|nothing|everything|all|much|most|of|in|and")) {
        at++;
    }
    const bool many = hand_is(w, at, "they|these|those|them");
    if (at > from && hand_is(w, at, "below|above|here")) {
        return true; /* "nothing below" */
    }
    const bool before = self < from
                            ? hand_is(w, self, "these|notes|pages|instructions|steps") == many
                            : j->speaks_of_self && j->speaks_of_many == many;
    return before && hand_is(w, at, "it|this|that|they|these|those|its|their|them|here");
}

static enum subject subject_at(const struct hand_judge *j, const struct hand_words *w, size_t i,
                               size_t self, struct view *other) {
    size_t to = i;
    for (size_t from = clause_from(w, i);; to = from, from = clause_from(w, from - 1)) {
        size_t end;
        const size_t id = find_id(j, w, from, to - from);
        if (self >= from && self < to) {
            return writes_about(w, from, self + 1, i) ? SUBJECT_NONE : SUBJECT_SELF;
        }
        if (id < to && !is_own(j, &w->items[id])) {
            *other = id_of(&w->items[id]);
            return writes_about(w, from, id + 1, i) ? SUBJECT_NONE : SUBJECT_OTHER;
        }
        for (size_t k = from; k < to; k++) {
            if (title_at(w, k, &end) && end <= to) {
                *other = hand_slice(w, k + 1, end);
                return writes_about(w, from, end, i) ? SUBJECT_NONE : SUBJECT_OTHER;
            }
        }
        if (points_to_self(j, w, from, self)) {
            return hand_find(w, i, "after|when|if|once|unless|outside|during") < w->count
                       ? SUBJECT_NONE
                       : SUBJECT_SELF;
        }
        const bool which = hand_is(w, from, "which|that");
        const bool beside = to < i && from > 0 && w->items[from - 1].after == ',' &&
                            w->items[to - 1].after == ','; /* "this page, made in a hurry, is" */
        if (from == 0 || (!beside && !has_no_subject(w, from + which, to)) ||
            (which && self + 1 != from)) {
            return SUBJECT_NONE;
        }
    }
}

/* "Out of date since the spring.", "Left here for the record only.": whose subject goes without
 * saying. */
static bool opens(const struct hand_words *w, size_t i) {
    size_t at = 0;
    while (
        hand_is(w, at, "left|kept|here|only|just|now|long|note|careful|no|longer|out|of|in|not")) {
        at++;
    }
    return at >= i && hand_find(w, i + 1, "since|see|use|by|only|in|from|now|as") < w->count;
}

static bool is_negated(const struct hand_words *w, size_t at) {
    return at > 0 && (w->items[at - 1].cues & HAND_NOT) != 0;
}

static void set_successor(struct hand_judge *j, struct view id) {
    if (!view_eq_nocase(id, j->front->id)) {
        hand_judge_names(j, id);
        j->out.superseded_by = j->out.superseded_by.n == 0 ? id : j->out.superseded_by;
    }
}

/* "is superseded by X", "has been replaced", "is no longer maintained": of this document, or of
 * another one that is named. */
static void judge_ending(struct hand_judge *j, const struct hand_words *w, size_t self,
                         bool early) {
    for (size_t i = 0; i < w->count; i++) {
        const enum standing standing = ending_at(w, i);
        struct view other = {0};
        if (standing == STANDING_CURRENT || is_negated(w, i)) {
            continue;
        }
        if (hand_is(w, i, "taken|takes|took")) {
            const size_t id = find_id(j, w, 0, i);
            if (id < i && (j->ended > 0 || j->speaks_of_self || self < i)) {
                hand_judge_lower(j, standing, VIEW("it says so itself"));
                set_successor(j, id_of(&w->items[id]));
            }
            continue;
        }
        const bool first = self <= i + 2 && self >= i; /* "Outdated: this page" */
        const enum subject subject = (first && self < w->count) || (early && opens(w, i))
                                         ? SUBJECT_SELF
                                         : subject_at(j, w, i, self, &other);
        if (subject == SUBJECT_OTHER) {
            hand_judge_supersedes(j, other);
        } else if (subject == SUBJECT_SELF) {
            const size_t id = hand_is(w, i + 1, "by|to") ? find_id(j, w, i + 2, 4) : w->count;
            if (hand_is(w, i, "moved") && id == w->count) {
                continue; /* "this page moved to the new wiki": is only elsewhere */
            }
            hand_judge_lower(j, standing, VIEW("it says so itself"));
            j->ended = ENDED_FOR;
            if (id < w->count) {
                set_successor(j, id_of(&w->items[id]));
            }
        }
    }
}

/* ---- which one to use ------------------------------------------------------------------------ */

/* Words by which the document that stands beside them is the one to use. */
static bool prefers(const struct hand_words *w) {
    static const char *const phrases[] = {
        "to use",          "to follow",     "that document", "that page",
        "that one",        "where the two", "where they",    "takes precedence",
        "take precedence", "laid down in",  "final say",     "last word",
        "place to look",   "to go by",      "up to date",    "everything else"};
    if (hand_find(w, 0, "instead|current|authoritative|latest|newer|holds|prevails|wins") <
        w->count) {
        return true;
    }
    for (size_t i = 0; i < w->count; i++) {
        for (size_t k = 0; k < sizeof phrases / sizeof phrases[0]; k++) {
            if (hand_seq(w, i, phrases[k]) > 0) {
                return true;
            }
        }
    }
    return false;
}

/* "Do not use this procedure; use X instead." "For clocks X is the document to use." */
static void judge_instead(struct hand_judge *j, const struct hand_words *w, size_t self) {
    for (size_t i = 0; i < w->count; i++) {
        const bool use =
            (w->items[i].cues & HAND_NOT) != 0 &&
            (hand_is(w, i + 1, "use|follow|rely|apply|trust") || hand_seq(w, i + 1, "go by") > 0 ||
             hand_is(w, i + 2, "use|follow|rely|apply|used|followed"));
        const bool ignore = hand_is(w, i, "ignore|disregard") && self > i && self < i + 5;
        const bool rather =
            (hand_seq(w, i, "rather than") > 0 || hand_seq(w, i, "instead of") > 0 ||
             hand_seq(w, i, "in place of") > 0) &&
            self > i && self < i + 6 && hand_find(w, 0, "use|see|read|follow") < i;
        if ((use || ignore || rather) && self < w->count) {
            hand_judge_lower(j, STANDING_DEPRECATED, VIEW("it says not to use it"));
            j->ended = ENDED_FOR;
        }
    }
    const size_t id = find_id(j, w, 0, w->count);
    const size_t verb = hand_find(w, 0, "use|follow|see|consult|read|open|go|refer");
    if (id == w->count || is_own(j, &w->items[id])) {
        return;
    }
    const bool there = id > 0 && hand_is(w, id - 1, "in|to|at|is|by");
    if (j->ended > 0 && (there || (verb < id && id - verb < 4))) {
        set_successor(j, id_of(&w->items[id]));
    } else if (prefers(w) && (self == w->count || self > id || verb < w->count)) {
        hand_judge_names(j, id_of(&w->items[id]));
    }
}

/* "This policy replaces X." "X was replaced by this." "It takes the place of the 2022 guide." */
static void judge_replaces(struct hand_judge *j, const struct hand_words *w, bool early) {
    const size_t self = self_at(w, true);
    for (size_t i = 0; i < w->count; i++) {
        const bool place =
            hand_seq(w, i, "takes the place of") > 0 || hand_seq(w, i, "took the place of") > 0;
        const bool took =
            hand_seq(w, i, "took over from") > 0 || hand_seq(w, i, "takes over from") > 0;
        const bool active =
            place || took || hand_is(w, i, "replaces|supersedes|obsoletes|succeeds");
        const bool passive = hand_is(w, i, "replaced|superseded") && hand_is(w, i + 1, "by") &&
                             hand_is(w, i + 2, "this|it");
        const size_t by = find_id(j, w, 0, i);
        if (active && by < i && !is_own(j, &w->items[by]) &&
            ((self > i && self < i + 5) || (self < by && hand_is(w, by - 1, "which|that")))) {
            hand_judge_lower(j, STANDING_SUPERSEDED, VIEW("it says so itself"));
            set_successor(j, id_of(&w->items[by])); /* "kb-b replaces this page" */
            continue;
        }
        if ((!active && !passive) || (active && self > i) || (!early && self == 0)) {
            continue;
        }
        size_t to;
        const size_t from = passive ? 0 : i + (place ? 4 : took ? 3 : 1);
        for (size_t id = find_id(j, w, from, 6); id < (passive ? i : w->count);
             id = find_id(j, w, id + 1, 3)) {
            hand_judge_supersedes(j, id_of(&w->items[id]));
        }
        if (title_at(w, from, &to)) {
            hand_judge_supersedes(j, hand_slice(w, from + 1, to));
        }
    }
}

/* "What this page says of locks is only a summary." */
static void judge_summary(struct hand_judge *j, const struct hand_words *w, size_t self) {
    const bool itself = self < w->count || points_to_self(j, w, 0, self);
    for (size_t i = 0; itself && i < w->count; i++) {
        const size_t noun = hand_is(w, i + 1, "a|an|the") ? i + 2 : i + 1;
        const size_t told = hand_is(w, noun, "short|brief|quick|rough") ? noun + 1 : noun;
        j->out.defers |= hand_is(w, i, "only|just|merely") &&
                         hand_is(w, told,
                                 "summary|overview|outline|sketch|excerpt|extract|digest|"
                                 "introduction|version");
        j->out.defers |= hand_is(w, i, "sums|summarises|summarizes") && self < i;
    }
}

/* ---- the rule for a subject ------------------------------------------------------------------ */

static const char *const rule_words =
    "authoritative|authority|canonical|definitive|binding|official|governs|prevails|holds|wins|"
    "overrides|precedence|truth";

/* Where a sentence says that something is the rule; count where it doesn't. */
static size_t rule_at(const struct hand_words *w) {
    const size_t word = hand_find(w, 0, rule_words);
    for (size_t i = 0; i < w->count; i++) {
        const bool rule = hand_seq(w, i, "is the rule") > 0 ||
                          hand_seq(w, i, "has the final say") > 0 ||
                          hand_seq(w, i, "has the last word") > 0;
        const bool one =
            hand_seq(w, i, "this one counts") > 0 || hand_seq(w, i, "this one applies") > 0 ||
            hand_seq(w, i, "this page applies") > 0 ||
            hand_seq(w, i, "this document applies") > 0 || hand_seq(w, i, "this page counts") > 0;
        const bool go = hand_seq(w, i, "go by this") > 0 || hand_seq(w, i, "keep to this") > 0;
        const bool follow = (go || hand_is(w, i, "follow|obey")) &&
                            hand_is(w, go ? i + 2 : i + 1, "this") &&
                            hand_is(w, go ? i + 3 : i + 2, "one|document|page|policy|guide") &&
                            (go || hand_cue(w, 0, i, HAND_MODAL | HAND_HAVE) < i);
        if (rule || one || follow) {
            return rule ? i + 2 : i;
        }
    }
    return word;
}

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

static struct view joined(struct hand_judge *j, struct view a, struct view b) {
    if (b.n == 0 || a.n + b.n > 400) {
        return a;
    }
    const char *both = arena_printf(j->arena, "%.*s, %.*s", (int)a.n, a.p, (int)b.n, b.p);
    j->memory = j->memory || both == NULL;
    return view_of(both);
}

/* "This document is the authority for X." "Where pages differ, this one holds." "For X, kb-y takes
 * precedence." */
static void judge_rule(struct hand_judge *j, const struct hand_words *w) {
    const size_t at = rule_at(w);
    if (at == w->count || is_negated(w, at)) {
        return;
    }
    const size_t id = find_id(j, w, 0, w->count);
    const bool other = id < w->count && !is_own(j, &w->items[id]);
    const size_t one = hand_find(w, 0, "this");
    const bool itself =
        one < w->count && (self_at(w, true) < w->count || hand_is(w, one + 1, "one"));
    if (itself && !(other && id < at && id < one)) {
        const struct view subject = subject_of(w, at);
        j->out.subject = j->out.subject.n == 0 ? subject : joined(j, j->out.subject, subject);
        j->out.declares_rule = true;
    } else if (other) {
        hand_judge_names(j, id_of(&w->items[id]));
    }
}

void hand_judge_sentence(struct hand_judge *j, struct view sentence, bool early) {
    struct hand_words words;
    if (!hand_split(j->lexicon, sentence, j->arena, &words)) {
        j->memory = true;
        return;
    }
    const size_t self = self_at(&words, early);
    judge_ending(j, &words, self, early);
    judge_instead(j, &words, self);
    judge_replaces(j, &words, early);
    judge_rule(j, &words);
    judge_summary(j, &words, self);
    j->ended -= j->ended > 0;
    j->speaks_of_self = early && self < words.count;
    j->speaks_of_many = hand_is(&words, self, "notes|pages|instructions|steps");
}

/* ---- dates ----------------------------------------------------------------------------------- */

/* A date that begins at word i. */
static struct view date_at(struct hand_judge *j, const struct hand_words *w, size_t i) {
    for (size_t n = 3; n > 0; n--) {
        if (i + n <= w->count) {
            const struct view text = view_slice(w->text, w->items[i].from, w->items[i + n - 1].to);
            const struct view date =
                has_digit(text) ? front_date(text, j->arena) : (struct view){0};
            if (date.n > 0) {
                return date;
            }
        }
    }
    return (struct view){0};
}

void hand_judge_date(struct hand_judge *j, struct view text) {
    struct hand_words w;
    if (text.n > 200 || !has_digit(text)) {
        return;
    }
    if (!hand_split(j->lexicon, text, j->arena, &w)) {
        j->memory = true;
        return;
    }
    bool dated = false;
    for (size_t i = 0; i < w.count && w.count <= DATE_WORDS; i++) {
        const bool edge = i <= 1 || w.items[i - 1].after != 0;
        const struct view next = i + 1 < w.count ? w.items[i + 1].form : (struct view){0};
        if (edge && j->front->version.n == 0 && j->out.version.n == 0 && next.n > 0 &&
            next.n <= 8 && has_digit(next) &&
            hand_is(&w, i, "version|rev|revision|release|edition|v")) {
            j->out.version = next;
            dated = true;
            i++;
            continue;
        }
        dated = dated ||
                hand_is(&w, i,
                        "reviewed|updated|changed|modified|revised|edited|published|"
                        "issued|written|effective|date|dated|status|stand") ||
                hand_seq(&w, i, "as of") > 0 || hand_seq(&w, i, "valid from") > 0;
        const struct view date = dated ? date_at(j, &w, i) : (struct view){0};
        if (date.n > 0 && j->front->updated.n == 0 && j->out.updated.n == 0) {
            j->out.updated = date;
        }
    }
}

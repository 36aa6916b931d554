#include "core/condition.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define SCENERY 0.3f    /* what the words before "shows" weigh: "the screen shows ..." */
#define LIGHT_VERB 0.3f /* ... and "sit" of "you sit in a hotel" */
#define OBJECT_LEAST 1.5
#define STRESSED 1.5f

/* A stretch of words. */
struct span {
    size_t from, to;
};

/* A statement: one stretch, or two where a shared part stands apart: "the console [or the screen]
 * is black". */
struct statement {
    struct span spans[2];
    bool opens, variant;
};

struct condition_reader {
    struct view text;
    struct cue_text words;
    const struct note_item *item;
    struct statement statements[CONDITION_PARTS_MAX];
    size_t count;
    esi_arena *arena;
    esi_error *err;
};

struct view condition_bare(struct view condition) {
    static const char *const leads[] = {"if ",   "when ",       "whenever ", "where ", "in case ",
                                        "once ", "as soon as ", "should ",   "unless "};
    struct view bare = view_trim(condition);
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct view lead = view_of(leads[i]);
        if (bare.n > lead.n && view_eq_nocase(view_slice(bare, 0, lead.n), lead)) {
            bare = view_slice(bare, lead.n, bare.n);
            break;
        }
    }
    while (bare.n > 0 && strchr(".:;,", bare.p[bare.n - 1])) {
        bare.n--;
    }
    return view_trim(bare);
}

static uint64_t cues_at(const struct cue_text *text, size_t i) {
    return i < text->count ? text->words[i].cues : 0;
}

static bool word_in(const struct cue_text *text, size_t i, const char *forms) {
    return i < text->count && cues_in(&text->words[i], forms);
}

/* The first verb that makes a statement of [from, to); `to` where there is none. */
static size_t verb_in(const struct cue_text *text, size_t from, size_t to) {
    const uint64_t finite = CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_MUST;
    for (size_t i = from; i < to; i++) {
        const uint64_t cues = cues_at(text, i);
        const uint64_t before = i > from ? cues_at(text, i - 1) : 0;
        const bool plural = i > from && view_ends(text->words[i - 1].form, VIEW("s"));
        const bool noun_before = i > from && !(before & (CUE_DET | CUE_PREP | CUE_BE));
        const bool unknown = i > from && cues == 0 && before == 0 && !plural &&
                             view_ends(text->words[i].form, VIEW("s")); /* "the lamp blinks" */
        if ((cues & finite) || unknown ||
            ((cues & CUE_VERB) && (cues & (CUE_S | CUE_ED)) && noun_before) ||
            ((cues & CUE_VERB) && noun_before && (plural || (before & (CUE_SUBJ | CUE_YOU))))) {
            return i;
        }
    }
    return to;
}

bool condition_is_clause(struct view condition, esi_arena *arena) {
    struct cue_text words;
    esi_error ignored;
    if (cues_read(condition, arena, &words, &ignored) != ESI_OK) {
        return false;
    }
    return verb_in(&words, 0, words.count) < words.count ||
           (words.count > 1 && (words.words[0].cues & (CUE_SUBJ | CUE_SELF | CUE_OTHERS)));
}

bool condition_excludes(struct view condition, esi_arena *arena) {
    struct cue_text words;
    esi_error ignored;
    if (cues_read(condition, arena, &words, &ignored) != ESI_OK || words.count > 9) {
        return false;
    }
    for (size_t i = 0; i < words.count; i++) {
        const bool all = word_in(&words, i, "neither") && !word_in(&words, i + 2, "nor");
        const bool none = word_in(&words, i, "none nothing") && word_in(&words, i + 1, "of") &&
                          word_in(&words, i + 2, "this that these those them the it");
        for (size_t k = i; (all || none) && k < words.count; k++) {
            if (word_in(&words, k,
                        "apply applies applied fits fit matches match holds hold case") ||
                (all && k + 1 == words.count && k == i && i > 0)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- statements ------------------------------------------------------------------------------ */

static void add_statement(struct condition_reader *r, struct statement statement) {
    if (r->count < CONDITION_PARTS_MAX && statement.spans[0].from < statement.spans[0].to) {
        r->statements[r->count++] = statement;
    }
}

static size_t nouns_in(const struct cue_text *text, size_t from, size_t to) {
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += !(cues_at(text, i) & (CUE_DET | CUE_PREP | CUE_AND));
    }
    return count;
}

/* "Is or was": one verb. */
static bool joins_verbs(const struct cue_text *text, size_t at) {
    const uint64_t finite = CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_MUST;
    return at > 0 && word_in(text, at, "or and") && (cues_at(text, at - 1) & finite) &&
           (cues_at(text, at + 1) & finite);
}

/* "The console or the screen is black", "it shows A or B": two ways to say one thing. */
static void add_variants(struct condition_reader *r, struct span all, bool opens) {
    const struct cue_text *text = &r->words;
    size_t at = all.from + 1;
    while (at + 1 < all.to && (!word_in(text, at, "or") || joins_verbs(text, at))) {
        at++;
    }
    struct statement whole = {.spans = {all}, .opens = opens};
    if (at + 1 >= all.to || word_in(text, at + 1, "more longer less fewer")) {
        add_statement(r, whole);
        return;
    }
    const size_t left_verb = verb_in(text, all.from, at);
    const size_t right_verb = verb_in(text, at + 1, all.to);
    const size_t left = nouns_in(text, all.from, at);
    const size_t right = nouns_in(text, at + 1, all.to);
    whole.spans[0].to = at;
    struct statement other = {.spans = {{at + 1, all.to}}, .variant = true};
    if (left_verb < at && right_verb == all.to) {
        other.spans[1] = (struct span){all.from, left_verb + 1};
    } else if (left_verb == at && right_verb < all.to) {
        whole.spans[1] = (struct span){right_verb, all.to};
    } else if (left_verb == at && left < right) {
        whole.spans[1] = (struct span){at + 2, all.to}; /* "lost or found sticks" */
    } else if (left_verb == at && left > right) {
        other.spans[1] = (struct span){all.from, at - 1}; /* "disk full or broken" */
    }
    add_statement(r, whole);
    add_statement(r, other);
}

/* "The steps haven't been tried", "nothing was tried yet". */
static bool untried_in(const struct cue_text *text, struct span span) {
    bool denied = false;
    bool tried = false;
    for (size_t i = span.from; i < span.to; i++) {
        denied |= (cues_at(text, i) & CUE_NOT) != 0;
        tried |= word_in(text, i, "tried done attempted followed");
    }
    return denied && tried;
}

/* Cuts at what joins two statements; each must have a verb of its own. */
static void cut(struct condition_reader *r) {
    const struct cue_text *text = &r->words;
    size_t from = 0;
    bool opens = true;
    for (size_t i = 1; i + 1 < text->count; i++) {
        const bool joint = word_in(text, i, "and or but") && !joins_verbs(text, i);
        const bool leads = word_in(text, i + joint, "when if") && text->words[i - 1].mark == ',';
        if (!joint && !leads) {
            continue;
        }
        size_t end = i + 1;
        while (end < text->count && !word_in(text, end, "and or")) {
            end++;
        }
        const bool two = untried_in(text, (struct span){i + 1, end}) ||
                         (verb_in(text, from, i) < i && verb_in(text, i + 1, end) < end);
        if (two || leads) {
            add_variants(r, (struct span){from, i}, opens);
            opens = leads || word_in(text, i, "or");
            from = i + joint + leads;
            i = from;
        }
    }
    add_variants(r, (struct span){from, text->count}, opens);
}

/* ---- what a statement asks for --------------------------------------------------------------- */

/* The words that were taken for something else than what must have been said. */
struct taken {
    bool *words; /* one per word of the condition */
};

static void take(struct taken *taken, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        taken->words[i] = true;
    }
}

static bool is_generic_try(const struct cue_word *word) {
    return cues_in(word, "attempt attempts try tries time times go round retry retries step steps "
                         "failure failures this that these those it them more doing");
}

static bool is_article(const struct cue_text *text, size_t i) {
    const char c = text->words[i].form.p[0];
    return word_in(text, i,
                   "one two three four five a an the another that this your more further "
                   "other second") ||
           (c >= '0' && c <= '9');
}

/* "After one restart", "after signing in again": the deed that was tried; "after ten minutes" is
 * none. */
static void read_deed(const struct cue_text *text, struct span span, struct condition_part *part,
                      struct taken *taken) {
    for (size_t i = span.from; i + 1 < span.to; i++) {
        struct quantity found[QUANTITIES_MAX];
        if (!word_in(text, i, "after despite") ||
            (quantities_read(text, i + 1, span.to, found) > 0 && found[0].from == i + 1 &&
             found[0].kind == QUANTITY_TIME)) {
            continue;
        }
        size_t at = i + 1;
        while (at < span.to && (is_article(text, at) || word_in(text, at, "and"))) {
            part->more |= word_in(text, at, "and");
            at++;
        }
        if (at < span.to && !is_generic_try(&text->words[at])) {
            /* "one warm start": the deed is the last of its words */
            const bool two = at + 1 < span.to && !view_ends(text->words[at].form, VIEW("ing")) &&
                             (cues_at(text, at + 1) & CUE_VERB);
            part->deed = text->words[at + two].form;
        }
        take(taken, i, span.to);
        return;
    }
}

/* "After one touch": something was tried; "after a reset" tells only when. */
static bool after_number(const struct cue_text *text, struct span span) {
    for (size_t i = span.from; i + 2 < span.to; i++) {
        struct quantity found[QUANTITIES_MAX];
        if (word_in(text, i, "after") && word_in(text, i + 1, "one two three another") &&
            !(quantities_read(text, i + 1, span.to, found) > 0 && found[0].from == i + 1 &&
              found[0].kind == QUANTITY_TIME)) {
            return true;
        }
    }
    return false;
}

/* "Twice within a day", "on the same day": counts what happened, not what was tried. */
static bool has_window(const struct cue_text *text, struct span span) {
    for (size_t i = span.from; i < span.to; i++) {
        if (word_in(text, i, "within") ||
            (word_in(text, i, "same one single") &&
             word_in(text, i + 1, "day hour week evening morning session")) ||
            (word_in(text, i, "row") && i > span.from && word_in(text, i - 1, "a"))) {
            return true;
        }
    }
    return false;
}

static void read_tries(const struct condition_reader *r, struct span span,
                       struct condition_part *part, struct taken *taken) {
    const struct cue_text *text = &r->words;
    const bool window = has_window(text, span);
    for (size_t i = span.from; i < span.to; i++) {
        const bool again = word_in(text, i, "again") && !word_in(text, i + 1, "and");
        const bool has = word_in(text, i, "still") && word_in(text, i + 1, "have has own keep") &&
                         !(cues_at(text, i + 2) & CUE_NOT); /* "you still have the phone" */
        if ((word_in(text, i, "still persists persist remains recurs") && !has) || again) {
            part->tries = part->tries > 0 ? part->tries : 1;
            part->again |= again;
            take(taken, i, i + 1);
        }
    }
    if (r->item->tries > 0 && !window && (part->tries > 0 || r->count == 1)) {
        part->tries = r->item->tries;
    }
    part->tries = part->tries == 0 && after_number(text, span) ? 1 : part->tries;
    if (part->tries > 0) {
        read_deed(text, span, part, taken);
    }
}

/* "Others see it", "other stations are dark, too": not "the files of others". */
static bool others_at(const struct cue_text *text, size_t i, size_t to) {
    const bool noun =
        word_in(text, i, "others neighbours neighbors colleagues classmates teammates");
    const bool other = word_in(text, i, "other") && i + 1 < to &&
                       (text->words[i + 1].kinds & (KIND_PEOPLE | KIND_SEAT));
    const uint64_t verb = CUE_VERB | CUE_BE | CUE_HAVE | CUE_DO | CUE_MODAL | CUE_GET;
    size_t behind = i + 1 + other;
    if (behind < to && (cues_at(text, behind) & CUE_PREP)) { /* "other seats of the class have" */
        behind += 2 + ((cues_at(text, behind + 1) & CUE_DET) != 0);
    }
    return (noun || other) && behind < to && (cues_at(text, behind) & verb);
}

/* "Of one person", "at one seat". */
static bool one_at(const struct cue_text *text, size_t i, size_t to) {
    return word_in(text, i, "one single") && i > 0 && (cues_at(text, i - 1) & CUE_PREP) &&
           i + 1 < to && (text->words[i + 1].kinds & (KIND_PEOPLE | KIND_SEAT));
}

static bool alone_at(const struct cue_text *text, size_t i) {
    return (word_in(text, i, "only just") &&
            (word_in(text, i + 1, "you your me my") ||
             (word_in(text, i + 1, "one a") && i + 2 < text->count &&
              (text->words[i + 2].kinds & (KIND_PEOPLE | KIND_SEAT))))) ||
           (word_in(text, i, "one single") && word_in(text, i + 2, "only"));
}

/* "Every seat", "the whole row", "everyone": all of the words; nothing where it isn't said. */
static size_t all_people_at(const struct cue_text *text, size_t i, size_t to) {
    const uint32_t places = KIND_PEOPLE | KIND_GROUP | KIND_SEAT | KIND_SITE;
    if (word_in(text, i, "everyone everybody nobody") && word_in(text, i + 1, "in at on of from")) {
        for (size_t k = i + 2; k < to && k < i + 5; k++) {
            if (text->words[k].kinds & places) {
                return k + 1 - i; /* "nobody in the room" */
            }
        }
    }
    if (word_in(text, i, "everyone everybody nobody")) {
        const uint64_t hit = CUE_BE | CUE_HAVE | CUE_MODAL | CUE_FAIL | CUE_GET;
        return (cues_at(text, i + 1) & hit) != 0; /* "nobody answers" tells of no one hit */
    }
    size_t words = 0;
    for (size_t k = i + 1; word_in(text, i, "every each all whole entire") && k < to && k < i + 4;
         k++) {
        words = text->words[k].kinds & places ? k + 1 - i : words;
    }
    return words;
}

/* Who must be hit. */
static void read_people(const struct cue_text *text, struct span span, struct condition_part *part,
                        struct taken *taken) {
    for (size_t i = span.from; i < span.to; i++) {
        const size_t all = all_people_at(text, i, span.to);
        if (alone_at(text, i)) {
            part->who = PEOPLE_ALONE;
        } else if (one_at(text, i, span.to)) {
            part->who = PEOPLE_ONE;
            take(taken, i, i + 2);
        } else if (all > 0) {
            part->who = PEOPLE_ALL;
            take(taken, i, i + all);
        } else if (part->who == PEOPLE_ANY && others_at(text, i, span.to)) {
            part->who = PEOPLE_SEVERAL;
            part->people = 2;
            part->people_bound = BOUND_LEAST;
            part->people_kinds = KIND_PEOPLE | KIND_SEAT;
            take(taken, i, i + 1);
        } else if (word_in(text, i, "every all each") && part->who == PEOPLE_ANY &&
                   !(i > 0 && word_in(text, i - 1, "at"))) {
            part->every = true;
        }
    }
}

/* "It does not come back within ten minutes of that" waits as long, and supposes a try. */
static void settle_time(const struct cue_text *text, struct span span,
                        struct condition_part *part) {
    struct quantity *q = &part->quantity;
    bool denied = false;
    for (size_t i = span.from; i < q->from && i < span.to; i++) {
        denied |= (cues_at(text, i) & CUE_NOT) != 0;
    }
    if (q->kind == QUANTITY_TIME && denied && q->bound == BOUND_MOST) {
        q->bound = BOUND_LEAST;
        part->tries = word_in(text, q->to, "of after") && part->tries == 0 ? 1 : part->tries;
    }
}

static void read_quantities(const struct cue_text *text, struct span span,
                            struct condition_part *part, struct taken *taken) {
    struct quantity found[QUANTITIES_MAX];
    const uint32_t one = KIND_PEOPLE | KIND_SEAT;
    const uint32_t many = KIND_GROUP | KIND_SITE;
    const size_t count = quantities_read(text, span.from, span.to, found);
    bool times = false; /* "twice within a day": the day is no quantity of its own */
    for (size_t i = 0; i < count; i++) {
        times |= found[i].kind == QUANTITY_TIMES && part->tries == 0;
    }
    for (size_t i = 0; i < count; i++) {
        const struct quantity *q = &found[i];
        const bool people = q->kind == QUANTITY_COUNT && (q->kinds & (one | many));
        const bool window = q->kind == QUANTITY_TIME && times;
        if (taken->words[q->from]) {
            continue;
        }
        take(taken, q->from, q->to);
        if (people) {
            part->who = PEOPLE_SEVERAL;
            part->people = q->value;
            part->people_bound = q->bound == BOUND_NONE ? BOUND_LEAST : q->bound;
            part->people_kinds = q->kinds & one ? one : many;
        } else if (!window && !(q->kind == QUANTITY_TIMES && (part->tries > 0 || q->value < 2))) {
            part->has_quantity = true;
            part->quantity = *q;
            settle_time(text, span, part);
        }
    }
}

/* ---- its words ------------------------------------------------------------------------------- */

/* Adds the source of the words of a stretch that weren't taken. */
static void add_words(const struct condition_reader *r, struct span span, const struct taken *taken,
                      struct buf *out) {
    for (size_t i = span.from; i < span.to; i++) {
        if (!taken || !taken->words[i]) {
            buf_add(out,
                    cues_source(&r->words, r->text, r->words.words[i].from, r->words.words[i].to));
            buf_char(out, ' ');
        }
    }
}

static esi_err source_of(const struct condition_reader *r, struct span first, struct span second,
                         const struct taken *taken, struct view *source) {
    struct buf text;
    buf_init(&text, 4096);
    add_words(r, first, taken, &text);
    add_words(r, second, taken, &text);
    const char *copy = arena_str(r->arena, buf_view(&text));
    const bool failed = text.failed && !text.too_long;
    buf_clear(&text);
    if (!copy || failed) {
        return fail_memory(r->err, "core/condition");
    }
    *source = view_of(copy);
    return ESI_OK;
}

static bool shows(const struct cue_text *text, size_t i) {
    return !word_in(text, i + 1, "up") &&
           word_in(text, i,
                   "show shows showing shown say says print prints display displays state "
                   "states complain complains read reads");
}

static void make_light(struct stems *stems, float share) {
    for (size_t i = 0; i < stems->count; i++) {
        stems->weights[i] *= share;
    }
}

/* "You sit in a hotel": the hotel matters. */
static void lighten_verbs(struct stems *stems) {
    for (size_t i = 0; i < stems->count; i++) {
        const struct cue_word word = {.form = stems->items[i]};
        if (cues_in(&word, "sit stay work use see find notic stand hold happen occur appear "
                           "affect hit concern involv impact struck")) {
            stems->weights[i] *= LIGHT_VERB;
        }
    }
}

/* Of "the printer is on fire" the fire matters most, of "you lost work" the loss. */
static esi_err stress_predicate(const struct condition_reader *r, const struct statement *s,
                                const struct taken *taken, struct stems *words) {
    const size_t first = verb_in(&r->words, s->spans[0].from, s->spans[0].to);
    const struct span all = s->spans[first == s->spans[0].to ? 1 : 0];
    const size_t verb = verb_in(&r->words, all.from, all.to);
    const struct span none = {0, 0};
    struct view text;
    struct stems predicate;
    const uint64_t cues = cues_at(&r->words, verb);
    const bool lexical = !(cues & (CUE_DO | CUE_HAVE | CUE_MODAL | CUE_MUST | CUE_BE));
    if (verb >= all.to || (!(cues & CUE_BE) && !lexical)) {
        return ESI_OK;
    }
    const struct span stressed = {lexical ? verb : verb + 1, lexical ? verb + 1 : all.to};
    esi_err code = source_of(r, stressed, none, taken, &text);
    if (code == ESI_OK) {
        code = stems_read(text, r->arena, &predicate, r->err);
    }
    for (size_t i = 0; code == ESI_OK && i < words->count; i++) {
        words->weights[i] *= stems_have(&predicate, words->items[i]) ? STRESSED : 1;
    }
    return code;
}

/* Of "the screen shows X" X must have been said. */
static esi_err read_words(const struct condition_reader *r, const struct statement *s,
                          const struct taken *taken, struct condition_part *part) {
    const struct span all = s->spans[0];
    size_t at = all.from;
    while (at < all.to && !shows(&r->words, at)) {
        at++;
    }
    const struct span spans[2] = {{at < all.to ? at + 1 : all.from, all.to},
                                  {all.from, at < all.to ? at + 1 : all.from}};
    struct stems stems[2];
    esi_err code = ESI_OK;
    for (size_t i = 0; i < 2 && code == ESI_OK; i++) {
        struct view text;
        code = source_of(r, spans[i], i == 0 ? s->spans[1] : (struct span){0, 0}, taken, &text);
        if (code == ESI_OK) {
            code = stems_read(text, r->arena, &stems[i], r->err);
        }
    }
    if (code != ESI_OK) {
        return code;
    }
    lighten_verbs(&stems[0]);
    if (stems_common(&stems[0], &stems[0]) >= OBJECT_LEAST) {
        make_light(&stems[1], SCENERY);
    }
    stems[0].denies ^= stems[1].denies;
    stems[0].negates ^= stems[1].negates;
    code = stems_join(&stems[0], &stems[1], r->arena, &part->words, r->err);
    return code == ESI_OK ? stress_predicate(r, s, taken, &part->words) : code;
}

/* What stands in brackets explains: "(https://status.example)". */
static void take_brackets(const struct condition_reader *r, struct taken *taken) {
    const struct text_folded *folded = &r->words.folded;
    int depth = 0;
    size_t at = 0;
    for (size_t i = 0; i < r->words.count; i++) {
        for (; at < r->words.words[i].from; at++) {
            depth += folded->p[at] == '(' ? 1 : folded->p[at] == ')' && depth > 0 ? -1 : 0;
        }
        taken->words[i] = taken->words[i] || depth > 0;
    }
}

static bool others_in(const struct cue_text *text, struct span span) {
    for (size_t i = span.from; i < span.to; i++) {
        if (word_in(text, i, "another other others foreign stranger strangers") ||
            (word_in(text, i, "else else's") && i > span.from &&
             word_in(text, i - 1, "somebody someone anybody anyone"))) {
            return true;
        }
    }
    return false;
}

/* "You still have the old phone", "you kept the codes": not "you have lost it". */
static bool owns_in(const struct cue_text *text, struct span span) {
    const size_t verb = verb_in(text, span.from, span.to);
    for (size_t i = span.from; i < span.to && i <= verb + 2; i++) {
        const bool have = word_in(text, i, "have has") && i + 1 < span.to &&
                          !(cues_at(text, i + 1) & (CUE_ED | CUE_BE | CUE_NOT)) &&
                          !word_in(text, i + 1, "to");
        const bool keep = word_in(text, i, "kept keep own owns possess") && i > span.from &&
                          (cues_at(text, i - 1) & (CUE_YOU | CUE_STILL | CUE_SUBJ));
        if ((have || keep) && i > span.from) {
            return true;
        }
    }
    return false;
}

/* "The old phone is gone": nobody has it. */
static bool gone_in(const struct cue_text *text, struct span span) {
    return span.to > span.from + 2 && word_in(text, span.to - 1, "gone") &&
           (cues_at(text, span.to - 2) & CUE_BE);
}

/* "Requests for a solution", "questions about grades". */
static uint32_t acts_in(const struct cue_text *text, struct span span) {
    return word_in(text, span.from, "request requests wish wishes") ? 1u << ESI_ACT_REQUEST
           : word_in(text, span.from, "question questions")         ? 1u << ESI_ACT_QUESTION
                                                                    : 0;
}

static esi_err read_part(const struct condition_reader *r, const struct statement *s,
                         struct condition_part *part) {
    struct taken taken = {.words = ARENA_ARRAY(r->arena, r->words.count + 1, bool)};
    if (!taken.words) {
        return fail_memory(r->err, "core/condition");
    }
    *part = (struct condition_part){.opens = s->opens, .variant = s->variant};
    for (size_t i = 0; i < 2; i++) {
        read_tries(r, s->spans[i], part, &taken);
        read_quantities(&r->words, s->spans[i], part, &taken);
        read_people(&r->words, s->spans[i], part, &taken);
        part->others |= others_in(&r->words, s->spans[i]);
    }
    const size_t last = s->spans[0].to;
    part->before = last > 0 && word_in(&r->words, last - 1, "before already earlier previously");
    part->untried = untried_in(&r->words, s->spans[0]);
    part->acts = acts_in(&r->words, s->spans[0]);
    part->gone = gone_in(&r->words, s->spans[0]);
    part->owns = part->gone || owns_in(&r->words, s->spans[0]);
    take_brackets(r, &taken);
    const esi_err code = source_of(r, s->spans[0], s->spans[1], NULL, &part->text);
    return code == ESI_OK ? read_words(r, s, &taken, part) : code;
}

esi_err condition_read(const struct note_item *item, struct view text, esi_arena *arena,
                       struct condition *out, esi_error *err) {
    struct condition_reader r = {.item = item, .arena = arena, .err = err};
    struct condition condition = {0};
    r.text = condition_bare(text);
    condition.parts = ARENA_ARRAY(arena, CONDITION_PARTS_MAX, struct condition_part);
    if (!condition.parts) {
        return fail_memory(err, "core/condition");
    }
    esi_err code = cues_read(r.text, arena, &r.words, err);
    if (code == ESI_OK) {
        cut(&r);
    }
    for (size_t i = 0; i < r.count && code == ESI_OK; i++) {
        struct condition_part *part = &condition.parts[condition.count++];
        code = read_part(&r, &r.statements[i], part);
        part->acts |= part->variant && i > 0 ? part[-1].acts : 0;
    }
    if (code == ESI_OK) {
        *out = condition;
    }
    return code;
}

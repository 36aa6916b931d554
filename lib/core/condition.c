#include "core/condition.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "core/condition_parts.h"

#define SCENERY 0.3f    /* what the words before "shows" weigh: "the screen shows ..." */
#define LIGHT_VERB 0.3f /* ... and "sit" of "you sit in a hotel" */
#define OBJECT_LEAST 1.5
#define STRESSED 1.5f

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

size_t condition_verb(const struct cue_text *text, size_t from, size_t to) {
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
    return condition_verb(&words, 0, words.count) < words.count ||
           (words.count > 1 && (words.words[0].cues & (CUE_SUBJ | CUE_SELF | CUE_OTHERS)));
}

bool condition_excludes(struct view condition, esi_arena *arena) {
    struct cue_text words;
    esi_error ignored;
    if (cues_read(condition, arena, &words, &ignored) != ESI_OK || words.count > 9) {
        return false;
    }
    for (size_t i = 0; i < words.count; i++) {
        if (word_in(&words, i, "any every all") && word_in(&words, i + 1, "other") &&
            word_in(&words, i + 2, "time times day days hour hours case cases")) {
            return true; /* "at any other time" */
        }
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
    const size_t left_verb = condition_verb(text, all.from, at);
    const size_t right_verb = condition_verb(text, at + 1, all.to);
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
        const bool two =
            untried_in(text, (struct span){i + 1, end}) ||
            (condition_verb(text, from, i) < i && condition_verb(text, i + 1, end) < end);
        if (two || leads) {
            add_variants(r, (struct span){from, i}, opens);
            opens = leads || word_in(text, i, "or");
            from = i + joint + leads;
            i = from;
        }
    }
    add_variants(r, (struct span){from, text->count}, opens);
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
    const size_t first = condition_verb(&r->words, s->spans[0].from, s->spans[0].to);
    const struct span all = s->spans[first == s->spans[0].to ? 1 : 0];
    const size_t verb = condition_verb(&r->words, all.from, all.to);
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
    const struct condition_words words = {&r->words, r->item, r->count == 1};
    *part = (struct condition_part){.opens = s->opens, .variant = s->variant};
    for (size_t i = 0; i < 2; i++) {
        condition_asks(&words, s->spans[i], part, &taken);
    }
    const size_t last = s->spans[0].to;
    part->before = last > 0 && word_in(&r->words, last - 1, "before already earlier previously");
    part->untried = untried_in(&r->words, s->spans[0]);
    part->acts = acts_in(&r->words, s->spans[0]);
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

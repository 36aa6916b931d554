#include "core/claim.h"

#include "base/error.h"

#define COMMON_LEAST 2.0 /* weight of the words that two claims must share at least */
#define CLOSE 0.08 /* of the right figure to the one that is said, where it is about the same */
#define BARE 0.1   /* a figure of the same kind, without a word in common */
#define FACTOR_MOST                                                                                \
    30.0 /* between two figures for one thing: hours and months are of different ones */
#define TEXT_MOST 600 /* bytes of one claim that are looked at */

static const char *const origin = "core/claim";

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Without the marks and quotes around it. */
static struct view bare(struct view word) {
    const struct view covers = VIEW("`'\"()[]*,;:.?!");
    while (word.n > 0 && view_find(covers, view_slice(word, 0, 1), 0) != SIZE_MAX) {
        word = view_slice(word, 1, word.n);
    }
    while (word.n > 0 && view_find(covers, view_slice(word, word.n - 1, word.n), 0) != SIZE_MAX) {
        word = view_slice(word, 0, word.n - 1);
    }
    return word;
}

/* A digit and something else that is no unit ("10min") and no part of a name ("TW-322"). */
static bool is_code(struct view word) {
    size_t digits = 0;
    bool joint = false;
    for (size_t i = 0; i < word.n; i++) {
        digits += is_digit(word.p[i]);
        joint |= word.p[i] == '/' || word.p[i] == ':' || word.p[i] == '.';
        if (word.p[i] == '-' || word.p[i] == '_') {
            return false;
        }
    }
    return digits > 1 && joint;
}

static void read_codes(struct view text, struct claim *out) {
    struct view rest = text;
    struct view word;
    while (out->code_count < CLAIM_CODES_MAX && view_split(&rest, ' ', &word)) {
        word = bare(word);
        if (is_code(word)) {
            out->codes[out->code_count++] = word;
        }
    }
}

/* Numbers and units say nothing of what a claim is about. */
static bool is_figure(struct view stem) {
    static const char units[] = "second minut hour day week month year gb mb kb tb percent";
    const struct cue_word word = {.form = stem};
    return stem.n == 0 || is_digit(stem.p[0]) || cues_in(&word, units) ||
           (cues_of(stem) & CUE_NUMBER) != 0;
}

static esi_err read_words(struct view text, const struct stems *heading, esi_arena *arena,
                          struct stems *out, esi_error *err) {
    struct stems own;
    esi_err code = stems_read(text, arena, &own, err);
    if (code == ESI_OK && heading) {
        struct stems both;
        code = stems_join(&own, heading, arena, &both, err);
        own = code == ESI_OK ? both : own;
    }
    size_t kept = 0;
    for (size_t i = 0; code == ESI_OK && i < own.count; i++) {
        if (!is_figure(own.items[i])) {
            own.items[kept] = own.items[i];
            own.weights[kept++] = own.weights[i];
        }
    }
    own.count = kept;
    *out = own;
    return code;
}

/* Not "many", "several", "a few". */
static bool says_number(const struct cue_text *text, const struct quantity *quantity) {
    for (size_t i = quantity->from; i < quantity->to; i++) {
        const struct cue_word *word = &text->words[i];
        if (word->form.n > 0 &&
            (is_digit(word->form.p[0]) ||
             ((word->cues & CUE_NUMBER) &&
              !cues_in(word, "many several few some multiple numerous various couple more")))) {
            return true;
        }
    }
    return false;
}

/* Adds what the text states, if it states figures. */
static esi_err read_claim(struct view text, const struct stems *heading, esi_arena *arena,
                          struct claims *out, size_t item, esi_error *err) {
    struct claim claim = {.item = item};
    struct cue_text words;
    bool digit = false;
    text = view_slice(text, 0, text.n < TEXT_MOST ? text.n : TEXT_MOST);
    esi_err code = cues_read(text, arena, &words, err);
    if (code != ESI_OK) {
        return code;
    }
    struct quantity found[QUANTITIES_MAX];
    const size_t count = quantities_read(&words, 0, words.count, found);
    for (size_t i = 0; i < count; i++) {
        if (found[i].kind != QUANTITY_TIMES && says_number(&words, &found[i])) {
            claim.figures[claim.figure_count++] = found[i];
        }
    }
    for (size_t i = 0; i < text.n; i++) {
        digit |= is_digit(text.p[i]);
    }
    if (digit) {
        read_codes(text, &claim);
    }
    if (claim.figure_count + claim.code_count == 0 || out->count == CLAIMS_MAX) {
        return ESI_OK;
    }
    code = read_words(text, heading, arena, &claim.words, err);
    out->items[out->count] = claim;
    out->count += code == ESI_OK;
    return code;
}

static bool states(enum note_kind kind) {
    return kind == NOTE_FACT || kind == NOTE_STEP || kind == NOTE_SAY || kind == NOTE_CAUSE ||
           kind == NOTE_NEVER;
}

esi_err claims_of_note(const struct note *note, struct view heading, esi_arena *arena,
                       struct claims *out, esi_error *err) {
    struct claims claims = {.items = ARENA_ARRAY(arena, CLAIMS_MAX, struct claim)};
    struct stems over;
    esi_err code = claims.items ? stems_read(heading, arena, &over, err) : fail_memory(err, origin);
    for (size_t i = 0; code == ESI_OK && i < note->count; i++) {
        if (states(note->items[i].kind) && !note->items[i].code) {
            code = read_claim(note->items[i].text, &over, arena, &claims, i, err);
        }
    }
    if (code == ESI_OK) {
        *out = claims;
    }
    return code;
}

esi_err claims_of_text(struct view text, esi_arena *arena, struct claims *out, esi_error *err) {
    struct claims claims = {.items = ARENA_ARRAY(arena, CLAIMS_MAX, struct claim)};
    const esi_err code =
        claims.items ? read_claim(text, NULL, arena, &claims, 0, err) : fail_memory(err, origin);
    if (code == ESI_OK) {
        *out = claims;
    }
    return code;
}

/* ---- what it is from ------------------------------------------------------------------------- */

#define SOURCE_WORDS 8 /* before "says" */

/* "ha-tether-2022", "kb-mfa-sms" */
static bool is_document(struct view word) {
    size_t hyphens = 0;
    bool digit = false;
    for (size_t i = 0; i < word.n; i++) {
        hyphens += word.p[i] == '-';
        digit |= is_digit(word.p[i]);
    }
    return hyphens > 1 || (hyphens == 1 && digit);
}

static bool is_source(const struct cue_word *word) {
    return (cues_kinds(word->form) & (KIND_WRITING | KIND_PEOPLE)) != 0 ||
           (word->cues & CUE_QUOTED) != 0 || is_document(word->form);
}

/* "... is that right?", "still true", "correct?", "though?" */
static bool doubts(const struct cue_text *text, size_t i) {
    const struct cue_word *word = &text->words[i];
    const bool first = i == 0 || text->words[i - 1].mark != 0;
    const bool last = i + 1 == text->count || word->mark != 0;
    const bool of_it = i > 0 && cues_in(&text->words[i - 1], "that thats it this still really");
    return (cues_in(word, "true correct right valid so") && (of_it || (first && last))) ||
           (last && cues_in(word, "though"));
}

esi_err claim_source_of(struct view message, esi_arena *arena, struct claim_source *out,
                        esi_error *err) {
    struct claim_source source = {0};
    struct cue_text text;
    const esi_err code = cues_read(message, arena, &text, err);
    for (size_t i = 0; code == ESI_OK && i < text.count; i++) {
        source.writing |= (cues_kinds(text.words[i].form) & KIND_WRITING) != 0;
        if (doubts(&text, i)) {
            source.doubts = true;
            source.doubt_from = text.folded.from[text.words[i].from];
            source.doubt_to = text.folded.from[text.words[i].to];
        }
    }
    for (size_t i = 0; code == ESI_OK && i < text.count && !source.any; i++) {
        const bool says = cues_in(&text.words[i], "says say said tells tell told states stated "
                                                  "claims claimed mentions mentioned writes wrote "
                                                  "promises recommends advises");
        size_t from = i;
        if (cues_in(&text.words[i], "according") && i + 1 < text.count) {
            while (from + 1 < text.count && from - i < SOURCE_WORDS && !source.any) {
                source.any = is_source(&text.words[++from]);
            }
            source.lead = text.folded.from[text.words[i].from];
            source.from = text.folded.from[text.words[i + 1].from];
            source.to = text.folded.from[text.words[from].to];
            continue;
        }
        if (i > 0 && (text.words[i - 1].cues & CUE_SELF) &&
            cues_in(&text.words[i], "read heard thought understood believed")) {
            source.any = true; /* "I read that ..." */
            source.lead = source.from = text.folded.from[text.words[i - 1].from];
            source.to = text.folded.from[text.words[i].to];
            continue;
        }
        while (says && from > 0 && i - from < SOURCE_WORDS && text.words[from - 1].mark == 0) {
            from--;
            source.any |= is_source(&text.words[from]);
        }
        if (source.any) {
            source.lead = source.from = text.folded.from[text.words[from].from];
            source.to = text.folded.from[text.words[i - 1].to];
        }
    }
    if (code == ESI_OK) {
        *out = source;
    }
    return code;
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* "machine" and "machines". */
static bool same_unit(struct view a, struct view b) {
    const size_t shorter = a.n < b.n ? a.n : b.n;
    return shorter > 0 && view_eq(view_slice(a, 0, shorter), view_slice(b, 0, shorter)) &&
           a.n - shorter <= 2 && b.n - shorter <= 2;
}

static bool comparable(const struct quantity *a, const struct quantity *b) {
    const double small = a->value < b->value ? a->value : b->value;
    const double large = a->value < b->value ? b->value : a->value;
    return a->kind == b->kind && a->period == b->period && large <= small * FACTOR_MOST &&
           (a->kind != QUANTITY_COUNT || same_unit(a->unit, b->unit));
}

static bool has_figure(const struct claim *claim, const struct quantity *figure) {
    for (size_t i = 0; i < claim->figure_count; i++) {
        const struct quantity *own = &claim->figures[i];
        if (comparable(own, figure) && own->value >= figure->value && own->value <= figure->value) {
            return true;
        }
    }
    return false;
}

/* "tcp/1194" and "udp/51944": runs of letters and of digits, with the same marks between them. */
static bool same_shape(struct view a, struct view b) {
    size_t i = 0;
    size_t k = 0;
    while (i < a.n && k < b.n) {
        const bool digit = is_digit(a.p[i]);
        const bool mark = view_find(VIEW("/:."), view_slice(a, i, i + 1), 0) != SIZE_MAX;
        if (digit != is_digit(b.p[k]) || (mark && a.p[i] != b.p[k])) {
            return false;
        }
        i++;
        k++;
        while (!mark && i < a.n && is_digit(a.p[i]) == digit &&
               view_find(VIEW("/:."), view_slice(a, i, i + 1), 0) == SIZE_MAX) {
            i++;
        }
        while (!mark && k < b.n && is_digit(b.p[k]) == digit &&
               view_find(VIEW("/:."), view_slice(b, k, k + 1), 0) == SIZE_MAX) {
            k++;
        }
    }
    return i == a.n && k == b.n;
}

static bool has_code(const struct claim *claim, struct view code) {
    for (size_t i = 0; i < claim->code_count; i++) {
        if (view_eq_nocase(claim->codes[i], code)) {
            return true;
        }
    }
    return false;
}

/* Does each of them give a figure of one kind that the other doesn't? */
static bool contradict(const struct claim *a, const struct claim *b) {
    for (size_t i = 0; i < a->figure_count; i++) {
        for (size_t k = 0; k < b->figure_count; k++) {
            if (comparable(&a->figures[i], &b->figures[k]) && !has_figure(b, &a->figures[i]) &&
                !has_figure(a, &b->figures[k])) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < a->code_count; i++) {
        for (size_t k = 0; k < b->code_count; k++) {
            if (same_shape(a->codes[i], b->codes[k]) && !has_code(b, a->codes[i]) &&
                !has_code(a, b->codes[k])) {
                return true;
            }
        }
    }
    return false;
}

/* Words in common, of either's. */
static double alike(const struct stems *a, const struct stems *b) {
    return stems_common(a, b) < COMMON_LEAST ? 0.0 : 0.5 * (stems_share(a, b) + stems_share(b, a));
}

double claims_differ(const struct claims *a, const struct claims *b, size_t *item) {
    double most = 0;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++) {
            if (!contradict(&a->items[i], &b->items[k])) {
                continue;
            }
            const double share = alike(&a->items[i].words, &b->items[k].words);
            if (share > most) {
                most = share;
                if (item) {
                    *item = b->items[k].item;
                }
            }
        }
    }
    return most;
}

double claims_answer(const struct claims *said, const struct claims *stated, size_t *item) {
    double most = 0;
    for (size_t i = 0; i < said->count; i++) {
        for (size_t k = 0; k < stated->count; k++) {
            const struct claim *a = &said->items[i];
            const struct claim *b = &stated->items[k];
            const double share = stems_share(&a->words, &b->words);
            double ratio = contradict(a, b) && a->code_count > 0 ? 1.0 : 0.0;
            for (size_t m = 0; m < a->figure_count * b->figure_count; m++) {
                const struct quantity *x = &a->figures[m % a->figure_count];
                const struct quantity *y = &b->figures[m / a->figure_count];
                const double one = !comparable(x, y) || !contradict(a, b) ? 0.0
                                   : x->value < y->value                  ? x->value / y->value
                                                                          : y->value / x->value;
                ratio = one > ratio ? one : ratio;
            }
            const double near = ratio < CLOSE ? 0.0 : share + (share > 0 ? ratio : BARE * ratio);
            if (near > most) {
                most = near;
                *item = b->item;
            }
        }
    }
    return most > 1.0 ? 1.0 : most;
}

static bool states_figure(const struct claims *claims, const struct quantity *figure) {
    size_t i = 0;
    while (i < claims->count && !has_figure(&claims->items[i], figure)) {
        i++;
    }
    return i < claims->count;
}

static bool states_code(const struct claims *claims, struct view code) {
    size_t i = 0;
    while (i < claims->count && !has_code(&claims->items[i], code)) {
        i++;
    }
    return i < claims->count;
}

bool claims_repeat(const struct claims *said, const struct claims *lost, const struct claims *won) {
    for (size_t i = 0; i < said->count; i++) {
        const struct claim *claim = &said->items[i];
        for (size_t k = 0; k < claim->figure_count; k++) {
            if (states_figure(lost, &claim->figures[k]) &&
                !states_figure(won, &claim->figures[k])) {
                return true;
            }
        }
        for (size_t k = 0; k < claim->code_count; k++) {
            if (states_code(lost, claim->codes[k]) && !states_code(won, claim->codes[k])) {
                return true;
            }
        }
    }
    return false;
}

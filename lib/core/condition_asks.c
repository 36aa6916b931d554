#include "core/condition_parts.h"

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

static void read_tries(const struct condition_words *r, struct span span,
                       struct condition_part *part, struct taken *taken) {
    const struct cue_text *text = r->text;
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
    if (r->item->tries > 0 && !window && (part->tries > 0 || r->alone)) {
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
    const size_t verb = condition_verb(text, span.from, span.to);
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

void condition_asks(const struct condition_words *words, struct span span,
                    struct condition_part *part, struct taken *taken) {
    read_tries(words, span, part, taken);
    read_quantities(words->text, span, part, taken);
    read_people(words->text, span, part, taken);
    part->others |= others_in(words->text, span);
    part->gone |= gone_in(words->text, span);
    part->owns |= part->gone || owns_in(words->text, span);
}

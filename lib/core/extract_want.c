#include "core/extract_want.h"

#include <string.h>

#include "core/cues.h"
#include "core/roles.h"

#define PART_WORDS 3   /* that a question has at least */
#define NUMBER_REACH 2 /* words behind a number in which its unit may stand */

/* ---- what is asked for ----------------------------------------------------------------------- */

static const struct {
    uint32_t kinds;
    const char *words; /* behind "how" */
} measures[] = {
    {WANT_TIME | WANT_SPAN, "long soon quickly quick fast often frequently old"},
    {WANT_TIME, "late early"},
    {WANT_NUMBER, "many much big large far high small heavy deep low wide strong"},
    {WANT_CAUSE, "come"},
};

/* What a question of "what" or "which" names, and what "the largest ..." asks for by itself. */
static const struct {
    uint32_t kinds;
    const char *words;
} things[] = {
    {WANT_TIME,
     "time times day days date hour hours deadline week month duration schedule timetable"},
    {WANT_NUMBER, "number amount size limit limits maximum minimum max min port ports address "
                  "version value quota price cost costs percentage score points fee length rate "
                  "threshold count"},
    {WANT_PERSON, "person people team role roles contact department office"},
    {WANT_CODE, "command commands option flag switch parameter syntax shortcut key keys line"},
    {WANT_PLACE, "page menu folder directory room tab place path url link website building"},
};
static const char extremes[] =
    "biggest largest smallest longest shortest maximum minimum max highest "
    "lowest most fewest oldest limit limits";

static const char unit_words[] =
    "second seconds minute minutes min hour hours day days week weeks month "
    "months year years";
static const char length_words[] = "character characters letter letters digits words pages lines";

static uint32_t kinds_of(const struct cue_word *word, bool measure) {
    uint32_t kinds = 0;
    for (size_t i = 0; measure && i < sizeof(measures) / sizeof(measures[0]); i++) {
        kinds |= cues_in(word, measures[i].words) ? measures[i].kinds : 0;
    }
    for (size_t i = 0; !measure && i < sizeof(things) / sizeof(things[0]); i++) {
        kinds |= cues_in(word, things[i].words) ? things[i].kinds : 0;
    }
    return kinds;
}

/* "What port", "which of the commands", "whats the biggest file": the thing stands close by. */
static uint32_t kinds_of_what(const struct cue_text *words, size_t at) {
    uint32_t kinds = 0;
    for (size_t i = at + 1; i < words->count && i <= at + 5 && kinds == 0; i++) {
        kinds = kinds_of(&words->words[i], false);
        if (words->words[i - 1].mark != 0 || (words->words[i].cues & (CUE_SELF | CUE_MODAL))) {
            break;
        }
    }
    return kinds;
}

/* "Tell me where ...", "I only want to know when ...", "I'm wondering who ..." */
static bool wonders(const struct cue_text *words, size_t at) {
    const struct cue_word *word = &words->words[at - 1];
    const bool me = at > 1 && cues_in(word, "me us") && cues_in(word - 1, "tell show remind ask");
    return me || cues_in(word, "know wonder wondering wondered idea forgot remember unsure exactly "
                               "ask asking");
}

static uint32_t kinds_at(const struct cue_text *words, size_t at) {
    const struct cue_word *word = &words->words[at];
    const struct cue_word *next = at + 1 < words->count ? word + 1 : NULL;
    if (word->cues & CUE_QUOTED) {
        return 0;
    }
    if (cues_in(word, "how hows")) {
        const uint32_t measure = next ? kinds_of(next, true) : 0;
        if (measure) {
            return measure;
        }
        /* "we have to write how he did it" tells */
        const bool asks = at == 0 || words->words[at - 1].mark != 0 || wonders(words, at) ||
                          (words->words[at - 1].cues & CUE_AND) || cues_in(word, "hows");
        const bool way = next && ((next->cues & (CUE_DO | CUE_MODAL | CUE_BE)) ||
                                  cues_in(next, "to do can i we about"));
        return asks || way ? WANT_STEPS : 0;
    }
    if (cues_in(word, "when until till")) {
        const bool asks = at == 0 || words->words[at - 1].mark != 0 ||
                          (words->words[at - 1].cues & CUE_AND) || wonders(words, at);
        return cues_is(word, "when") && !asks ? 0 /* "... when I sign in" tells, and asks nothing */
                                              : WANT_TIME;
    }
    if (cues_in(word, "who whos whom whose")) {
        return WANT_PERSON;
    }
    if (cues_in(word, "where wheres")) {
        return WANT_PLACE;
    }
    if (cues_in(word, "why reason reasons cause causes")) {
        return WANT_CAUSE;
    }
    if (cues_in(word, "what whats which")) {
        return kinds_of_what(words, at);
    }
    return cues_in(word, extremes) ? WANT_NUMBER : 0;
}

/* "Can I ...", "am I allowed to ...", "is it ok to ..." */
static bool asks_leave(const struct cue_text *words, size_t at) {
    const struct cue_word *word = &words->words[at];
    const uint64_t next = at + 1 < words->count ? word[1].cues : 0;
    const bool may = (word->cues & (CUE_MODAL | CUE_MUST)) && (next & CUE_SELF) && at < 4;
    const bool fine = at > 0 && at < 5 && cues_in(word, "ok okay fine legal") &&
                      (words->words[0].cues & (CUE_BE | CUE_MODAL));
    return may || fine || (word->cues & CUE_ALLOW);
}

/* "What do I do", "what should we try now": asks for steps. */
static bool asks_what_to_do(const struct cue_text *words, size_t at) {
    if (!cues_in(&words->words[at], "what whats") || at + 1 >= words->count) {
        return false;
    }
    bool self = false;
    for (size_t i = at + 1; i < words->count && i < at + 5; i++) {
        const struct cue_word *word = &words->words[i];
        self |= (word->cues & CUE_SELF) != 0;
        if (self && cues_in(word, "do try")) {
            return true;
        }
    }
    return cues_in(&words->words[at + 1], "now next if");
}

/* "When do you escalate", "which tier", "what would you do if": about the desk itself. */
static bool asks_desk(const struct cue_text *words, size_t at) {
    const struct cue_word *word = &words->words[at];
    const struct cue_word *next = at + 1 < words->count ? word + 1 : word;
    return cues_in(word,
                   "escalate escalated escalates escalating escalation escalations tier tiers "
                   "severity severities assistant") ||
           (cues_in(word, "do would will") && cues_is(next, "you")) ||
           (cues_is(word, "happens") && cues_in(next, "if when once after"));
}

static bool asks_yes_no(const struct cue_text *words) {
    return words->count > 1 && !(words->words[1].cues & CUE_SELF) &&
           (words->words[0].cues & (CUE_MODAL | CUE_BE | CUE_DO));
}

/* "... is that right?", "correct?", "still true": a claim to be held against the documents. */
static bool holds(const struct cue_text *words) {
    for (size_t i = words->count > 4 ? words->count - 4 : 0; i < words->count; i++) {
        if (cues_in(&words->words[i], "right true correct so valid") &&
            words->words[i].mark == '?') {
            return true;
        }
    }
    return false;
}

esi_err want_read(struct view question, esi_arena *arena, struct want *out, esi_error *err) {
    struct cue_text words;
    struct want want = {0};
    esi_err code = cues_read(question, arena, &words, err);
    bool leave = false;
    for (size_t i = 0; code == ESI_OK && i < words.count; i++) {
        want.kinds |= kinds_at(&words, i);
        leave |= asks_leave(&words, i);
        want.kinds |= asks_what_to_do(&words, i) ? WANT_STEPS | WANT_ACTION : 0;
        want.kinds |= asks_desk(&words, i) ? WANT_DESK : 0;
        want.kinds |=
            (want.kinds & WANT_NUMBER) && cues_in(&words.words[i], unit_words) ? WANT_TIME : 0;
    }
    if (code == ESI_OK) {
        code = define_asked(question, arena, &want.terms, err);
    }
    if (code == ESI_OK) {
        /* "who may ...": for those who may, not for what may not be */
        want.kinds |= leave && !(want.kinds & (WANT_PERSON | WANT_STEPS)) ? WANT_LEAVE : 0;
        /* "when do you open a ticket": in which case, and not at what time */
        want.kinds &= want.kinds & WANT_DESK && !(want.kinds & WANT_SPAN) ? ~WANT_TIME : ~0u;
        want.kinds |= asks_yes_no(&words) || holds(&words) ? WANT_YES_NO : 0;
        /* "is it true that five tries are allowed": the figure that holds is wanted */
        want.kinds |= want.kinds & WANT_YES_NO ? want_met(WANT_NUMBER | WANT_TIME, question) : 0;
        want.kinds |= want.terms.count > 0 ? WANT_MEANING : 0;
        *out = want;
    }
    return code;
}

/* ---- several questions ----------------------------------------------------------------------- */

/* Does a question begin with this word: "how do I ...", "can I ...", "is it ..."? */
static bool begins_question(const struct cue_text *words, size_t at) {
    const struct cue_word *word = &words->words[at];
    const uint64_t next = at + 1 < words->count ? word[1].cues : 0;
    if (word->cues & CUE_QUOTED) {
        return false;
    }
    if (cues_in(word, "when that who which")) {
        return !cues_is(word, "that") && (next & (CUE_BE | CUE_DO | CUE_MODAL)) != 0;
    }
    return (word->cues & CUE_WH) != 0 || ((word->cues & (CUE_BE | CUE_DO | CUE_MODAL)) &&
                                          (next & (CUE_SUBJ | CUE_DET | CUE_SELF)));
}

/* A new one begins behind a mark, or behind "and". */
static bool parts_here(const struct cue_text *words, size_t at) {
    if (at == 0) {
        return begins_question(words, 0);
    }
    const struct cue_word *before = &words->words[at - 1];
    const bool joined =
        cues_in(before, "and or also but") ||
        (at > 1 && cues_in(before, "roughly about then") && cues_in(before - 1, "and or also but"));
    const bool apart = before->mark != 0 && before->mark != ':';
    const bool wonder = wonders(words, at) && (words->words[at].cues & CUE_WH);
    return wonder || ((joined || apart) && begins_question(words, at));
}

esi_err want_parts(struct view question, esi_arena *arena, struct view parts[WANT_PARTS_MAX],
                   size_t *count, esi_error *err) {
    struct cue_text words;
    size_t from[WANT_PARTS_MAX + 1];
    size_t found = 0;
    *count = 0;
    const esi_err code = cues_read(question, arena, &words, err);
    for (size_t i = 0; code == ESI_OK && i < words.count && found < WANT_PARTS_MAX; i++) {
        if (parts_here(&words, i) && (found == 0 || i - from[found - 1] >= PART_WORDS)) {
            from[found++] = i;
        }
    }
    if (code != ESI_OK || found < 2) {
        return code;
    }
    from[found] = words.count;
    for (size_t i = 0; i < found; i++) {
        parts[i] = cues_source(&words, question, words.words[from[i]].from,
                               words.words[from[i + 1] - 1].to);
    }
    *count = found;
    return ESI_OK;
}

/* ---- what a statement has -------------------------------------------------------------------- */

#define FORM_MAX 24

struct scan {
    struct view rest;
    char form[FORM_MAX];
    struct cue_word word; /* folded letters and digits; empty where it is longer than any we know */
    bool digits;          /* has one */
    char before, after;   /* what stands around it */
};

static bool is_alnum(char c) {
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

static bool scan_next(struct scan *scan) {
    size_t at = 0;
    while (at < scan->rest.n && !is_alnum(scan->rest.p[at])) {
        scan->before = scan->rest.p[at++];
    }
    if (at == scan->rest.n) {
        return false;
    }
    size_t n = 0;
    scan->digits = false;
    while (at < scan->rest.n && is_alnum(scan->rest.p[at])) {
        const char c = scan->rest.p[at++];
        scan->digits |= c >= '0' && c <= '9';
        if (n < FORM_MAX) {
            scan->form[n] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
        n++;
    }
    scan->word = (struct cue_word){.form = {scan->form, n < FORM_MAX ? n : 0}};
    scan->after = at < scan->rest.n ? scan->rest.p[at] : '\0';
    scan->rest = view_slice(scan->rest, at, scan->rest.n);
    return true;
}

/* "500 MB", "1502" behind "port"; "slot 1" only names a thing. */
static bool is_amount(const struct scan *scan, bool led) {
    const struct view rest = scan->rest;
    const bool thing =
        rest.n > 1 && rest.p[0] == ' ' && ((rest.p[1] | 0x20) >= 'a' && (rest.p[1] | 0x20) <= 'z');
    return led || thing || scan->after == '%' ||
           (rest.n > 1 && rest.p[0] == ' ' && rest.p[1] == '%');
}

static const char number_words[] =
    "two three four five six seven eight nine ten eleven twelve fifteen "
    "twenty thirty forty fifty sixty hundred thousand half dozen twice "
    "once unlimited";
static const char time_words[] =
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays "
    "thursdays "
    "fridays saturdays sundays january february march april june july august september october "
    "november december noon midnight immediately daily weekly monthly nightly hourly tonight "
    "tomorrow "
    "today forever overnight always never until morning evening afternoon";
static const char span_words[] = "immediately instantly daily weekly monthly nightly hourly "
                                 "overnight forever permanently indefinitely";
static const char person_words[] =
    "team office engineers engineer director directors supervisor desk crew officer lead manager "
    "owner author nobody person people you your";
static const char place_words[] =
    "page menu folder drive room tab button left right corner top bottom under below above next "
    "door desk hall building rack drawer site portal screen";
static const char cause_words[] =
    "because since so reason due otherwise therefore why design cause "
    "causes means caused mostly usually prevents protects evidence";

/* What one word of a statement is, by itself and with the figure shortly before it. */
static uint32_t met_by(const struct scan *scan, uint32_t kinds, bool clock, uint32_t unit) {
    const struct cue_word *w = &scan->word;
    uint32_t met = unit;
    if (kinds & (WANT_TIME | WANT_SPAN)) {
        met |= clock || cues_in(w, time_words) ? WANT_TIME : 0;
        met |= cues_in(w, span_words) ? WANT_SPAN : 0;
    }
    if (kinds & WANT_PERSON) {
        met |= roles_of_word(w->form) != 0 || cues_in(w, person_words) ? WANT_PERSON : 0;
    }
    met |= scan->before == '`' ? WANT_CODE : 0;
    if (kinds & WANT_PLACE) {
        const bool path = scan->before == '/' || scan->before == '\\';
        met |= path || cues_in(w, place_words) ? WANT_PLACE : 0;
    }
    return met | (kinds & WANT_CAUSE && cues_in(w, cause_words) ? WANT_CAUSE : 0);
}

uint32_t want_met(uint32_t kinds, struct view statement) {
    struct scan scan = {.rest = statement};
    uint32_t met = 0;
    size_t number = 0;   /* words for which the number before still counts: "ten working days" */
    bool led = false;    /* the word before says that a figure comes */
    bool figure = false; /* ... is one, and isn't known yet to count time */
    while (kinds & (WANT_TELLING | WANT_SPAN) && scan_next(&scan)) {
        const struct cue_word *w = &scan.word;
        const bool clock = scan.digits && scan.after == ':' && scan.rest.n > 1 &&
                           scan.rest.p[1] >= '0' && scan.rest.p[1] <= '9';
        const bool unit = number > 0 && cues_in(w, unit_words);
        met |= figure && !unit ? WANT_NUMBER : 0;
        const bool amount = scan.digits && scan.before != '-' && !clock;
        figure =
            (amount && is_amount(&scan, led || scan.before == '/')) || cues_in(w, number_words);
        led = cues_in(w, "to than most least about is are at maximum minimum port ports address "
                         "number version until by of");
        const bool length = number > 0 && cues_in(w, length_words);
        met |=
            met_by(&scan, kinds, clock, (unit ? WANT_TIME : 0) | (unit || length ? WANT_SPAN : 0));
        number = scan.digits || cues_in(w, number_words) || cues_in(w, "one a an few next same")
                     ? NUMBER_REACH
                     : number - (number > 0);
        scan.before = scan.after;
    }
    met |= figure ? WANT_NUMBER : 0;
    met |= view_find(statement, VIEW(" > "), 0) != SIZE_MAX ? WANT_PLACE : 0;
    if (kinds & WANT_SPAN) { /* "06:00" doesn't say how long */
        met = met & WANT_SPAN ? met | WANT_TIME : met & ~WANT_TIME;
    }
    return met & kinds;
}

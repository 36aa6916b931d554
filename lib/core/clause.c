#include "core/clause.h"

#include "base/error.h"

#define AUX (CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL | CUE_MUST)

uint64_t clause_cues(const struct clause *clause, size_t i) {
    if (i >= clause->count || (clause->words[i].cues & CUE_QUOTED)) {
        return 0;
    }
    return clause->words[i].cues;
}

uint32_t clause_kinds(const struct clause *clause, size_t i) {
    return i < clause->count ? clause->words[i].kinds : 0;
}

size_t clause_find(const struct clause *clause, uint64_t cues, size_t from) {
    while (from < clause->count && !(clause_cues(clause, from) & cues)) {
        from++;
    }
    return from < clause->count ? from : clause->count;
}

bool clause_has(const struct clause *clause, size_t i, const char *forms) {
    return i < clause->count && !(clause->words[i].cues & CUE_QUOTED) &&
           cues_in(&clause->words[i], forms);
}

size_t clause_word(const struct clause *clause, const char *forms, size_t from) {
    while (from < clause->count && !clause_has(clause, from, forms)) {
        from++;
    }
    return from < clause->count ? from : clause->count;
}

bool clause_tells(const struct clause *c) {
    if (c->seen & (CUE_BE | CUE_HAVE | CUE_DO)) {
        return true;
    }
    if ((clause_cues(c, 0) & CUE_ED) && c->count > 2) {
        return true; /* "dropped my phone" */
    }
    for (size_t i = 1; i < c->count; i++) {
        const uint64_t cues = clause_cues(c, i);
        const uint64_t before = clause_cues(c, i - 1);
        const bool noun =
            !(before & (CUE_DET | CUE_PREP | CUE_AND | CUE_BUT)) && !c->words[i - 1].mark;
        if (noun && (cues & (CUE_VERB | CUE_ED))) {
            return true;
        }
        /* "it just spins", "my drive clicks" */
        const bool of_it = (clause_cues(c, 0) & CUE_SUBJ) && i <= 2 &&
                           !(clause_cues(c, i - 1) & (CUE_DET | CUE_PREP) & ~CUE_SUBJ);
        const bool of_mine = i >= 2 && i <= 3 && (clause_cues(c, 0) & CUE_DET) && before == 0 &&
                             (i == 2 || !(clause_cues(c, 1) & (CUE_PREP | CUE_VERB)));
        if ((of_it || of_mine) && cues == 0 && c->words[i].form.n > 3 &&
            view_ends(c->words[i].form, VIEW("s"))) {
            return true;
        }
        if (noun && cues == 0 && c->words[i].form.n > 4 &&
            view_ends(c->words[i].form, VIEW("ed")) && i + 1 < c->count) {
            return true; /* "the timer jumped to zero" */
        }
        /* "the printer spits out ...": an unknown word that goes with a noun before it */
        const struct view form = c->words[i].form;
        if (noun && cues == 0 && form.n > 3 && view_ends(form, VIEW("s")) &&
            !view_ends(c->words[i - 1].form, VIEW("s")) && i + 1 < c->count &&
            (clause_cues(c, i + 1) & (CUE_PREP | CUE_DET | CUE_THAT | CUE_SELF))) {
            return true;
        }
    }
    return false;
}

/* ---- where clauses end ----------------------------------------------------------------------- */

static bool begins_clause(const struct cue_word *words, size_t count, size_t i) {
    if (i >= count || (words[i].cues & CUE_QUOTED)) {
        return false;
    }
    if (words[i].cues & (CUE_SUBJ | CUE_OWN | CUE_PLEASE)) {
        return true;
    }
    /* ", is that right?" */
    if ((words[i].cues & AUX) && i + 1 < count && i > 0 && words[i - 1].mark &&
        (words[i + 1].cues & (CUE_SUBJ | CUE_THAT | CUE_DET | CUE_SELF))) {
        return true;
    }
    /* "and the console stays black", but not "the VPN and the console" */
    const bool noun =
        (words[i].cues & CUE_DET) || (words[i].cues & CUE_OTHERS) || (words[i].cues & CUE_NOT);
    for (size_t k = i + 1; noun && k < count && k < i + 4; k++) {
        if (words[k].cues & (AUX | CUE_KEEP | CUE_FAIL | CUE_NOT | CUE_S)) {
            return true;
        }
        if (words[k].mark) {
            break;
        }
    }
    return (words[i].cues & CUE_WH) && i + 1 < count &&
           ((words[i + 1].cues & (AUX | CUE_PREP)) ||
            cues_in(&words[i], "whats what's hows how's wheres where's whos who's"));
}

/* After a comma a clause may begin without "I" or "it": "waited, no luck, light is still red". */
static bool begins_short(const struct cue_word *words, size_t count, size_t i) {
    if (begins_clause(words, count, i)) {
        return true;
    }
    if (i + 1 < count && cues_in(&words[i], "what") && cues_in(&words[i + 1], "now next")) {
        return true;
    }
    /* ", how big may it be", not "tell me, what ..." */
    if (i + 2 < count && i > 0 && cues_in(&words[i], "how what why where who") &&
        !(words[i - 1].cues & (CUE_MIND | CUE_TELL | CUE_SAY))) {
        return true;
    }
    if (i < count && cues_in(&words[i], "someone somebody anyone nobody everybody everyone")) {
        return true;
    }
    if (i >= count || (words[i].cues & CUE_QUOTED)) {
        return false;
    }
    if ((words[i].cues & CUE_ORDER) && i + 1 < count &&
        (words[i + 1].cues & (CUE_DET | CUE_SELF | CUE_PERSON | CUE_OTHERS | CUE_THAT))) {
        return true; /* ", send somebody" */
    }
    if ((words[i].cues & (CUE_NOT | CUE_STILL | CUE_SAME | CUE_S | CUE_THANK)) ||
        cues_in(&words[i], "its thats theres sorry anyway") ||
        (cues_is(&words[i], "now") && i + 1 < count && (words[i + 1].cues & CUE_SUBJ)) ||
        (cues_in(&words[i], "only just") && i + 1 < count && (words[i + 1].cues & CUE_ING)) ||
        (cues_is(&words[i], "all") && i + 1 < count && (words[i + 1].kinds & KIND_FINE)) ||
        ((words[i].cues & CUE_ED) && !(words[i].cues & (CUE_STATE | CUE_BE)))) {
        return true;
    }
    if ((words[i].cues & CUE_NUMBER) && i + 1 < count && (words[i + 1].cues & CUE_OTHERS)) {
        return true; /* ", four others have it" */
    }
    if (cues_in(&words[i], "all the") && i + 2 < count &&
        cues_in(&words[i + 1], "others other rest")) {
        return true; /* ", all others are fine" */
    }
    if (cues_in(&words[i], "now today") && i + 3 < count && !words[i].mark) {
        return true; /* ", today it's only my badge" */
    }
    for (size_t k = i + 1; k < count && k < i + 4 && !words[k - 1].mark; k++) {
        if (words[k].cues & (CUE_BE | CUE_STILL | CUE_KEEP | CUE_S)) {
            return true;
        }
        if (words[k].cues & ~(CUE_GENERIC | CUE_NUMBER)) {
            return false;
        }
    }
    return false;
}

/* "The VPN and the console are slow", "my neighbour and I": what stands before "and" tells nothing
 * yet, it is a part of the subject. */
static bool is_subject(const struct cue_word *words, size_t i) {
    const uint64_t verbs = AUX | CUE_VERB | CUE_ED | CUE_S | CUE_FAIL | CUE_STATE | CUE_NOT |
                           CUE_STILL | CUE_SAME | CUE_YES | CUE_ACK | CUE_WH;
    size_t n = 0;
    while (n <= i && n <= 4 && !(n > 0 && words[i - n].mark)) {
        const struct cue_word *word = &words[i - n];
        const struct view form = word->form;
        if (((word->cues & verbs) && !(word->cues & CUE_DET)) || form.p[form.n - 1] <= '9') {
            return false;
        }
        n++;
    }
    return n <= 4;
}

/* Does a clause end after word i? */
static bool ends_clause(const struct cue_word *words, size_t count, size_t i) {
    const char mark = words[i].mark;
    if (i + 1 >= count || (mark && mark != ',' && mark != ':')) {
        return true;
    }
    const struct cue_word *next = &words[i + 1];
    if (next->cues & CUE_QUOTED) {
        return false;
    }
    if (mark == ':') {
        return (next->cues & (CUE_WH | CUE_SUBJ | AUX)) != 0; /* "one question: how long ..." */
    }
    if (cues_is(next, "if") && (words[i].cues & (CUE_MIND | CUE_TELL)) && !mark &&
        !cues_in(&words[i], "mind matter care like only just")) {
        return false; /* "he wonders if he may ..." */
    }
    if (cues_is(next, "if") && i + 2 < count && (words[i + 2].cues & CUE_YOU)) {
        return false; /* "I'd be glad if you could ..." */
    }
    if ((next->cues & CUE_BUT) && cues_in(&words[i], "nothing anything all none")) {
        return false; /* "nothing but question marks" */
    }
    if (next->cues & (CUE_BUT | CUE_IF)) {
        const bool trails = (next->cues & CUE_BUT) && (next->mark || i + 2 >= count);
        return !cues_is(next, "yet") && !cues_is(next, "whether") && !trails;
    }
    if (cues_in(next, "because while whereas until")) {
        return true;
    }
    if (cues_is(next, "when") && i > 0 && !(words[i].cues & CUE_PREP)) {
        return true;
    }
    if (cues_is(next, "and") && i + 2 < count &&
        ((words[i + 2].cues & CUE_STILL) ||
         ((words[i + 2].cues & CUE_NOT) && (words[i + 2].cues & (CUE_MODAL | CUE_DO))))) {
        return true; /* "and still can't connect" */
    }
    if (cues_in(next, "and so then since")) {
        if (cues_is(next, "and") && is_subject(words, i)) {
            return false;
        }
        const size_t skip = i + 2 < count && cues_in(&words[i + 2], "then now also") ? 3 : 2;
        return begins_clause(words, count, i + skip);
    }
    return mark == ',' && begins_short(words, count, i + 1);
}

/* ---- what form it has ------------------------------------------------------------------------ */

/* Words that stand before a clause proper: "hi", "please", "and", "so". */
static size_t skip_fillers(const struct clause *clause) {
    size_t i = 0;
    while (
        i + 1 < clause->count &&
        ((clause_cues(clause, i) & (CUE_GREET | CUE_BUT | CUE_AND | CUE_PLEASE | CUE_THANK)) ||
         (clause_has(clause, i, "so") && !(clause_cues(clause, i + 1) & AUX)) ||
         clause_has(clause, i, "ok okay well also just then now hm oh all team btw or sorry ah") ||
         (clause_has(clause, i, "there") && !(clause_cues(clause, i + 1) & AUX)))) {
        i++;
    }
    return i;
}

static bool aux_within(const struct clause *clause, size_t from, size_t reach) {
    for (size_t i = from; i < from + reach; i++) {
        if (clause_cues(clause, i) & AUX) {
            return true;
        }
    }
    return false;
}

/* "I don't know how", "I wonder where", "tell me what", "not sure whether", "any idea why". */
static bool asks_indirectly(const struct clause *clause) {
    if (clause_has(clause, 0, "that's thats") && clause_has(clause, 1, "all what everything")) {
        return false; /* "that's all I wanted to know" */
    }
    for (size_t i = 0; i < clause->count; i++) {
        /* "I don't understand the difference", "I can't find anything about parking" */
        const bool grasps = clause_has(clause, i, "understand") && i + 1 < clause->count;
        const bool finds = clause_has(clause, i, "find see") &&
                           clause_has(clause, i + 1, "anything nothing") &&
                           clause_has(clause, i + 2, "about on");
        if ((grasps || finds) && clause_denied(clause, i) && (clause->seen & CUE_SELF)) {
            return true;
        }
        if (clause_has(clause, i, "interested") && (clause->seen & CUE_SELF) &&
            clause_has(clause, i + 1, "in to")) {
            return true;
        }
        if (clause_has(clause, i, "forgot get got") && i > 0 &&
            (clause_cues(clause, i + 1) & CUE_WH) &&
            (clause_has(clause, i, "forgot") || clause_denied(clause, i))) {
            return true; /* "I forgot who my coach is", "I didn't get what it means" */
        }
        const bool unsure =
            clause_has(clause, i, "idea clue curious unsure unclear") ||
            (i > 0 && clause_has(clause, i, "out") && clause_has(clause, i - 1, "find figure"));
        if (!(clause_cues(clause, i) & (CUE_MIND | CUE_TELL)) && !unsure) {
            continue;
        }
        for (size_t k = i + 1; k < i + 4; k++) {
            if ((clause_cues(clause, k) & CUE_WH) || clause_has(clause, k, "if whether about")) {
                return true;
            }
        }
        const bool first =
            i == 0 ||
            (i == 1 && (clause_cues(clause, 0) & (CUE_PLEASE | CUE_AND | CUE_ACK | CUE_GREET)));
        if (first && (clause_cues(clause, i) & CUE_TELL) && (clause_cues(clause, i) & CUE_VERB) &&
            !(clause_cues(clause, i) & (CUE_ED | CUE_S | CUE_ING))) {
            return true;
        }
    }
    const size_t to = clause_word(clause, "to", 0);
    return to > 0 && to < clause->count && (clause_cues(clause, to - 1) & CUE_WANT) &&
           (clause_cues(clause, to + 1) & CUE_TELL);
}

/* "Which command ...", "how long till ...", "in which cases ..."; not "what a joke", "when I click
 * it freezes", ", which is why". */
static bool opens_wh(const struct clause *clause, size_t i, bool begins) {
    if ((clause_cues(clause, i) & CUE_PREP) && (clause_cues(clause, i + 1) & CUE_WH)) {
        return begins && i + 2 < clause->count;
    }
    if (!(clause_cues(clause, i) & CUE_WH)) {
        return false;
    }
    if (clause->mark == '?' || (begins && i + 1 == clause->count && clause->count <= 3)) {
        return true; /* "then what" */
    }
    if (clause_has(clause, i, "when where while")) {
        return (clause_cues(clause, i + 1) & AUX) != 0 ||
               (clause_has(clause, i, "where") && clause_has(clause, i + 1, "to"));
    }
    const bool calls_out = clause_has(clause, i + 1, "a an") ||
                           (clause_cues(clause, i + 1) & (CUE_HURRY | CUE_FAIL)) != 0;
    if (begins && !calls_out && i + 1 < clause->count) {
        return true;
    }
    return clause_has(clause, i + 1, "to about if come") || aux_within(clause, i + 1, 4) ||
           (clause_cues(clause, i) & AUX) || clause_has(clause, i, "whats hows wheres what's");
}

/* "Is the ...", "can I ...", "does it ..."; not "don't open ...", "do it", "is down". */
static bool opens_inverted(const struct clause *clause, size_t i) {
    const uint64_t cues = clause_cues(clause, i);
    const uint64_t next = clause_cues(clause, i + 1);
    if (!(cues & AUX & ~CUE_NOT) || (cues & (CUE_SUBJ | CUE_SELF | CUE_ED)) ||
        clause_has(clause, i, "doing being") || clause->count <= i + 1 ||
        view_ends(clause->words[i].form, VIEW("'s"))) {
        return false;
    }
    const bool subject = (next & (CUE_SUBJ | CUE_SELF | CUE_YOU | CUE_OTHERS)) != 0;
    const bool noun = (next & CUE_DET) != 0;
    if (cues & CUE_NOT) {
        return subject || noun;
    }
    if (clause_has(clause, i, "do")) {
        /* "do it", "do the reset": orders */
        const bool order = clause->mark != '?' && (noun || (next & (CUE_THAT | CUE_ALL)));
        return !order && !(next & (CUE_NOT | CUE_NUMBER));
    }
    if (clause_has(clause, i, "have having had") || (cues & CUE_ING)) {
        return subject || (noun && clause->mark == '?');
    }
    if (subject || noun || (clause->mark == '?' && !(next & CUE_NOT))) {
        return true;
    }
    const bool predicate = (next & (CUE_NOT | CUE_STILL | CUE_ED | CUE_ING | CUE_STATE | CUE_FAIL |
                                    CUE_GOOD | CUE_BE | CUE_TRY | CUE_DO)) != 0;
    return !predicate && !((cues & CUE_MODAL) && (next & CUE_VERB));
}

static bool opens_question(const struct clause *clause, size_t i, bool begins) {
    return opens_wh(clause, i, begins) || opens_inverted(clause, i);
}

/* "My colleague says that ...", "the manual states ...": not what this person reports. */
static bool quotes_others(const struct clause *clause, size_t from) {
    static const char sources[] =
        "he she they manual guide policy document documents documentation docs doc friend hints "
        "notes note handbook wiki handout slides faq article readme instructions sheet tutorial "
        "leaflet poster email mail newsletter rule rules runbook somewhere exercise task "
        "assignment "
        "scenario brief briefing text description lesson slide";
    const size_t say = clause_find(clause, CUE_SAY, from);
    if (say > from && say < clause->count && (clause_cues(clause, say - 1) & CUE_NOT)) {
        return false; /* "nobody told us" */
    }
    const size_t heard = clause_word(clause, "heard read", from);
    if (heard < clause->count && heard > 0 && (clause_cues(clause, heard - 1) & CUE_SELF)) {
        return true;
    }
    if (say >= clause->count || say == from || (clause_cues(clause, say) & CUE_ING)) {
        return false;
    }
    /* "my whole report is gone": a noun */
    if (!(clause_cues(clause, say) & (CUE_S | CUE_ED)) &&
        !(clause_kinds(clause, say - 1) & KIND_PEOPLE) &&
        !(clause_cues(clause, say - 1) & (CUE_SUBJ | CUE_MODAL))) {
        return false;
    }
    for (size_t k = from; k < say; k++) {
        const bool owner = view_ends(clause->words[k].form, VIEW("'s")); /* "my team's page says" */
        const bool person = ((clause_cues(clause, k) & (CUE_OTHERS | CUE_PERSON)) ||
                             (clause_kinds(clause, k) & KIND_PEOPLE)) &&
                            !owner;
        if (person || clause_has(clause, k, sources)) {
            return true;
        }
    }
    return false;
}

/* "If I press start it spins", "whenever I open a tab ...": what happens, not what might. */
static bool is_habit(const struct clause *clause, size_t i) {
    const uint64_t deed = clause_cues(clause, i + 2);
    return clause_has(clause, i, "if whenever") && clause->mark != '?' &&
           (clause_cues(clause, i + 1) & CUE_SELF) && !(clause->seen & (CUE_MODAL | CUE_MUST)) &&
           (clause_has(clause, i, "whenever") ||
            ((deed & (CUE_DEED | CUE_MEND | CUE_ORDER | CUE_TRY)) && !(deed & CUE_ED)) ||
            clause_has(clause, i + 2, "press click type"));
}

static void read_form(struct clause *clause, bool begins) {
    const size_t i = skip_fillers(clause);
    clause->asks = opens_question(clause, i, begins || i > 0) || asks_indirectly(clause);
    const bool how_fix =
        clause_has(clause, i, "how") && clause_find(clause, CUE_SOLVE, i) < clause->count;
    clause->why =
        clause->asks && (clause_word(clause, "why", i) < clause->count || how_fix ||
                         (clause_has(clause, i, "how") && clause_has(clause, i + 1, "come")));
    clause->supposes = ((clause_cues(clause, i) & CUE_IF) && !is_habit(clause, i)) ||
                       clause_has(clause, i, "hypothetically imagine") ||
                       (clause_has(clause, i, "let's lets") && clause_has(clause, i + 1, "say")) ||
                       (clause_has(clause, i, "what") && clause_has(clause, i + 1, "if"));
    for (size_t k = i; k < clause->count; k++) {
        clause->supposes |= clause_has(clause, k, "in") && clause_has(clause, k + 1, "case");
        clause->past |=
            clause_has(clause, k, "previously formerly") ||
            (clause_has(clause, k, "last") && (clause_kinds(clause, k + 1) & KIND_PERIOD)) ||
            (clause_has(clause, k, "weeks months years") && clause_has(clause, k + 1, "ago back"));
    }
    clause->past = clause->past && !(clause->seen & (CUE_NOW | CUE_STILL));
    clause->cites = quotes_others(clause, i);
    clause->about_desk =
        clause->asks && clause->count <= i + 7 && clause_find(clause, CUE_YOU, i) < clause->count &&
        ((clause_cues(clause, i + 1) & CUE_BE) || (clause_cues(clause, i) & CUE_BE) ||
         (clause_has(clause, i, "what") && clause_has(clause, i + 1, "can"))) &&
        clause_find(clause, CUE_OWN | CUE_FAIL | CUE_MEND, i) == clause->count;
}

/* "Is that right?", "true?", "correct?", "does that hold?": doubts what was said before. */
static bool confirms(const struct clause *clause) {
    static const char words[] = "true right correct really accurate valid so hold holds case";
    if (clause->mark != '?' && !clause->asks) {
        return false;
    }
    const size_t last = clause->count - 1;
    const bool back = clause->count == 1 || clause_find(clause, CUE_THAT, 0) < last;
    return clause->count <= 5 && (back || clause_has(clause, 0, "still")) &&
           clause_has(clause, last, words);
}

/* "I only want to know", "just wondering", "asking because ...", said of oneself. */
static bool is_curious(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        if (clause_has(clause, i, "wonder wondering wondered curious") ||
            (clause_has(clause, i, "asking") && i < 3)) {
            return true;
        }
        const bool finds = clause_has(clause, i, "find") && clause_has(clause, i + 1, "out");
        if ((finds || clause_has(clause, i, "know learn understand hear")) && i > 1 &&
            clause_has(clause, i - 1, "to") && (clause_cues(clause, i - 2) & CUE_WANT)) {
            return true;
        }
    }
    return false;
}

/* "Hasn't happened", "nothing of that has happened yet", "it hasn't" behind "what if it fails?". */
static bool disclaims(const struct clause *clause, bool supposed) {
    if (clause->asks || !(clause->seen & CUE_NOT) || (clause->seen & CUE_SELF & ~CUE_OWN)) {
        return false;
    }
    const size_t happens = clause_word(clause, "happen happened occurred occur", 0);
    const bool perfect = (clause->seen & CUE_HAVE) != 0;
    const uint64_t last = clause_cues(clause, clause->count - 1);
    return (happens < clause->count && (perfect || !clause_has(clause, 0, "nothing"))) ||
           (supposed && clause->count <= 3 && (last & CUE_NOT) && (last & (CUE_HAVE | CUE_DO)));
}

/* ---- the whole message ----------------------------------------------------------------------- */

static void open_clause(struct clause *clause, const struct cue_text *text, size_t first,
                        size_t end) {
    clause->words = text->words + first;
    clause->first = first;
    clause->count = end - first;
    clause->mark = text->words[end - 1].mark;
    clause->last = end == text->count || (clause->mark && clause->mark != ',');
    for (size_t i = 0; i < clause->count; i++) {
        clause->seen |= clause_cues(clause, i);
    }
}

/* Asks or orders: what follows with "so that" is what for. */
static bool wishes(const struct clause *clause) {
    return clause->asks || (clause->seen & CUE_PLEASE) || (clause_cues(clause, 0) & CUE_ORDER);
}

/* "No ticket please": what follows says why. */
static bool denies_ticket(const struct clause *clause) {
    return (clause->seen & CUE_TICKET) && (clause->seen & CUE_NOT);
}

/* "The overview says 90 minutes though": holds a document against what was said. */
static bool says_though(const struct clause *clause) {
    return clause->count > 2 && clause_has(clause, clause->count - 1, "though") &&
           (clause->seen & CUE_SAY) && !(clause->seen & (CUE_OWN | CUE_THAT));
}

/* What is told before a question like "is that right?" is somebody's word, not a report. */
static void doubt_hearsay(struct clause *clauses, size_t count) {
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; clauses[i].confirms && k < i; k++) {
            clauses[k].cites |= (clauses[k].seen & CUE_SAY) != 0 || clauses[k].cites ||
                                (k > 0 && clauses[k - 1].cites && !clauses[k - 1].last);
        }
    }
}

/* "That's long mended", "all settled since", "fixed on the day". */
static bool is_settled(const struct clause *clause) {
    static const char over[] = "settled solved sorted mended fixed resolved repaired";
    return !clause->asks && clause_word(clause, over, 0) < clause->count &&
           clause_word(clause, "long since ago then day meanwhile eventually", 0) < clause->count &&
           !(clause->seen & (CUE_NOT | CUE_STILL));
}

/* What is told of a time long gone stays there until something is told of now; what is settled was
 * before it. */
static void place_in_time(struct clause *clauses, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct clause *c = &clauses[i];
        const bool told = !c->asks && !(c->seen & (CUE_NOW | CUE_STILL));
        const bool before = (c->seen & CUE_ED) || clause_word(c, "was were had did", 0) < c->count;
        c->past |= i > 0 && clauses[i - 1].past && told && before;
        for (size_t k = 0; is_settled(c) && k <= i; k++) {
            c->past = true;
            clauses[k].past |= !clauses[k].asks && !(clauses[k].seen & CUE_STILL);
        }
    }
}

/* What was read of a message before a clause. */
struct so_far {
    bool asked;    /* in its sentence */
    bool supposed; /* somewhere */
};

/* What a clause is to the one before it; NULL for the first. */
static void relate(struct so_far *so_far, struct clause *clause, struct clause *before) {
    /* "What happens if it crashes", "what do I do when it hangs": supposed with the question */
    const bool within = before && !before->last && !clause->asks;
    const bool when = clause_has(clause, 0, "when");
    const bool purpose = clause_has(clause, 0, "so") && (clause_cues(clause, 1) & CUE_THAT);
    clause->supposes |= within && ((when && before->asks) || (purpose && wishes(before)));
    /* "Let's say it fails. Can you bring it back?" */
    clause->supposes |=
        before && before->last && before->supposes && clause->asks && (clause->seen & CUE_THAT);
    /* "would I lose it if it was reset and I hadn't saved?" */
    const bool begins = before && before->last;
    so_far->asked = clause->asks || (!begins && so_far->asked);
    clause->supposes |=
        within && so_far->asked && before->supposes && (clause_cues(clause, 0) & CUE_AND);
    if (within && cues_in(&clause->words[0], "now today") && (before->seen & CUE_OLD)) {
        before->past = !(before->seen & CUE_STILL); /* "yesterday all of us, today only me" */
    }
    clause->excuses = within && (before->excuses || denies_ticket(before));
    clause->cites |= says_though(clause);
    clause->confirms = before && confirms(clause);
    clause->asks |= clause->confirms;
    clause->curious = is_curious(clause);
    so_far->supposed |= clause->supposes;
    clause->disclaims = disclaims(clause, so_far->supposed);
}

esi_err clause_read(const struct cue_text *text, esi_arena *arena, struct clause **out,
                    size_t *out_count, esi_error *err) {
    size_t count = 0;
    for (size_t i = 0; i < text->count; i++) {
        count += ends_clause(text->words, text->count, i);
    }
    struct clause *clauses = ARENA_ARRAY(arena, count + 1, struct clause);
    if (!clauses) {
        return fail_memory(err, "core/clause");
    }
    size_t first = 0;
    size_t used = 0;
    struct so_far so_far = {0};
    for (size_t i = 0; i < text->count; i++) {
        if (!ends_clause(text->words, text->count, i)) {
            continue;
        }
        struct clause *clause = &clauses[used++];
        open_clause(clause, text, first, i + 1);
        read_form(clause, used == 1 || clause[-1].last);
        relate(&so_far, clause, used > 1 ? clause - 1 : NULL);
        first = i + 1;
    }
    doubt_hearsay(clauses, used);
    place_in_time(clauses, used);
    for (size_t i = 0; i < used; i++) {
        clause_trouble(&clauses[i]);
        clause_result(&clauses[i]);
        clause_want(&clauses[i]);
        clauses[i].trouble &= !clauses[i].person || clauses[i].own_subject;
    }
    *out = clauses;
    *out_count = used;
    return ESI_OK;
}

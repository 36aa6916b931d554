#include "core/clause.h"

/* Reports of trouble by grammar: a negated deed ("can't log in", "nothing happens"), a word of
 * failure that is asserted ("it froze"), a state ("is down"), a repetition ("keeps asking"), a
 * code. */

bool clause_denied(const struct clause *clause, size_t i) {
    for (size_t back = 1; back <= 3 && back <= i; back++) {
        const uint64_t cues = clause_cues(clause, i - back);
        if ((cues & CUE_NOT) && !(cues & CUE_FAIL)) {
            return true;
        }
        if (cues & (CUE_FAIL | CUE_AND) || clause->words[i - back].mark) {
            return false;
        }
    }
    return false;
}

/* ---- "doesn't", "can't", "no", "nothing" ----------------------------------------------------- */

/* The word that a negation denies: adverbs and an inverted subject are passed over. */
static size_t denied_word(const struct clause *clause, size_t not_at) {
    size_t i = not_at + 1;
    const size_t reach = clause->why ? not_at + 5 : not_at + 3;
    while (
        i < clause->count && i < reach &&
        ((clause_cues(clause, i) & (CUE_SUBJ | CUE_DET | CUE_SELF | CUE_BE | CUE_MODAL)) ||
         clause_has(clause, i, "even ever actually really be been being able to yet currently"))) {
        i++;
    }
    return i;
}

static bool denial_of_noun(const struct clause *clause, size_t i) {
    if (clause_has(clause, i, "no")) {
        if (clause_has(clause, i + 1, "longer")) {
            return i + 2 < clause->count && !(clause_cues(clause, i + 2) & CUE_FAIL);
        }
        const uint64_t next = clause_cues(clause, i + 1);
        return i + 1 < clause->count && !clause->words[i].mark &&
               !(next & (CUE_FAIL | CUE_TICKET | CUE_THANK | CUE_HURRY | CUE_NUMBER | CUE_SUBJ |
                         CUE_NOT | CUE_PLEASE)) &&
               !(clause_kinds(clause, i + 1) & KIND_SPARED) &&
               !clause_has(clause, i + 1, "other just only");
    }
    if (clause_has(clause, i, "nothing")) {
        if (i > 0 && i + 1 == clause->count &&
            ((clause_cues(clause, i - 1) & CUE_S) || clause_has(clause, i - 1, "did"))) {
            return true; /* "the button does nothing", "unplugging did nothing" */
        }
        return i + 1 < clause->count && !(clause_cues(clause, i + 1) & CUE_ED) &&
               !clause_has(clause, i + 1, "else wrong to is was");
    }
    return clause_has(clause, i, "nobody none") && i + 1 < clause->count &&
           !clause_has(clause, i + 1, "else");
}

static bool denial_of_deed(const struct clause *clause, size_t i) {
    const uint64_t cues = clause_cues(clause, i);
    const bool aux = (cues & (CUE_DO | CUE_MODAL | CUE_HAVE)) ||
                     (i > 0 && (clause_cues(clause, i - 1) & (CUE_DO | CUE_MODAL | CUE_HAVE)));
    const bool be = (cues & CUE_BE) || (i > 0 && (clause_cues(clause, i - 1) & CUE_BE));
    const size_t verb = denied_word(clause, i);
    const uint64_t deed = clause_cues(clause, verb);
    if (clause_has(clause, i, "unable cannot never") || clause_has(clause, i, "cant can't")) {
        return verb < clause->count && !clause_has(clause, i + 1, "mind wait") &&
               !(deed & CUE_FAIL && !(deed & CUE_ED));
    }
    if (verb >= clause->count) { /* "it doesn't", "mine isn't" */
        return i > 0 && !clause->asks && ((aux && (cues & (CUE_DO | CUE_MODAL))) || be);
    }
    /* "I don't get it", "what I don't get is" */
    const bool grasp = clause_has(clause, verb, "get") && (clause->seen & CUE_SELF) &&
                       (verb + 1 >= clause->count ||
                        (clause_cues(clause, verb + 1) & (CUE_WH | CUE_BE | CUE_THAT)));
    if (grasp || (deed & (CUE_MIND | CUE_TELL | CUE_TRY)) || (cues & CUE_MUST) ||
        (i > 0 && (clause_cues(clause, i - 1) & CUE_MUST))) {
        return false;
    }
    /* "code not accepted" */
    const bool noun = !aux && i > 0 && !clause->words[i - 1].mark && (deed & CUE_GOOD) &&
                      (clause_cues(clause, i - 1) == 0 || (clause_cues(clause, i - 1) & CUE_THING));
    if (be || noun || (!aux && (deed & CUE_ING))) {
        /* "isn't loading", "not working", "isn't available" */
        return !(deed & CUE_FAIL) &&
               ((deed & (CUE_GOOD | CUE_ING)) || (clause_kinds(clause, verb) & KIND_FINE) ||
                view_ends(clause->words[verb].form, VIEW("ing")) ||
                view_ends(clause->words[verb].form, VIEW("able")) ||
                (view_ends(clause->words[verb].form, VIEW("ed")) && !(deed & CUE_ALLOW)));
    }
    if (aux && verb > 0 && (deed & CUE_FAIL)) {
        return false;
    }
    /* "don't do it" is an order, "you don't need it" a rule */
    const bool order = clause_has(clause, i, "don't dont not") && (cues & CUE_DO || i > 0) &&
                       (i == 0 || (clause_cues(clause, i - 1) & CUE_PLEASE) ||
                        (i == 1 && clause_has(clause, 0, "do")));
    return aux && !order && !(i > 0 && (clause_cues(clause, i - 1) & CUE_YOU)) &&
           !(deed & CUE_HAVE && clause_has(clause, verb + 1, "to"));
}

static bool denies(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        if (!(clause_cues(clause, i) & CUE_NOT)) {
            continue;
        }
        if (clause_has(clause, i, "not") && clause_has(clause, i + 1, "that")) {
            return false;
        }
        if (denial_of_noun(clause, i) || denial_of_deed(clause, i) ||
            (clause_has(clause, i, "nowhere") && i > 0)) {
            return true;
        }
    }
    return false;
}

/* ---- words of failure ------------------------------------------------------------------------ */

static bool is_plain(uint64_t cues) {
    return (cues & CUE_VERB) && !(cues & (CUE_ED | CUE_S | CUE_ING));
}

/* "We lost the match", "I lost track". */
static bool loses_contest(const struct clause *clause, size_t i) {
    if (clause_has(clause, i, "lost lose losing") &&
        clause_has(clause, i + 1, "track count sight interest")) {
        return true;
    }
    for (size_t k = i + 1; clause_has(clause, i, "lost lose losing") && k < i + 5; k++) {
        if (clause_kinds(clause, k) & KIND_CONTEST) {
            return true;
        }
    }
    return false;
}

static bool asserts_failure(const struct clause *clause, size_t i) {
    const uint64_t cues = clause_cues(clause, i);
    const uint64_t before = i > 0 ? clause_cues(clause, i - 1) : 0;
    const bool waits = clause_has(clause, i, "hang") && clause_has(clause, i + 1, "on") &&
                       (i == 0 || (before & (CUE_ACK | CUE_PLEASE | CUE_AND)));
    /* "I forgot who my coach is" asks */
    const bool forgot = clause_has(clause, i, "forgot forgotten forget") &&
                        (clause_has(clause, i + 1, "to") || (clause_cues(clause, i + 1) & CUE_WH));
    if (!(cues & CUE_FAIL) || clause_denied(clause, i) || waits || forgot ||
        loses_contest(clause, i)) {
        return false;
    }
    if (is_plain(cues) && !(cues & CUE_THING)) {
        /* "to crash it", "please stop it", "could you drop it", "stop my lab" are no reports */
        const bool ordered = (i == 0 && (clause_cues(clause, 1) & (CUE_DET | CUE_SELF))) ||
                             (before & (CUE_PLEASE | CUE_YOU | CUE_MODAL | CUE_MUST));
        const bool infinitive = clause_has(clause, i - 1, "to") && i > 0 &&
                                !(i > 1 && (clause_cues(clause, i - 2) & CUE_KEEP));
        /* "and freeze": a word that is asked for */
        const bool named = i == 1 && clause->count == 2 && (before & CUE_AND);
        return !ordered && !infinitive && !named;
    }
    return true;
}

static bool asserts_state(const struct clause *clause, size_t i) {
    if (!(clause_cues(clause, i) & CUE_STATE) || clause_denied(clause, i)) {
        return false;
    }
    const size_t reach = clause->asks ? 5 : 3; /* "why is my box so slow" */
    for (size_t back = 1; back <= reach && back <= i; back++) {
        if ((clause_cues(clause, i - back) & CUE_BE) ||
            clause_has(
                clause, i - back,
                "look looks looked seem seems go goes went gone turn turns turned stay stays "
                "stayed get gets got become becomes became remain remains all still "
                "shows shown keeps says")) {
            return true;
        }
    }
    /* "shows a blank page" */
    if (clause_find(clause, CUE_GET | CUE_SAY, 0) < i && i + 1 < clause->count) {
        return true;
    }
    /* "VM down", "blank screen after login" */
    const bool ends = i > 0 && i + 1 == clause->count;
    const bool begins = i == 0 && clause->count > 1 && !clause->words[0].mark;
    return (ends || begins) && clause->count <= 6 && !clause->asks;
}

static bool repeats(const struct clause *clause) {
    const size_t all = clause_word(clause, "all", 0);
    if (all > 1 && clause_has(clause, all + 1, "the") && clause_has(clause, all + 2, "time") &&
        clause->why) {
        return true; /* "why does it beep all the time" */
    }
    const size_t keep = clause_find(clause, CUE_KEEP, 0);
    if (keep == clause->count || clause_has(clause, keep - 1, "to") ||
        (keep > 0 && (clause_cues(clause, keep - 1) & (CUE_SELF | CUE_MUST | CUE_MODAL))) ||
        ((clause_cues(clause, keep + 1) & (CUE_TALK | CUE_SAY)) &&
         (clause_cues(clause, 0) & CUE_OTHERS))) {
        return false; /* "everybody keeps talking about lanes" */
    }
    for (size_t i = keep + 1; i < clause->count && i < keep + 4; i++) {
        if ((clause_cues(clause, i) & CUE_ING) ||
            (clause->words[i].form.n > 5 && view_ends(clause->words[i].form, VIEW("ing")))) {
            return true;
        }
    }
    return false;
}

/* "It says 'access denied'", "I get error 651". */
static bool shows_message(const struct clause *clause) {
    bool quoted = false;
    for (size_t i = 0; i < clause->count; i++) {
        quoted |= (clause->words[i].cues & CUE_QUOTED) != 0;
    }
    const size_t says = clause_word(clause, "says saying", 0);
    const bool bare = says == 0 && clause_has(clause, 0, "says") && clause->count > 2;
    if ((says > 0 || bare) && says + 1 < clause->count && !clause->cites) {
        return true; /* "it says access denied", "says access denied" */
    }
    return quoted && clause_word(clause, "read reading", 0) == clause->count &&
           (clause->seen & (CUE_SAY | CUE_GET)) &&
           (clause->seen & (CUE_SELF | CUE_THAT | CUE_FAIL)) && !clause->cites;
}

/* "k-77", "12": what may follow the word "code". */
static bool is_numbered(struct view form) {
    for (size_t i = 0; i < form.n; i++) {
        if (form.p[i] >= '0' && form.p[i] <= '9') {
            return true;
        }
    }
    return false;
}

/* "err-1107", "0x80070005", "e2201": letters and at least three digits, held together as a code is.
 */
static bool is_code(struct view form) {
    size_t digits = 0;
    size_t turns = 0; /* from letter to digit and back */
    bool joined = view_starts(form, VIEW("0x"));
    for (size_t i = 0; i < form.n; i++) {
        const bool digit = form.p[i] >= '0' && form.p[i] <= '9';
        const bool before = i > 0 && form.p[i - 1] >= '0' && form.p[i - 1] <= '9';
        digits += digit;
        turns += i > 0 && digit != before;
        joined |= form.p[i] == '-' || form.p[i] == '_';
        if (form.p[i] == '.' || form.p[i] == '/' || form.p[i] == '@') {
            return false; /* a version, a path, an address */
        }
    }
    const bool letter = form.n > 0 && form.p[0] >= 'a' && form.p[0] <= 'z';
    return digits >= 3 && digits < form.n && (letter || view_starts(form, VIEW("0x"))) &&
           (joined || turns == 1);
}

size_t clause_code(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        if (clause->words[i].cues & CUE_QUOTED) {
            continue;
        }
        const bool named = i > 0 && clause_has(clause, i - 1, "error code message warning fault") &&
                           is_numbered(clause->words[i].form);
        if (named || is_code(clause->words[i].form)) {
            return i;
        }
    }
    return clause->count;
}

/* "TW-512 just now on my station", "ends in NL-1042", "I get ERR-1107": whoever tells of a code has
 * trouble; not "I'm in course SEC-201", where it is the name of something. */
static bool tells_code(const struct clause *clause) {
    const size_t code = clause_code(clause);
    if (code == clause->count || clause->asks || clause->cites || clause_denied(clause, code)) {
        return false;
    }
    const bool begins = code == 0 || clause->words[code - 1].mark;
    const uint64_t before = begins ? CUE_AND : clause_cues(clause, code - 1);
    const bool thing = before & (CUE_GET | CUE_SAY | CUE_PREP | CUE_DET | CUE_AND | CUE_BUT |
                                 CUE_STILL | CUE_THING | CUE_BE | CUE_SAME | CUE_NOW | CUE_S);
    return thing || clause_has(clause, code - 1, "code message");
}

/* "It was wiped", "our files got deleted". */
static bool is_destroyed(const struct clause *clause) {
    for (size_t i = 1; i < clause->count; i++) {
        const bool done = clause_has(clause, i,
                                     "wiped deleted erased overwritten removed emptied lost gone "
                                     "destroyed missing");
        for (size_t back = 1; done && back <= 3 && back <= i; back++) {
            if (((clause_cues(clause, i - back) & CUE_BE) ||
                 clause_has(clause, i - back, "got has have")) &&
                !clause_denied(clause, i)) {
                return true;
            }
        }
    }
    return false;
}

/* "Stays on 'Connecting', "hangs at 45 %", "is stuck in booting". */
static bool is_stuck(const struct clause *clause) {
    for (size_t i = 1; i + 2 < clause->count; i++) {
        if (clause_has(clause, i, "stays stayed sits hangs stuck") &&
            clause_has(clause, i + 1, "on at in") && !clause_denied(clause, i)) {
            return true;
        }
    }
    return false;
}

/* "I found a hole in the portal": told because it isn't as it should be. */
static bool finds(const struct clause *clause) {
    const size_t i = clause_word(clause, "found noticed discovered spotted", 0);
    if (i == 0 || i + 2 >= clause->count || !(clause_cues(clause, i + 1) & CUE_DET)) {
        return false;
    }
    const bool self = (clause_cues(clause, i - 1) & (CUE_SELF | CUE_HAVE)) ||
                      clause_has(clause, i - 1, "just also");
    return self && clause_word(clause, "solution answer way option fix", i) == clause->count;
}

/* "Everyone around me has the same thing", "others get it as well". */
static bool shares_it(const struct clause *clause) {
    const size_t just = clause_word(clause, "just only", 0);
    if (just > 0 && just < clause->count && (clause_cues(clause, just - 1) & CUE_NOT) &&
        (clause_cues(clause, just + 1) & CUE_SELF)) {
        return !clause->cites; /* "it's not just my seat" */
    }
    bool others = false;
    const size_t has = clause_word(clause, "has have get gets got see sees", 0);
    for (size_t i = 0; i < has && has < clause->count; i++) {
        others |= (clause_cues(clause, i) & CUE_OTHERS) ||
                  (clause_kinds(clause, i) & (KIND_PEOPLE | KIND_GROUP));
    }
    const size_t same = clause_find(clause, CUE_SAME, has);
    const bool too = clause_has(clause, has + 1, "it that this") &&
                     clause_word(clause, "too also well", has) < clause->count;
    return others && !clause->cites && !(clause->seen & CUE_NOT) && (same < clause->count || too);
}

/* "Every time I press it I land elsewhere", 'upload: "413 too large"'. */
static bool tells_habit(const struct clause *clause) {
    for (size_t i = 0; i + 1 < clause->count; i++) {
        const bool every = clause_has(clause, i, "every each") &&
                           clause_has(clause, i + 1, "time") &&
                           (clause_cues(clause, i + 2) & (CUE_SELF | CUE_THAT));
        const bool message = clause->words[i].mark == ':' &&
                             !(clause->words[i].cues & CUE_QUOTED) &&
                             (clause->words[i + 1].cues & CUE_QUOTED) && i < 4;
        if (every || message) {
            return true;
        }
    }
    return false;
}

static bool reports(const struct clause *clause) {
    const size_t not_at = clause_word(clause, "not", 0);
    if (clause_has(clause, not_at + 1, "again") && not_at + 2 == clause->count) {
        return true; /* "ugh, not again" */
    }
    if (repeats(clause) || denies(clause) || shows_message(clause) || tells_code(clause) ||
        is_stuck(clause) || finds(clause) || tells_habit(clause) || is_destroyed(clause) ||
        shares_it(clause)) {
        return true;
    }
    for (size_t i = 0; i < clause->count; i++) {
        if (asserts_failure(clause, i) || asserts_state(clause, i)) {
            return true;
        }
        /* "got thrown out", "it logs me off" */
        if (clause_has(clause, i,
                       "kicked thrown threw logged booted bumped locked kicks throws logs") &&
            (clause_has(clause, i + 1, "out off") ||
             ((clause_cues(clause, i + 1) & CUE_SELF) && clause_has(clause, i + 2, "out off"))) &&
            !clause_denied(clause, i) && (i == 0 || !(clause_cues(clause, i - 1) & CUE_SELF))) {
            return true;
        }
        if (i > 0 && clause_has(clause, i, "came comes come fell fallen falls broke") &&
            clause_has(clause, i + 1, "off apart loose")) {
            return true; /* "the lever came off" */
        }
        if (i > 0 && clause_has(clause, i, "out") && clause_has(clause, i + 1, "of") &&
            i + 3 == clause->count && clause_cues(clause, i + 2) == 0 && clause->count <= 6) {
            return true; /* "printer out of paper" */
        }
        if (clause_has(clause, i, "quit quits stopped gave") && i > 0 &&
            (clause_cues(clause, i + 1) & CUE_ING)) {
            return true; /* "it quit working" */
        }
        const bool works = clause_has(clause, i, "works work working");
        if (works &&
            (clause_word(clause, "only sometimes partly half occasionally", 0) < clause->count ||
             (clause_has(clause, i + 1, "now") && clause_has(clause, i + 3, "then")))) {
            return true; /* "it only works sometimes" */
        }
        if (clause_has(clause, i, "not") && clause_has(clause, i + 1, "any") &&
            clause_has(clause, i + 2, "more") && clause->count <= 4) {
            return true;
        }
        if (clause_has(clause, i, "acting playing acts plays") && clause_has(clause, i + 1, "up")) {
            return true;
        }
        if (clause_has(clause, i, "instead") && clause_has(clause, i + 1, "of")) {
            return true;
        }
        if (clause_has(clause, i, "times time timing") && clause_has(clause, i + 1, "out")) {
            return true;
        }
    }
    return false;
}

/* The trouble's subject stands in the clause: "my console freezes", not "it freezes". */
static bool names_subject(const struct clause *clause) {
    const size_t code = clause_code(clause);
    const uint64_t verbs = CUE_NOT | CUE_FAIL | CUE_STATE | CUE_KEEP | CUE_SAY | CUE_GET;
    for (size_t i = 0; i + 1 < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        if (cues & verbs && !(cues & CUE_DET)) {
            return false;
        }
        if ((cues == 0 && i != code && !(clause->words[i].cues & CUE_QUOTED)) ||
            ((cues & CUE_DET) && !(clause_cues(clause, i + 1) & (CUE_GENERIC | CUE_BE)))) {
            return true;
        }
    }
    return false;
}

/* "Why can't the recording be paused?": a rule of the place, not this person's trouble. */
static bool asks_of_rule(const struct clause *clause) {
    if (clause->seen & (CUE_SELF | CUE_FAIL | CUE_STATE | CUE_KEEP | CUE_STILL)) {
        return (clause->seen & CUE_ALLOW) != 0;
    }
    const size_t one = clause_word(clause, "one", 0);
    if (one > 0 && one < clause->count && (clause_cues(clause, one - 1) & CUE_MODAL)) {
        return true; /* "why can't one ..." */
    }
    if (clause_word(clause, "may", 0) < clause->count) {
        return true; /* "how come trainees may not ..." */
    }
    const size_t can = clause_find(clause, CUE_MODAL, 0);
    const bool passive = can < clause->count && clause_find(clause, CUE_BE, can) < clause->count;
    const bool none = clause_find(clause, CUE_BE, 0) < clause_word(clause, "no", 0) &&
                      clause_word(clause, "no", 0) < clause->count;
    return passive || none || (clause->seen & CUE_ALLOW);
}

/* "Why do I see other people's notes?", "why am I in team 3": not "why do I need it". */
static bool wonders_at(const struct clause *clause) {
    const size_t why = clause_word(clause, "why", 0);
    const uint64_t aux = clause_cues(clause, why + 1);
    return (aux & (CUE_DO | CUE_BE)) && !(aux & CUE_NOT) && clause_has(clause, why + 2, "i we") &&
           clause_has(clause, why + 3, "see get have only always") &&
           !clause_has(clause, why + 4, "to");
}

void clause_trouble(struct clause *clause) {
    if (clause->supposes || clause->past || clause->excuses || clause->disclaims) {
        return;
    }
    const bool told = !clause->cites && reports(clause);
    if (!clause->asks) {
        clause->trouble = told;
    } else if (clause->why) {
        clause->trouble = (told && !asks_of_rule(clause)) || wonders_at(clause) ||
                          clause_word(clause, "still", 0) < clause->count;
    } else {
        /* "is anybody else locked out", "do you know why it keeps failing" */
        clause->trouble =
            told && (repeats(clause) || clause_word(clause, "else", 0) < clause->count ||
                     clause_has(clause, clause_word(clause, "wrong", 0) - 1,
                                "something anything what's whats"));
    }
    clause->own_subject = clause->trouble && names_subject(clause);
}

#include "core/clause.h"

/* Did it help? What a clause says of a trouble that is known: that it is still there or back
 * ("still red", "no luck", "it's blinking again"), or that it is over ("that did it", "it opens
 * now"). */

static bool has_any(const struct clause *clause, const char *forms) {
    return clause_word(clause, forms, 0) < clause->count;
}

static size_t find_kind(const struct clause *clause, uint32_t kinds, size_t from) {
    while (from < clause->count && !(clause_kinds(clause, from) & kinds)) {
        from++;
    }
    return from;
}

/* ---- it didn't help -------------------------------------------------------------------------- */

/* "No luck", "without success", "no good". */
static bool says_in_vain(const struct clause *clause) {
    static const char outcomes[] =
        "reaction luck change changes difference effect joy success improvement "
        "avail progress result results dice";
    for (size_t i = 0; i < clause->count; i++) {
        if (clause_has(clause, i, outcomes) && clause_denied(clause, i)) {
            return true;
        }
        if (i > 0 && clause_has(clause, i, "good use go better") &&
            clause_has(clause, i - 1, "no not")) {
            return true;
        }
    }
    for (size_t i = 0; i + 1 < clause->count; i++) {
        if (clause_has(clause, i, "as like") && clause_has(clause, i + 1, "before ever") &&
            i + 2 == clause->count) {
            return true; /* "dark as before" */
        }
    }
    const bool sorry = has_any(clause, "sadly unfortunately afraid") && (clause->seen & CUE_NOT);
    return has_any(clause, "worse unchanged pointless") || (sorry && clause->count <= 4) ||
           (has_any(clause, "vain") && has_any(clause, "in"));
}

/* "Didn't help", "nothing changed", "that's not it", "didn't do a thing". */
static bool says_no_help(const struct clause *clause) {
    /* "that didn't resolve it", "didn't change"; not "my names don't resolve" */
    const bool of_try = (clause_cues(clause, 0) & (CUE_THAT | CUE_NOT | CUE_DO | CUE_ALL)) ||
                        has_any(clause, "nothing none neither");
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        const bool either = clause_has(clause, i,
                                       "change changed changes resolve resolved solve "
                                       "succeed succeeded work worked works working");
        if (!(cues & CUE_WORK) && !clause_has(clause, i, "change changed changes")) {
            continue;
        }
        if (either && !of_try && !(clause->seen & CUE_STILL)) {
            continue;
        }
        const bool plain_work = clause_has(clause, i, "work works working");
        const bool did = clause_word(clause, "did didn't didnt hasn't haven't", 0) < i;
        if ((clause_denied(clause, i) || clause_word(clause, "none nothing neither", 0) < i) &&
            (!plain_work || did || (clause->seen & CUE_STILL) ||
             clause_word(clause, "none nothing neither", 0) < i)) {
            return true;
        }
    }
    const size_t nothing = clause_word(clause, "nothing", 0);
    const size_t did = clause_word(clause, "didn't didnt doesn't doesnt not", 0);
    const bool idle = clause_has(clause, did + 1, "do") &&
                      (clause_has(clause, did + 2, "anything much it a the") ||
                       clause_has(clause, did + 2, "a any"));
    const bool not_it = clause->count <= 5 && (clause->seen & CUE_BE) && (clause->seen & CUE_NOT) &&
                        clause_has(clause, clause->count - 1, "it that") &&
                        (clause_cues(clause, 0) & CUE_THAT);
    return idle || not_it ||
           clause_has(clause, nothing + 1,
                      "happened changed new helped changes came arrived appeared");
}

/* "Still red", "the buffer is still full"; not "I still have two hours". */
static bool says_still(const struct clause *clause) {
    const size_t still = clause_word(clause, "still", 0);
    if (still == clause->count) {
        return false;
    }
    if (still > 0 &&
        clause_has(clause, still - 1, "stand stands stood standing sits holds keeps")) {
        return false; /* "the dot stands still" */
    }
    if (clause->trouble || (clause->seen & CUE_SAME) || still + 1 == clause->count) {
        return true;
    }
    const uint64_t next = clause_cues(clause, still + 1);
    const bool self = still > 0 && (clause_cues(clause, still - 1) & CUE_SELF);
    const bool self_is = self && (clause_cues(clause, still - 1) & CUE_BE);
    if (self || self_is || clause_has(clause, still - 1, "am")) {
        return (next & (CUE_NOT | CUE_FAIL | CUE_STATE)) != 0 &&
               !(clause_cues(clause, still + 2) & CUE_MIND);
    }
    const bool open = (next & CUE_WANT) || (next & CUE_TRY) || (next & CUE_MIND) ||
                      ((next & CUE_NOT) && (clause_cues(clause, still + 2) & CUE_MIND)) ||
                      clause_has(clause, still + 1, "have got waiting working fine good ok");
    const bool subject = still > 0 && (clause->seen & CUE_SELF) &&
                         clause_find(clause, CUE_SELF, 0) < still && !(clause->seen & CUE_OWN);
    return !open && !subject && !clause_has(clause, still + 1, "the a to my");
}

/* What a state is of: "it", "the lamp"; not "I". */
static bool of_thing(const struct clause *clause, size_t verb) {
    for (size_t i = 0; i < verb && i < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        if ((cues & CUE_SELF) && !(cues & CUE_OWN)) {
            return false;
        }
    }
    return true;
}

/* "It's blinking again", "there it is again", "TW-117 again"; not "signed in again". */
static bool says_again(const struct clause *clause) {
    const size_t again = clause_word(clause, "again", 0);
    const bool once_more = has_any(clause, "once") && has_any(clause, "more");
    const size_t is = clause_find(clause, CUE_BE, 0);
    const uint64_t done = clause_cues(clause, is + 1);
    const bool held = clause_has(clause, is + 1, "held sent turned pushed kept");
    if (again < clause->count && is < again && ((done & CUE_ED) || held) &&
        !(clause_kinds(clause, is + 1) & (KIND_RUNS | KIND_FINE)) && of_thing(clause, is)) {
        return true; /* "it's held back again", "it's refused again" */
    }
    const size_t code = clause_code(clause);
    if (clause->trouble && (again < clause->count || has_any(clause, "anew everytime"))) {
        return true;
    }
    for (size_t i = 0; clause->trouble && i + 1 < clause->count; i++) {
        if ((clause_has(clause, i, "as") && clause_has(clause, i + 1, "before")) ||
            (clause_has(clause, i, "every each") && clause_has(clause, i + 1, "time"))) {
            return true;
        }
    }
    if (code < clause->count && (again < clause->count || once_more)) {
        return true;
    }
    if (again > 0 && again < clause->count && (clause_cues(clause, again - 1) & CUE_STATE)) {
        return true; /* "then gone again" */
    }
    const bool on = clause_has(clause, again - 1, "on") && again > 1 &&
                    clause_has(clause, again - 2, "is are") && !(clause->seen & CUE_STATE);
    if (again == clause->count || on ||
        find_kind(clause, KIND_FINE | KIND_RUNS, 0) < clause->count) {
        return again < clause->count && clause->count <= 3 && clause_has(clause, 0, "back and");
    }
    const bool state =
        (clause->seen & CUE_BE) ||
        has_any(clause, "blinks flashes beeps asks says shows happens happened happening appears");
    return (state && of_thing(clause, again)) || clause->count <= 2;
}

/* "It came back", "the message is back": of the trouble itself. */
static bool comes_back(const struct clause *clause) {
    const size_t back = clause_word(clause, "back", 0);
    const bool came = clause_has(clause, back - 1, "came comes coming come") && back > 0;
    const bool thing =
        (clause->seen & (CUE_THING | CUE_FAIL)) || clause_code(clause) < clause->count;
    const bool ended = back + 1 >= clause->count || (clause_cues(clause, back + 1) & CUE_PREP &&
                                                     !clause_has(clause, back + 1, "up on"));
    if ((clause->seen & CUE_SELF) && !(clause->seen & CUE_OWN)) {
        return false; /* "I came back from the break" */
    }
    if (has_any(clause, "itself own") || has_any(clause, "life")) {
        return false; /* "it came back by itself": it is well again */
    }
    if (clause_has(clause, back + 1, "after within") && (clause->seen & CUE_BE)) {
        return true;
    }
    if (back == clause->count || !ended) {
        return has_any(clause, "returned returns reappeared reappears recurs recurred") && thing;
    }
    return thing ? came || (clause->seen & CUE_BE)
                 : came && (clause_cues(clause, 0) & CUE_THAT) && !(clause->seen & CUE_NOW);
}

static bool says_same(const struct clause *clause) {
    const size_t same = clause_find(clause, CUE_SAME, 0);
    if (same == clause->count || clause->asks || (clause->seen & CUE_OTHERS)) {
        return false;
    }
    for (size_t i = 0; i < clause->count; i++) {
        if (clause_kinds(clause, i) & (KIND_PEOPLE | KIND_GROUP) &&
            !(clause_kinds(clause, i) & KIND_MANY)) {
            return false; /* "my partner has the same" */
        }
    }
    return same + 1 == clause->count || (same == 0 && clause->count <= 3) ||
           (clause_cues(clause, same + 1) & (CUE_THING | CUE_STILL)) ||
           clause_has(clause, same + 1,
                      "thing message result as happens screen picture story outcome again code "
                      "behaviour behavior output page");
}

static bool says_failed(const struct clause *clause) {
    size_t none = 0; /* "nothing, nada" */
    while (clause_has(clause, none, "nothing nada nope nix zilch")) {
        none++;
    }
    if (clause->asks || (none > 1 && none == clause->count)) {
        return !clause->asks;
    }
    const bool keeps = (clause->seen & CUE_KEEP) && (clause_cues(clause, 0) & CUE_THAT) &&
                       has_any(clause, "doing happening");
    const bool idle =
        (clause_has(clause, 0, "didn't didnt hasn't hasnt") && clause->count <= 3) ||
        (clause_has(clause, 0, "nothing none") && clause->count <= 4 && clause->count > 1 &&
         clause_has(clause, clause->count - 1, "either far yet")); /* "nothing either" */
    return idle || says_in_vain(clause) || says_no_help(clause) || says_still(clause) ||
           says_again(clause) || comes_back(clause) || says_same(clause) || keeps ||
           has_any(clause, "persists persisted persisting") ||
           (has_any(clause, "remains") && (clause->seen & CUE_THING)) ||
           (clause_has(clause, clause->count - 1, "nothing nada nope") && clause->count > 1 &&
            (clause_cues(clause, clause->count - 2) & (CUE_AND | CUE_BUT | CUE_STILL)));
}

/* ---- it helped ------------------------------------------------------------------------------- */

#define SAYS_NOW "now again finally already back"

/* What goes well is somebody else's, or the rest: "the neighbours are fine", "everything else". */
static bool of_others(const struct clause *clause) {
    if (has_any(clause, "else rest other others elsewhere another different private incognito")) {
        return true;
    }
    for (size_t i = 0; i < clause->count; i++) {
        if (clause_kinds(clause, i) & (KIND_PEOPLE | KIND_GROUP) &&
            !(clause_kinds(clause, i) & (KIND_MANY | KIND_TOTAL))) {
            return true;
        }
    }
    return false;
}

static bool wishes(const struct clause *clause) {
    const size_t you = clause_find(clause, CUE_YOU, 0);
    const bool thanks = you > 0 && (clause_cues(clause, you - 1) & CUE_THANK);
    return (you < clause->count && !thanks) || (clause->seen & (CUE_PLEASE | CUE_WANT)) ||
           has_any(clause, "hope hopefully hoping should would will might until before if");
}

/* "Works now", "that fixed it", "restarting helped"; not "it worked yesterday". */
static bool says_works(const struct clause *clause) {
    const size_t work = clause_find(clause, CUE_WORK, 0);
    if (work == clause->count || clause_find(clause, CUE_NOT, 0) < work ||
        clause_has(clause, work, "help") || has_any(clause, "still") ||
        clause_has(clause, work - 1, "to me")) {
        return false;
    }
    const uint64_t cues = clause_cues(clause, work);
    const bool partly = has_any(clause, "only sometimes partly half mostly occasionally") ||
                        (has_any(clause, "now") && has_any(clause, "then"));
    const bool was = (cues & CUE_ED) && has_any(clause, "morning afternoon evening noon today ago");
    if (partly || was ||
        has_any(clause, "yesterday earlier used was were briefly moment while minute minutes")) {
        return false;
    }
    const bool mended = (cues & CUE_ED) && clause_has(clause, work, "fixed solved resolved helped");
    return has_any(clause, SAYS_NOW " fine perfectly properly smoothly great") || mended ||
           (clause->count <= 5 &&
            ((cues & (CUE_ED | CUE_S)) || clause_has(clause, work, "working")));
}

/* "That did it", "it did the trick", "it came back to life", "turns out it was loose". */
static bool says_trick(const struct clause *clause) {
    const size_t did = clause_word(clause, "did does", 0);
    const bool trick =
        clause_has(clause, did + 1, "the") && clause_has(clause, did + 2, "trick job");
    const size_t life = clause_word(clause, "life trick", 0);
    if (life > 1 && life < clause->count && !(clause->seen & CUE_NOT) &&
        (clause_has(clause, life - 2, "back") || clause_has(clause, life - 2, "was"))) {
        return true; /* "it came back to life", "that was the trick" */
    }
    const size_t along = clause_word(clause, "along", 0);
    if (along > 0 && along < clause->count && clause_has(clause, along - 1, "all")) {
        return true; /* "it was on all along" */
    }
    const size_t came = clause_word(clause, "came", 0);
    if (came > 0 && clause_has(clause, came + 1, "up back") &&
        clause_has(clause, came + 2, "after") && clause_code(clause) == clause->count &&
        !(clause->seen & (CUE_THING | CUE_FAIL | CUE_NOT | CUE_STILL | CUE_UNIT))) {
        return true; /* "the chart came up after the rebuild" */
    }
    if (clause_has(clause, 0, "turns turned") && clause_has(clause, 1, "out")) {
        return true; /* "turns out the plug was loose" */
    }
    const bool did_it =
        clause_has(clause, did + 1, "it") && did + 2 == clause->count &&
        ((clause_cues(clause, did - 1) & (CUE_THAT | CUE_DET | CUE_ING | CUE_MEND)) ||
         (clause_has(clause, 0, "step") && clause->count <= 5));
    return (trick || did_it) && clause->count <= did + 3 && did <= 4;
}

/* "That was it", "got in", "I'm in", "all good", "found it". */
static bool says_done(const struct clause *clause) {
    const size_t last = clause->count - 1;
    const size_t matter = clause_word(clause, "matter", 0);
    const bool idle = matter > 0 && matter < clause->count && clause->count <= 5 &&
                      clause_denied(clause, matter) && !(clause->seen & CUE_SELF);
    if (has_any(clause, "nevermind") || idle ||
        (clause_has(clause, 0, "forget scrap ignore") && (clause_cues(clause, 1) & CUE_THAT) &&
         clause->count <= 3) ||
        (clause_has(clause, 0, "my") && clause->count <= 3 &&
         clause_has(clause, 1, "bad mistake fault")) ||
        (clause_has(clause, 0, "false") && clause_has(clause, 1, "alarm"))) {
        return true;
    }
    const size_t close = clause_word(clause, "close cancel", 0);
    if (close > 0 && close + 1 < clause->count && clause->count <= 8 &&
        ((clause_cues(clause, close - 1) & (CUE_MODAL | CUE_PLEASE)) ||
         clause_has(clause, 0, "you")) &&
        ((clause->seen & CUE_TICKET) || clause_has(clause, close + 1, "this it that"))) {
        return true; /* "you can close the ticket" */
    }
    const size_t let = clause_word(clause, "let lets", 0);
    if (clause_has(clause, let + 2, "in through") && (clause_cues(clause, let + 1) & CUE_SELF) &&
        !(clause->seen & CUE_NOT)) {
        return true; /* "it let me in" */
    }
    for (size_t i = 0; i < clause->count; i++) {
        const bool was_it = clause_has(clause, i, "was") && i + 1 == last &&
                            clause_has(clause, last, "it") && i > 0 &&
                            (clause_cues(clause, i - 1) & CUE_THAT);
        const bool all = clause_has(clause, i, "all") &&
                         clause_has(clause, i + 1, "good set well fine sorted ok okay clear");
        const bool never = clause_has(clause, i, "never") && clause_has(clause, i + 1, "mind");
        const bool found = clause_has(clause, i, "found sorted fixed solved resolved") &&
                           clause_has(clause, i + 1, "it") && !clause_denied(clause, i);
        const bool alone =
            clause->count <= 2 && clause_has(clause, i, "sorted fixed solved resolved");
        const bool through =
            clause_has(clause, i, "went got") && clause_has(clause, i + 1, "through");
        if (was_it || all || never || found || alone || through) {
            return true;
        }
    }
    const size_t in = clause_word(clause, "in", 0);
    const bool ends = in + 1 >= clause->count || clause_has(clause, in + 1, SAYS_NOW);
    const uint64_t self = in > 0 ? clause_cues(clause, in - 1) : 0;
    const bool am_in = (self & CUE_BE) && !clause_has(clause, in - 1, "was were") &&
                       ((clause->seen & CUE_SELF) || in == 1);
    return in > 0 && in < clause->count && ends && clause->count <= 6 &&
           (am_in || clause_has(clause, in - 1, "got get"));
}

/* "The error is gone", "no more errors", "it doesn't hang any more". */
static bool says_over(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        const bool thing = (clause->seen & CUE_THING) || clause_code(clause) < clause->count ||
                           has_any(clause, "message warning");
        const bool gone = clause_has(clause, i, "gone disappeared vanished") && thing &&
                          !clause_denied(clause, i);
        const bool over = clause_denied(clause, i) && (cues & (CUE_FAIL | CUE_STATE)) &&
                          (has_any(clause, "now anymore longer more since") ||
                           (has_any(clause, "at") && has_any(clause, "all")));
        if (gone || over) {
            return true;
        }
    }
    const size_t went = clause_word(clause, "went goes", 0);
    if (clause_has(clause, went + 1, "away") && (clause->seen & CUE_THING)) {
        return true;
    }
    const size_t ceased = clause_word(clause, "stopped quit", 0);
    const uint64_t deed = clause_cues(clause, ceased + 1);
    if (ceased > 0 && (deed & CUE_ING) && !(clause->seen & CUE_NOT) &&
        ((deed & (CUE_FAIL | CUE_KEEP)) || clause_has(clause, ceased + 1, "doing happening"))) {
        return true; /* "it stopped doing that", "it stopped crashing" */
    }
    const size_t longer = clause_word(clause, "longer", 0);
    return longer > 0 && clause_has(clause, longer - 1, "no") &&
           clause_has(clause, longer + 1, "happening happens occurs occurring there");
}

/* Nothing but words between "is" and "fine" that may stand there: "is all", "is finally". */
static bool is_fine(const struct clause *clause, size_t be, size_t fine) {
    if ((clause_has(clause, fine + 1, "to") && !clause_has(clause, fine + 2, "normal work")) ||
        clause_has(clause, fine + 1, "after within when as")) {
        return false; /* "back to the console", "the light is back after a minute" */
    }
    if (be >= fine) {
        return fine <= 1 && (clause->count <= 4 || clause_has(clause, fine, "stable"));
    }
    if (clause_has(clause, be, "was were")) {
        return false; /* "it was fine until noon" */
    }
    for (size_t i = be + 1; i < fine; i++) {
        if (!(clause_cues(clause, i) & (CUE_NOW | CUE_ALL | CUE_STILL | CUE_ACK | CUE_BE)) &&
            !(clause_kinds(clause, i) & KIND_FINE) &&
            !clause_has(clause, i, "all so just fully completely finally perfectly nice")) {
            return false;
        }
    }
    return true;
}

/* "Up and running", "back online", "fine now". */
static bool only_fine(const struct clause *clause) {
    bool state = false;
    for (size_t i = 0; i < clause->count; i++) {
        const bool fine = (clause_kinds(clause, i) & KIND_FINE) != 0;
        if (!fine &&
            !(clause_cues(clause, i) & (CUE_AND | CUE_NOW | CUE_ACK | CUE_YES | CUE_ALL))) {
            return false;
        }
        state |= fine && !(clause_cues(clause, i) & (CUE_ACK | CUE_YES | CUE_GREETFILL));
    }
    return state && clause->count > 1;
}

/* "It opened straight away", "it went through this time". */
static bool runs_at_last(const struct clause *clause) {
    const size_t run = find_kind(clause, KIND_RUNS, 0);
    if (run == 0 || run >= clause->count || !(clause_cues(clause, run) & CUE_ED) ||
        !(clause_cues(clause, run - 1) & CUE_THAT)) {
        return false;
    }
    return clause_has(clause, run + 2, "away once time") &&
           clause_has(clause, run + 1, "straight right at this first");
}

/* "Holds for an hour now", "it came back on its own", "it runs fine". */
static bool recovers(const struct clause *clause) {
    const size_t well = find_kind(clause, KIND_RUNS, 0);
    const bool fine = well > 0 && (clause_cues(clause, well) & CUE_S) &&
                      (clause_kinds(clause, well + 1) & KIND_FINE) &&
                      (clause_cues(clause, well - 1) & CUE_THAT);
    const bool holds = has_any(clause, "holds held") && (clause->seen & CUE_UNIT);
    const bool itself =
        has_any(clause, "fixed sorted resolved solved") && has_any(clause, "itself");
    const bool alone =
        has_any(clause, "itself") || (has_any(clause, "own") && has_any(clause, "on"));
    return fine || holds || itself || has_any(clause, "recovered healed") ||
           (alone && has_any(clause, "back"));
}

/* "I can log in again", "the chart's there now", "we're good". */
static bool is_there(const struct clause *clause, size_t now) {
    const bool self = (clause->seen & CUE_SELF) != 0;
    const size_t can = clause_word(clause, "can could managed able", 0);
    const bool able = can < clause->count && (self || clause_has(clause, 0, "managed")) &&
                      (clause_has(clause, can, "managed") || now < clause->count);
    const size_t good = clause_find(clause, CUE_GOOD, 0);
    const size_t be = clause_find(clause, CUE_BE, 0);
    const bool there = be < good && good <= be + 2 && good < now && now < clause->count && !self;
    return able || there ||
           (self && be <= 1 && clause->count <= 4 && clause_has(clause, be + 1, "good fine set"));
}

/* "The display is on again", "it's showing numbers again", "now it answers", "the page opens now".
 */
static bool goes_now(const struct clause *clause, size_t now) {
    const size_t be = clause_find(clause, CUE_BE, 0);
    const size_t run = find_kind(clause, KIND_RUNS, 0);
    const bool got =
        clause_has(clause, 0, "got have see hear") || clause_has(clause, 1, "got have see hear");
    const bool on = clause_has(clause, now - 1, "on") && clause_has(clause, now - 2, "is are") &&
                    now > 1 && clause_has(clause, now, "again now");
    const bool goes = be < run && (clause_cues(clause, run) & CUE_ING) && run < now;
    const bool then = clause_has(clause, 0, "now") && (clause_cues(clause, 1) & CUE_THAT) &&
                      run == 2 && (clause_cues(clause, 2) & CUE_S);
    const bool verb = run < clause->count &&
                      ((clause_cues(clause, run) & CUE_S) || clause->words[run].form.n > 4) &&
                      !(clause_cues(clause, run) & (CUE_ED | CUE_ING)) &&
                      (run > 0 || (clause_cues(clause, 0) & CUE_S)) &&
                      !(clause->seen & (CUE_SELF | CUE_SAY));
    return on || then || (goes && run == be + 1) || (verb && run < now) ||
           (got && clause_has(clause, now, "now finally") && !verb);
}

/* "The page opens now", "it's green now", "power is back", "I can log in again". */
static bool runs_now(const struct clause *clause) {
    const size_t now = clause_word(clause, SAYS_NOW, 0);
    const uint64_t bad = CUE_FAIL | CUE_STATE | CUE_THING | CUE_NOT | CUE_KEEP | CUE_WANT;
    const size_t back = clause_word(clause, "back", 0);
    const bool comes = back > 0 && clause_has(clause, back - 1, "come comes coming") &&
                       !has_any(clause, "itself own up");
    if ((clause->seen & bad) || clause_code(clause) < clause->count || comes) {
        return false; /* "and then it comes back" */
    }
    if (recovers(clause) || is_there(clause, now)) {
        return true;
    }
    const bool nods = (clause_cues(clause, 0) & CUE_ACK) && clause->count > 1 &&
                      (clause->words[0].mark || !(clause_cues(clause, 1) & (CUE_NOW | CUE_STILL)));
    const size_t fine = find_kind(clause, KIND_FINE, nods);
    const size_t be = clause_find(clause, CUE_BE, 0);
    const bool is = fine < clause->count && is_fine(clause, be, fine);
    const bool short_it =
        is && clause->count <= 4 &&
        ((clause_cues(clause, 0) & CUE_THAT) || clause_has(clause, 0, "mine ours") ||
         ((clause_cues(clause, 0) & CUE_ACK) && (clause_cues(clause, 1) & CUE_THAT)));
    const bool boots = clause->count == 2 && (clause_cues(clause, 0) & CUE_THAT) &&
                       (clause_kinds(clause, 1) & KIND_RUNS) && (clause_cues(clause, 1) & CUE_S);
    if (only_fine(clause) || boots || runs_at_last(clause)) {
        return true; /* "up and running", "it boots" */
    }
    if (now == clause->count) {
        return short_it || (is && has_any(clause, "stable") && (clause->seen & CUE_UNIT));
    }
    return is || goes_now(clause, now);
}

/* "It stopped working", "can't get in": nothing that is said to be over is said with those. */
static bool denies_or_fails(const struct clause *clause) {
    const size_t never = clause_word(clause, "never", 0);
    bool fails =
        (clause->seen & (CUE_NOT | CUE_KEEP)) != 0 && !clause_has(clause, never + 1, "mind");
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        fails |= (cues & CUE_FAIL) && !(cues & CUE_THING) && !clause_has(clause, i, "false wrong");
    }
    return fails;
}

static bool says_solved(const struct clause *clause) {
    const bool close = clause_word(clause, "close", 0) < clause->count;
    if (clause->asks || clause->cites || of_others(clause) || (wishes(clause) && !close)) {
        return false;
    }
    if (says_over(clause)) {
        return true;
    }
    if (denies_or_fails(clause)) {
        return false;
    }
    return says_works(clause) || says_trick(clause) || says_done(clause) || says_over(clause) ||
           runs_now(clause);
}

void clause_result(struct clause *clause) {
    if (clause->supposes || clause->past || clause->disclaims) {
        return;
    }
    clause->failed = !clause->cites && says_failed(clause);
    clause->trouble |= clause->failed;
    clause->solved = !clause->failed && says_solved(clause);
    if (clause->solved) {
        clause->trouble = false;
    }
}

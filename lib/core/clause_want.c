#include "core/clause.h"

#define PLAIN_FORM(cues) (((cues) & (CUE_ED | CUE_S | CUE_ING)) == 0)

static size_t skip_openers(const struct clause *clause) {
    size_t i = 0;
    while (i < clause->count && ((clause_cues(clause, i) & (CUE_GREET | CUE_PLEASE | CUE_AND |
                                                            CUE_BUT | CUE_YES | CUE_NO)) ||
                                 clause_has(clause, i, "just then now also so well"))) {
        i++;
    }
    return i;
}

static bool orders(uint64_t cues) {
    return (cues & (CUE_ORDER | CUE_MEND | CUE_DEED)) && (cues & CUE_VERB) && PLAIN_FORM(cues);
}

/* "Reset my password", "please extend the lab". Bare nouns ("password reset") order nothing. */
static bool is_imperative(const struct clause *clause) {
    const size_t i = skip_openers(clause);
    const bool polite = (clause->seen & CUE_PLEASE) && i + 1 < clause->count;
    const bool verb = (clause_cues(clause, i) & (CUE_VERB | CUE_S | CUE_ED | CUE_ING)) == CUE_VERB;
    if (polite && !clause->asks && (verb || clause_has(clause, i, "put set cut shut let"))) {
        return true; /* "hand my seat over please" */
    }
    if (!orders(clause_cues(clause, i)) || clause->asks) {
        return false;
    }
    return (clause->seen & CUE_PLEASE) ||
           ((clause_cues(clause, i + 1) & (CUE_DET | CUE_SELF | CUE_THAT | CUE_OTHERS)) &&
            !clause_has(clause, i + 1, "i we i've we've"));
}

/* "Could you reset ...", "can we have two more hours", "please give me". */
static bool asks_deed(const struct clause *clause) {
    if (clause_cues(clause, skip_openers(clause)) & CUE_WH) {
        return false; /* "what can you do" */
    }
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        const uint64_t next = clause_cues(clause, i + 1);
        if ((cues & CUE_PLEASE) && orders(next)) {
            return true;
        }
        if (clause_has(clause, i, "if") && (next & CUE_YOU) &&
            (clause_cues(clause, i + 2) & CUE_MODAL)) {
            return true; /* "I'd be glad if you could ..." */
        }
        if (!(cues & CUE_MODAL) || (cues & CUE_NOT)) {
            continue;
        }
        size_t verb = i + 2;
        while (clause_cues(clause, verb) & CUE_PLEASE || clause_has(clause, verb, "just also")) {
            verb++;
        }
        const uint64_t deed = clause_cues(clause, verb);
        const bool others =
            (next & CUE_YOU) || clause_has(clause, i + 1, "someone somebody anyone");
        if (others && verb < clause->count && !(deed & (CUE_TELL | CUE_HELP | CUE_SAY))) {
            return true;
        }
        if ((next & CUE_SELF) && clause_has(clause, verb, "have get") &&
            !clause_has(clause, verb + 1, "to in into")) {
            return true;
        }
    }
    return false;
}

/* "I need my lab extended", "I want access"; not "I need to know", "I need help". */
static bool wants_deed(const struct clause *clause) {
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        if (clause_has(clause, i, "requesting") ||
            (clause_has(clause, i, "request") && clause_has(clause, i + 1, "for a an access"))) {
            return true;
        }
        const bool mine =
            i > 0 && ((clause_cues(clause, i - 1) & (CUE_SELF | CUE_MODAL)) ||
                      clause_has(clause, i - 1, "also really would just simply only"));
        if (!(cues & CUE_WANT) || !mine || (cues & CUE_NOT) || clause->asks) {
            continue;
        }
        if (clause_has(clause, i + 1, "to")) {
            return !(clause_cues(clause, i + 2) &
                     (CUE_TELL | CUE_MIND | CUE_HELP | CUE_BE | CUE_WORK)) &&
                   !clause_has(clause, i + 2, "see find check avoid");
        }
        if (clause_cues(clause, i + 1) & CUE_THAT) {
            return false; /* "I need it for my thesis": why, not what */
        }
        return i + 1 < clause->count && !(clause_cues(clause, i + 1) & CUE_HELP) &&
               !clause_has(clause, i + 1, "some more") &&
               clause_find(clause, CUE_HELP, i) == clause->count;
    }
    return false;
}

static bool negated_near(const struct clause *clause, size_t at) {
    for (size_t back = 1; back <= 5 && back <= at; back++) {
        if (clause->words[at - back].mark) {
            return false;
        }
        if (clause_cues(clause, at - back) & CUE_NOT) {
            return true;
        }
    }
    return false;
}

/* "Escalate", "escalate this", "escalate my case": not "escalate privileges". */
static bool escalates_issue(const struct clause *clause, size_t i) {
    if (!clause_has(clause, i, "escalate")) {
        return false;
    }
    const uint64_t next = clause_cues(clause, i + 1);
    return i + 1 >= clause->count || clause->words[i].mark ||
           (next & (CUE_THAT | CUE_PLEASE | CUE_NOW | CUE_STILL | CUE_DET)) ||
           clause_has(clause, i + 1, "to already immediately");
}

static void read_ticket(struct clause *clause) {
    const size_t ticket = clause_find(clause, CUE_TICKET, 0);
    const size_t person = clause_find(clause, CUE_PERSON, 0);
    const size_t talk = clause_find(clause, CUE_TALK, 0);
    const bool informs = clause->asks && !clause->request;
    if (ticket < clause->count) {
        if (negated_near(clause, ticket)) {
            clause->no_ticket = true;
            clause->request = false;
            return;
        }
        const size_t close = clause_word(clause, "close cancel withdraw drop delete", 0);
        if (close < ticket && ticket - close <= 3 && clause->request) {
            clause->no_ticket = true; /* "can you close the ticket" */
            return;
        }
        const bool deed = clause_has(clause, ticket, "escalate");
        const bool orders_it = escalates_issue(clause, ticket) && !informs && !clause->cites;
        clause->person |= (clause->request && !deed) || orders_it;
    }
    if (person < clause->count && !informs && !negated_near(clause, person)) {
        const bool human = clause_has(clause, person, "human person") ||
                           (clause_has(clause, person, "agent") &&
                            clause_has(clause, person - 1, "live real human support"));
        const bool asked_for = (clause->seen & (CUE_WANT | CUE_PLEASE)) || clause->request;
        const bool wish = asked_for || (clause->seen & CUE_MODAL) || talk == 0;
        /* "send somebody", "get me someone real" */
        const size_t send = clause_word(clause, "send get give find fetch bring let", 0);
        const bool sends = send < person && person - send <= 2 &&
                           !(clause_cues(clause, send) & (CUE_ED | CUE_ING)) &&
                           clause_has(clause, person, "someone somebody anyone human person") &&
                           !clause_has(clause, person + 1, "in into");
        clause->person |=
            (talk < clause->count && wish) || sends || (human && (asked_for || clause->count <= 3));
    }
    /* "Can I talk to a human?", "can a real person look at it": questions by form, and wishes. */
    const bool modal = clause->asks && (clause_cues(clause, 0) & CUE_MODAL);
    const bool real = person > 0 && clause_has(clause, person, "person human agent") &&
                      clause_has(clause, person - 1, "real human actual live");
    if (clause->asks && talk < clause->count && clause_has(clause, 0, "is isn't can") &&
        clause_word(clause, "anybody anyone someone somebody human person", 0) < clause->count) {
        clause->person = true; /* "is there anybody I can talk to?" */
    }
    if (person < clause->count &&
        ((modal && (talk < person || clause_has(clause, person, "human person"))) ||
         (clause->asks && real && clause_has(clause, 0, "is are")))) {
        clause->person = true;
    }
    for (size_t i = talk; !informs && i < clause->count && i < talk + 6; i++) {
        clause->person |= (clause_cues(clause, i) & CUE_YOU) &&
                          (clause_kinds(clause, i + 1) & KIND_PEOPLE) &&
                          (clause->seen & CUE_WANT); /* "I'd rather talk to one of your people" */
    }
    const size_t through = clause_word(clause, "through", 0);
    if (!clause->asks && through >= 2 && clause_has(clause, through - 2, "put") &&
        (clause_cues(clause, through - 1) & CUE_SELF)) {
        clause->person = true; /* "put me through to ..." */
    }
}

/* "Restarted", "put" after "I", "regrew" and whatever else stands where a past tense stands. */
static bool is_past(const struct clause *clause, size_t i) {
    const uint64_t cues = clause_cues(clause, i);
    const struct view form = clause->words[i].form;
    if (cues & (CUE_FAIL | CUE_STATE | CUE_BE | CUE_HAVE | CUE_THANK | CUE_MIND | CUE_GET |
                CUE_NOT | CUE_SAY | CUE_TALK | CUE_TELL | CUE_WANT)) {
        return false;
    }
    if (clause_has(clause, i, "noticed wondered hoped needed happened") ||
        (clause_has(clause, i, "asked") && !clause_has(clause, i + 1, "for"))) {
        return false;
    }
    return (cues & CUE_ED) || (cues == 0 && form.n >= 5 && view_ends(form, VIEW("ed")));
}

/* Is what stands before it the person, or nothing: "I have also", "then", "yes,"? */
static bool by_self(const struct clause *clause, size_t i) {
    for (size_t k = 0; k < i; k++) {
        const uint64_t cues = clause_cues(clause, k);
        const bool self = (cues & CUE_SELF) && !(cues & CUE_OWN);
        const bool manner = k == 0 && i == 1 && cues == 0; /* "warm started", "hard reset" */
        if (!self && !manner &&
            !(cues & (CUE_AND | CUE_BUT | CUE_HAVE | CUE_YES | CUE_NO | CUE_ACK | CUE_NOW |
                      CUE_FEW | CUE_GREET)) &&
            !clause_has(clause, k, "already then also just even so well first both now finally")) {
            return false;
        }
    }
    return true;
}

/* What the person says they did: "I restarted the client twice", "wiped it", "tried clearing the
 * cache". */
static void read_deed(struct clause *clause) {
    if (clause->asks || clause->supposes || clause->cites) {
        return;
    }
    const bool claims = clause_word(clause, "already tried followed", 0) < clause->count;
    for (size_t i = 0; i < clause->count; i++) {
        const uint64_t cues = clause_cues(clause, i);
        const bool own = is_past(clause, i) && by_self(clause, i);
        /* "tried to attach": what went wrong, not what was done against it */
        const bool aim = (cues & CUE_TRY) && clause_has(clause, i + 1, "to");
        const bool mended = (cues & CUE_ED) && (cues & (CUE_MEND | CUE_TRY)) && !(cues & CUE_BE);
        const bool named =
            (cues & (CUE_ING | CUE_MEND)) == (CUE_ING | CUE_MEND) &&
            (clause->failed || i == 0 || clause_has(clause, i - 1, "after tried by"));
        const bool noun = (cues & CUE_MEND) && clause->failed && !clause->own_subject && i > 0 &&
                          clause_has(clause, i - 1, "a the after one another");
        /* "after the reboot it hangs", "the restart went fine but" */
        const bool done = (cues & CUE_MEND) && i > 0 && i < 3 && !(cues & CUE_ING) &&
                          ((clause_has(clause, i - 1, "the") &&
                            (i == 1 || clause_has(clause, 0, "after despite"))) ||
                           clause_has(clause, i - 1, "after"));
        const bool through = clause_has(clause, i, "been went gone") &&
                             clause_has(clause, i + 1, "through") && by_self(clause, i);
        const bool follows_to = i > 0 && clause_has(clause, i - 1, "to");
        if (clause_has(clause, i, "done") && i > 0 && i + 1 == clause->count && !own) {
            clause->done_to = clause->count; /* "chmod done" */
            return;
        }
        if (!(done || through || own || mended || named || noun) || follows_to ||
            negated_near(clause, i) || aim) {
            continue;
        }
        clause->remedy = mended || named || noun || claims;
        clause->done_from = i;
        clause->done_to = clause->count;
        return;
    }
}

/* "Another fresh one just now": something tried, told without a verb. */
static void read_attempt(struct clause *clause) {
    const bool another = clause_has(clause, 0, "another second third new fresh") ||
                         (clause_has(clause, 0, "one") && clause_has(clause, 1, "more")) ||
                         (clause_has(clause, 0, "a") && (clause_cues(clause, 1) & CUE_ORDINAL));
    if (clause->done_from == clause->done_to && another && !clause->asks && !clause->trouble &&
        !clause_tells(clause) && clause->count > 1 &&
        !clause_has(clause, 1, "problem question issue thing")) {
        clause->done_from = 0;
        clause->done_to = clause->count;
    }
}

void clause_want(struct clause *clause) {
    if (!clause->supposes) {
        const bool ordered = is_imperative(clause) || asks_deed(clause);
        clause->wants = !ordered && wants_deed(clause);
        clause->request = ordered || clause->wants;
        read_ticket(clause);
    }
    read_deed(clause);
    read_attempt(clause);
}

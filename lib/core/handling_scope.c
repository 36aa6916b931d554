#include "core/handling_parts.h"
#include "core/roles.h"

/* ---- what a heading, a label or a lead-in is about ------------------------------------------- */

/* Labels and headings that are just these words, perhaps with more behind a mark. */
static const struct {
    const char *words; /* alternatives, separated by "|" */
    enum hand_mode mode;
    bool desk;
} names[] = {
    {"symptom|symptoms|sign|signs|problem|issue|error|error message|message|what you see|"
     "what users see|what learners see|what the learner sees|what the user sees|you see|observed|"
     "applies when|when you see|reported as|looks like|typical reports|typical report|"
     "user says|learner says|what it looks like|q|question",
     MODE_SYMPTOM, false},
    {"cause|causes|likely cause|likely causes|probable cause|possible cause|possible causes|"
     "root cause|reason|reasons|why|why it happens|why this happens|meaning|what it means|"
     "what happened|explanation|background|what happens",
     MODE_CAUSE, false},
    {"resolution|fix|fixes|solution|solutions|steps|step|what to do|what to try|try this|"
     "try these|try this first|workaround|workarounds|remedy|remedies|procedure|"
     "how to fix it|how to fix|self-service|self service|self-help|troubleshooting|"
     "troubleshooting steps|recovery|recovery steps|what helps|action|actions|user steps|"
     "learner steps|first steps|quick fix|quick checks|self-service steps|to fix|do this|"
     "do this first|resolution steps|what you can do|do|you can|first checks|basic checks|"
     "checks|check|verify|instructions|user action|user actions|how to|how to recover",
     MODE_STEP, false},
    {"ask|questions to ask|clarifying questions|clarify|what to ask|ask the user|"
     "ask the learner|diagnostic questions|intake questions|to clarify|ask first|"
     "questions for the learner|questions for the user",
     MODE_ASK, true},
    {"capture|collect|information to collect|information to capture|details to collect|"
     "details to capture|required information|required details|ticket details|ticket contents|"
     "ticket fields|ticket must include|what a ticket contains|what the ticket needs|"
     "data to collect|evidence|evidence to collect|gather|include in the ticket|"
     "what to include|what to collect|what to capture|record|information needed|"
     "what we need|have ready|what to have ready|escalation packet|handover details|needed|"
     "required|needed for the ticket|needed for a ticket|required for the ticket|attach|include",
     MODE_CAPTURE, true},
    {"tell the user|tell the learner|say|what to say|message to the user|response|"
     "suggested response|suggested reply|reply|what to tell the user|what to tell the learner|"
     "what to tell learners|what to tell users|explain|inform|key messages|user message",
     MODE_SAY, true},
    {"do not|don't|never|not allowed|what is not allowed|what isn't allowed|prohibited|forbidden|"
     "must not|restrictions|off limits|not permitted|prohibited actions|forbidden actions|"
     "out of bounds|avoid|don'ts|prohibited activities|what you may not do|what not to do",
     MODE_NEVER, false},
    {"escalate|escalate when|escalate if|when to escalate|escalation criteria|"
     "escalation triggers|escalation conditions|escalation rules|escalation|escalate to|"
     "escalate immediately|escalate at once|hand over when|hand over if|escalation path",
     MODE_ESCALATE, false},
};

/* Words that make a heading one for the assistant, beside a name for it or alone. */
static const char *const guidance =
    "guidance|guidelines|guideline|instructions|instruction|behaviour|behavior|handling|notes|"
    "note|rules|rule|response|responses|actions|action|script|workflow|playbook|policy|duties|"
    "procedure|steps|checklist|directives|logic|prompts|dos|conduct|expectations|should|must|"
    "guide|hints|tips|scripting|routine|only|use";
static const char *const own_words = "assistant|bot|chatbot|ai|copilot|helpdesk|desk|agent|agents";

static bool names_desk(const struct hand_words *w, size_t i) {
    return hand_is(w, i, own_words) || hand_seq(w, i, "help desk") > 0 ||
           hand_seq(w, i, "service desk") > 0 || hand_seq(w, i, "support desk") > 0 ||
           hand_seq(w, i, "virtual agent") > 0 || hand_is(w, i, "first-line") ||
           hand_seq(w, i, "first line") > 0 || hand_seq(w, i, "level 1") > 0;
}

/* "Assistant guidance", "For the help desk", "Handling notes (AI)", "How the assistant responds",
 * "Support handling", "Agent notes". */
static bool is_for_desk(const struct hand_words *w, bool heading) {
    if (w->count > 12) {
        return false;
    }
    bool desk = false, guide = false, lead = false;
    for (size_t i = 0; i < w->count; i++) {
        desk = desk || names_desk(w, i);
        guide = guide || hand_is(w, i, guidance);
        lead = lead || (hand_is(w, i, "for|to|by") && i <= 2);
    }
    const bool support = w->count <= 4 && hand_is(w, 0, "support|internal|triage|desk") &&
                         hand_is(w, w->count - 1, "handling|guidance|notes|instructions|workflow");
    const bool bare = heading && w->count <= 2 && hand_is(w, w->count - 1, "handling");
    const bool first_line = hand_is(w, 0, "handling|triage") && w->count <= 3 &&
                            hand_is(w, w->count - 1, "guidance|notes|instructions|rules|handling");
    const bool alone = !heading && names_desk(w, 0) && w->count <= 2;
    const bool told = heading && desk && hand_is(w, 0, "how|what") &&
                      (hand_cue(w, 1, w->count, HAND_MODAL | HAND_DOES) < w->count || guide);
    return (desk && (guide || (lead && w->count <= 5))) || support || bare || first_line || told ||
           alone;
}

static bool is_name(const struct hand_words *w, const char *alternatives) {
    struct view rest = view_of(alternatives);
    struct view one;
    while (view_split(&rest, '|', &one)) {
        struct view words = one;
        struct view word;
        size_t n = 0;
        while (view_split(&words, ' ', &word)) {
            if (n >= w->count || !view_eq(w->items[n].fold, word)) {
                n = SIZE_MAX;
                break;
            }
            n++;
        }
        if (n == w->count) {
            return true;
        }
    }
    return false;
}

/* "What to tell the player", "When to hand over", "Agent script": by how they begin or end. */
static bool phrased_mode(const struct hand_words *w, struct hand_scope *out) {
    static const struct {
        const char *lead, *verbs;
        enum hand_mode mode;
        bool desk;
    } phrases[] = {
        {"what to", "tell|say|reply|answer|write", MODE_SAY, true},
        {"what to", "ask", MODE_ASK, true},
        {"what to", "collect|capture|record|note|gather|include|attach", MODE_CAPTURE, true},
        {"what not", "to", MODE_NEVER, true},
        {"never", "say|promise|tell|ask|offer", MODE_NEVER, true},
        {"when to", "escalate|hand|call|involve|page", MODE_ESCALATE, false},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0] && w->count <= 7; i++) {
        const size_t n = hand_seq(w, 0, phrases[i].lead);
        if (n > 0 && hand_is(w, n, phrases[i].verbs)) {
            out->mode = phrases[i].mode;
            out->desk = out->desk || phrases[i].desk;
            return true;
        }
    }
    if (w->count <= 3 && hand_is(w, w->count - 1, "script|wording|macro")) {
        out->mode = MODE_SAY;
        out->desk = true;
        return true;
    }
    return false;
}

/* Sets the mode of a label that is known by its words alone. */
static bool named_mode(const struct hand_words *w, struct hand_scope *out) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (is_name(w, names[i].words)) {
            out->mode = names[i].mode;
            out->desk = out->desk || names[i].desk;
            return true;
        }
    }
    return phrased_mode(w, out);
}

/* ---- roles ----------------------------------------------------------------------------------- */

static uint32_t roles_in(const struct hand_words *w, size_t from, size_t to) {
    uint32_t roles = 0;
    for (size_t i = from; i < to && i < w->count; i++) {
        roles |= w->items[i].roles;
    }
    return roles == ROLES_EVERYBODY ? 0 : roles;
}

/* "Deck crew (operators)": a name of the site's own, and who is meant. */
static bool is_glossed(const struct hand_words *w) {
    const struct view text = w->count > 1 && w->count <= 5 ? w->text : (struct view){0};
    const size_t open = view_find(text, VIEW("("), 0);
    const size_t close = open == SIZE_MAX ? open : view_find(text, VIEW(")"), open);
    return close != SIZE_MAX && w->items[w->count - 1].roles != 0 &&
           roles_of_text(view_slice(text, open + 1, close)) != 0;
}

/* "Operators only", "For instructors", "Instructor steps": whom the lines below are for. */
static uint32_t roles_of_lead(const struct hand_words *w, enum hand_lead_kind kind) {
    const size_t only = hand_find(w, 0, "only");
    const uint32_t roles = roles_in(w, 0, w->count < 8 ? w->count : 8);
    if (roles == 0 || names_desk(w, 0) || names_desk(w, 1)) {
        return 0;
    }
    const bool lone = roles_in(w, 0, 1) != 0 || roles_in(w, 1, 2) != 0;
    const bool named = hand_is(w, w->count - 1,
                               "steps|actions|procedure|tasks|guidance|notes|"
                               "instructions|only|options");
    bool alone = w->count <= 3 && lone;
    for (size_t i = 0; i < w->count; i++) {
        alone = alone && (w->items[i].roles != 0 ||
                          hand_is(w, i, "and|or|all|the|range|lab|course|platform|support|&"));
    }
    if (only < w->count || hand_is(w, 0, "for") || (lone && named && w->count <= 4) || alone ||
        is_glossed(w)) {
        /* a line that is the trainees' own isn't for those above them; a whole section is */
        const bool own = kind != LEAD_HEADING && (roles & (1u << ESI_ROLE_TRAINEE)) != 0;
        return own ? roles : roles_audience(roles);
    }
    return 0;
}

/* ---- lead-ins that are clauses --------------------------------------------------------------- */

/* "Trainees must not", "You may not", "It is forbidden to", "Do not": what follows isn't
 * allowed. */
static bool is_never(const struct hand_words *w, size_t from, bool heading) {
    const size_t not_at = hand_cue(w, from, w->count, HAND_NOT);
    const size_t subject = from + 5 < w->count ? from + 5 : w->count;
    const bool somebody = roles_in(w, from, subject) != 0 || names_desk(w, from) ||
                          names_desk(w, from + 1) ||
                          hand_cue(w, from, subject, HAND_YOU | HAND_USER) < subject;
    const bool allowed =
        hand_find(w, from, "allowed|permitted|forbidden|prohibited|off-limits") < w->count;
    const bool modal =
        not_at < w->count && not_at > 0 && (hand_cues(w, not_at - 1) & HAND_MODAL) != 0;
    const bool fused = hand_is(w, not_at, "mustn't|shouldn't|never") ||
                       (!heading && hand_is(w, not_at, "can't|cannot"));
    const bool first = hand_is(w, from, "never|don't|not|mustn't|avoid") ||
                       hand_seq(w, from, "do not") > 0 ||
                       (not_at == from + 1 && hand_is(w, from, "please|do"));
    const bool forbids =
        hand_find(w, from, "forbidden|prohibited|off-limits") < w->count && not_at == w->count;
    if ((hand_cues(w, 0) & HAND_WH) != 0) { /* "What is not supported" forbids nothing */
        return not_at < w->count && allowed;
    }
    return first || forbids ||
           (not_at < w->count && (allowed || (somebody && (modal || fused) && w->count <= 8)));
}

static uint32_t first_verb(const struct hand_words *w, size_t from, size_t *at) {
    size_t i = from;
    while (hand_is(w, i, "please|then|always|also|first|and|next|now|to|immediately|must|should") ||
           (hand_cues(w, i) & HAND_YOU) != 0) {
        i++;
    }
    *at = i;
    return hand_cues(w, i) & HAND_VERB;
}

static bool mentions(const struct hand_words *w, uint32_t cues) {
    return hand_cue(w, 0, w->count, cues) < w->count;
}

static bool mentions_ticket(const struct hand_words *w) {
    return hand_find(w, 0,
                     "ticket|tickets|case|incident|escalation|escalating|handover|report|"
                     "escalate") < w->count;
}

/* An order whose object is the list below. */
static void clause_mode(const struct hand_words *w, size_t from, struct hand_scope *out) {
    size_t at;
    const uint32_t verb = first_verb(w, from, &at);
    const bool user = mentions(w, HAND_USER | HAND_THEY);
    const bool to_do = hand_find(w, at, "to") + 1 >= w->count;
    if ((verb & (HAND_ESCALATE | HAND_CONTACT)) != 0 &&
        (hand_is(w, at, "escalate") || hand_has_tier(w, at, w->count))) {
        out->mode = MODE_ESCALATE;
    } else if ((verb & (HAND_ASK | HAND_TELL | HAND_LET | HAND_GUIDE)) != 0 && user &&
               (to_do || ((verb & HAND_LET) != 0 && !hand_is(w, at, "help")) ||
                (verb & HAND_GUIDE) != 0)) {
        out->mode = MODE_STEP;
        out->desk = true;
    } else if ((verb & HAND_TELL) != 0 && (user || out->desk || hand_is(w, w->count - 1, "that"))) {
        out->mode = MODE_SAY;
        out->desk = true;
    } else if ((verb & HAND_ASK) != 0 || ((verb & HAND_CONFIRM) != 0 && (user || out->desk))) {
        out->mode = MODE_ASK;
        out->desk = true;
    } else if ((verb & HAND_CAPTURE) != 0 ||
               ((verb & HAND_RECORD) != 0 && (out->desk || mentions_ticket(w)))) {
        out->mode = MODE_CAPTURE;
    } else if ((verb & (HAND_SUGGEST)) != 0 || hand_seq(w, at, "try") > 0 ||
               ((verb & (HAND_DO | HAND_MANNER)) != 0 &&
                hand_find(w, at, "following|these|steps") < w->count)) {
        out->mode = MODE_STEP;
        out->desk = out->desk || (verb & HAND_SUGGEST) != 0;
    }
}

/* "A ticket must contain", "The ticket needs", "Escalation is required when", "The help desk
 * escalates a case when". */
static void statement_mode(const struct hand_words *w, struct hand_scope *out) {
    const bool ticket = hand_find(w, 0, "ticket|case|report|escalation|handover") < w->count;
    const bool holds = hand_find(w, 0,
                                 "contain|contains|include|includes|needs|need|require|"
                                 "requires|carry|carries|state|states|list|lists") < w->count;
    const bool escalates = hand_find(w, 0, "escalates|escalated|escalation|escalate") < w->count;
    const bool when = mentions(w, HAND_IF);
    if (escalates && when) {
        out->mode = MODE_ESCALATE;
    } else if (ticket && holds) {
        out->mode = MODE_CAPTURE;
    } else if (hand_find(w, 0, "following") < w->count &&
               hand_find(w, 0, "steps|order") < w->count) {
        out->mode = MODE_STEP;
    }
}

/* Behind a name for the assistant: "The assistant should collect", "The desk never gives away".
 * Where its verb stands; `from` where no such subject does. */
static size_t behind_desk(struct hand *h, struct hand_words *w, size_t from,
                          struct hand_scope *out) {
    size_t next;
    if (!hand_desk_at(w, from, &next) || next >= w->count) {
        return from;
    }
    const struct hand_predicate is = hand_predicate_at(w, next);
    const bool does = hand_to_base(h, w, is.verb < w->count ? is.verb : next);
    if (!is.must && !is.not_allowed && !is.denies && !does) {
        return from;
    }
    out->desk = true;
    if (is.not_allowed || is.denies) {
        const struct view rest = hand_slice(w, is.verb + 1, w->count);
        const struct view verb = is.verb < w->count
                                     ? (does ? w->items[is.verb].fold : w->items[is.verb].form)
                                     : (struct view){0};
        out->mode = MODE_NEVER;
        out->lead = hand_format(h, "Don't%s%.*s%s%.*s", verb.n > 0 ? " " : "", (int)verb.n,
                                verb.p == NULL ? "" : verb.p, rest.n > 0 ? " " : "", (int)rest.n,
                                rest.p == NULL ? "" : rest.p);
    }
    return is.verb < w->count ? is.verb : next;
}

/* "Before opening a ticket collect", "When somebody reports this ask for": the verb stands last. */
static bool last_verb(const struct hand_words *w, struct hand_scope *out) {
    const size_t last =
        w->count - (hand_is(w, w->count - 1, "for|that|down") && w->count > 1 ? 2 : 1);
    const uint32_t verb = hand_cues(w, last) & (HAND_ASK | HAND_CAPTURE | HAND_TELL | HAND_RECORD);
    if (last < 2 || verb == 0 || (hand_cues(w, 0) & (HAND_IF | HAND_TIME | HAND_PREP)) == 0 ||
        (hand_cues(w, last - 1) & (HAND_DET | HAND_PREP)) != 0) {
        return false;
    }
    out->mode = (verb & HAND_ASK) != 0    ? MODE_ASK
                : (verb & HAND_TELL) != 0 ? MODE_SAY
                                          : MODE_CAPTURE;
    out->desk = true;
    if ((hand_cues(w, 0) & HAND_IF) != 0) {
        out->condition = hand_slice(w, 1, last);
    }
    return true;
}

static struct view lead_text(struct view text) {
    text = view_trim(text);
    while (text.n > 0 && (text.p[text.n - 1] == ':' || text.p[text.n - 1] == '.')) {
        text = view_trim(view_slice(text, 0, text.n - 1));
    }
    return text;
}

static void never_lead(const struct hand_words *w, struct hand_scope *out) {
    out->mode = MODE_NEVER;
    out->lead = (hand_cues(w, 0) & HAND_WH) != 0 ? VIEW("Don't") : hand_slice(w, 0, w->count);
    const size_t not_at = hand_cue(w, 0, w->count, HAND_NOT);
    out->roles = roles_in(w, 0, not_at);
    out->desk = out->desk || (not_at > 0 && names_desk(w, not_at > 3 ? not_at - 3 : 0));
}

/* "2.3 What isn't allowed": the number says nothing. */
static void skip_numbering(struct hand_words *w) {
    const struct view first = w->count > 1 ? w->items[0].form : (struct view){0};
    size_t digits = 0;
    while (digits < first.n &&
           ((first.p[digits] >= '0' && first.p[digits] <= '9') || first.p[digits] == '.')) {
        digits++;
    }
    if (digits > 0 && digits == first.n) {
        w->items++;
        w->count--;
    }
}

struct hand_scope hand_lead(struct hand *h, struct view text, enum hand_lead_kind kind) {
    const bool heading = kind == LEAD_HEADING;
    struct hand_scope out = {0};
    struct hand_words w;
    const struct view plain = lead_text(text);
    if (plain.n == 0 || plain.n > 400 || !hand_read_words(h, plain, &w)) {
        return out;
    }
    skip_numbering(&w);
    if (w.count == 0) {
        return out;
    }
    out.desk = is_for_desk(&w, heading);
    out.roles = out.desk ? 0 : roles_of_lead(&w, kind);
    struct hand_span condition;
    const size_t main = hand_leading(&w, 0, w.count, &condition);
    /* "The assistant must never:" is a label by its looks */
    const bool ordered = kind == LEAD_IN || (kind == LEAD_LABEL && out.desk);
    const size_t verb = ordered ? behind_desk(h, &w, main, &out) : main;
    /* a section that is called so may be about it */
    const bool topic = heading && w.count == 1 && !out.desk &&
                       hand_is(&w, 0,
                               "evidence|record|needed|required|response|reply|attach|"
                               "include|message|messages|error|issue|action|actions|checks");
    if (!topic && named_mode(&w, &out)) {
        out.lead = VIEW("Don't");
    } else if (out.mode == MODE_NEVER || (kind == LEAD_IN && main == 0 && last_verb(&w, &out))) {
        out.set = true;
    } else if (kind != LEAD_LABEL && is_never(&w, main, heading) && w.count <= 12) {
        never_lead(&w, &out);
    } else if (kind == LEAD_IN || (heading && w.count <= 8)) {
        clause_mode(&w, verb, &out);
        if (out.mode == MODE_NONE) {
            statement_mode(&w, &out);
        }
    }
    if (out.mode == MODE_ESCALATE) {
        out.action.actions = NOTE_ESCALATE;
        hand_put_action(&w, 0, w.count, &out.action);
    }
    if (main > 0 && condition.to > condition.from && out.mode != MODE_CAPTURE) {
        out.condition = hand_slice(&w, condition.from, condition.to);
    } else if (kind == LEAD_IN && out.mode == MODE_NONE && !out.desk && w.count > 1 &&
               hand_is(&w, 0, "if|when")) {
        out.condition = hand_slice(&w, 1, w.count);
    }
    out.set = out.mode != MODE_NONE || out.desk || out.roles != 0 || out.condition.n > 0;
    return out;
}

/* ---- one inside another ---------------------------------------------------------------------- */

struct hand_scope hand_within(const struct hand_scope *outer, const struct hand_scope *inner) {
    if (!inner->set) {
        return *outer;
    }
    struct hand_scope both = *inner;
    both.set = true;
    both.desk = inner->user ? false : (inner->desk || outer->desk);
    both.roles = inner->roles != 0 ? inner->roles : outer->roles;
    both.condition = inner->condition.n > 0 ? inner->condition : outer->condition;
    both.group = inner->group != 0 ? inner->group : outer->group;
    if (inner->mode == MODE_NONE) {
        both.mode = outer->mode;
        both.action = outer->action;
        both.lead = outer->lead;
    }
    return both;
}

struct hand_scope hand_here(const struct hand *h) {
    struct hand_scope here = hand_within(&h->heading, &h->label);
    here = hand_within(&here, &h->list);
    here = hand_within(&here, &h->item);
    return hand_within(&here, &h->local);
}

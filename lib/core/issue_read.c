#include "base/error.h"
#include "core/clause.h"
#include "core/issue.h"
#include "core/issue_facts.h"
#include "core/issue_parts.h"
#include "core/issue_signals.h"

#include <string.h>

#define SHORT_REPLY 14 /* words of a reply to a question of ours */

/* ---- act ------------------------------------------------------------------------------------- */

/* "What do I do?", "what should I do now?", "what now?" */
static bool asks_remedy(const struct clause *c) {
    const size_t what = clause_word(c, "what", 0);
    const size_t act = clause_word(c, "do", what + 2);
    if (c->asks && clause_has(c, what + 1, "now next") && what + 2 == c->count) {
        return true;
    }
    return c->asks && what < c->count && act < c->count && act <= what + 4 &&
           (c->seen & CUE_SELF) && c->count <= 8;
}

/* "Do I have to stop?", "should I worry?", "is that normal?" */
static bool asks_whether(const struct clause *c) {
    const bool self = (c->seen & (CUE_SELF | CUE_THAT)) != 0;
    if (c->mark == '?' && c->count <= 2 &&
        clause_word(c, "normal ok okay expected", 0) < c->count) {
        return true; /* "normal?" */
    }
    return c->asks && clause_find(c, CUE_WH, 0) != 0 && self && c->count <= 9 &&
           ((c->seen & CUE_MUST) || clause_has(c, clause_find(c, CUE_HAVE, 0) + 1, "to") ||
            clause_word(c, "normal worry worried bad dangerous safe ignore stop", 0) < c->count);
}

/* "There's a yellow icon", "the portal shows a bar", "a window pops up". */
static bool appears(const struct clause *c) {
    const bool there = clause_has(c, 0, "there there's theres") && (c->seen & CUE_BE);
    return there || ((c->seen & (CUE_SAY | CUE_GET | CUE_TELL)) && (c->seen & CUE_S)) ||
           clause_word(c, "pops popped appeared appears", 0) < c->count;
}

/* "The dot? It's blinking": repeats a word of ours and answers. */
static bool is_echo(const struct reader *r, size_t i) {
    const struct clause *c = &r->clauses[i];
    return c->mark == '?' && !c->asks && c->count <= 3 && i + 1 < r->clause_count &&
           !(c->seen & (CUE_BE | CUE_DO | CUE_MODAL | CUE_WH));
}

/* "I'll just wait", "we're going to restart it": what somebody means to do. */
static bool plans(const struct clause *c) {
    const size_t self = clause_find(c, CUE_SELF, 0);
    if ((clause_cues(c, 0) & CUE_ING) && !c->trouble && (c->seen & (CUE_NOW | CUE_THAT))) {
        return true; /* "doing it now" */
    }
    if (self == c->count || (clause_cues(c, self) & CUE_OWN) || c->trouble) {
        return false;
    }
    const bool will = view_ends(c->words[self].form, VIEW("'ll")) ||
                      view_ends(c->words[self].form, VIEW("'d")) || clause_has(c, self, "ill") ||
                      clause_has(c, self + 1, "will gonna shall would");
    const bool going = clause_has(c, self + 1, "going gonna") || clause_has(c, self + 2, "going");
    const bool wait = clause_has(c, self + 1, "wait") || clause_has(c, self + 2, "wait");
    return (will || going || wait) && !(c->seen & (CUE_NOT | CUE_FAIL));
}

/* "There's a mute wheel on it", "it was the cable": what had been wrong, said after "works now". */
static bool explains(const struct clause *c) {
    const bool now = (c->seen & (CUE_BUT | CUE_NOT | CUE_STILL | CUE_NOW | CUE_KEEP)) != 0;
    return !c->failed && !now &&
           (clause_has(c, 0, "there there's theres") || clause_has(c, 1, "was were had") ||
            clause_has(c, 0, "turned turns was had wrong"));
}

/* "I only want to know", "just asking": nothing else is wanted. */
static bool wants_only(const struct clause *c) {
    return clause_word(c, "only just simply merely wondering curious", 0) < c->count;
}

static void add_clause(const struct reader *r, size_t i, struct acts *acts) {
    const struct clause *clause = &r->clauses[i];
    const bool plain = !clause->asks && !clause->supposes && !clause->cites && !clause->past;
    acts->trouble |= clause->trouble && !(acts->solved && explains(clause));
    acts->own_trouble |= clause->own_subject && clause->trouble && !clause->failed;
    acts->asks |=
        clause->asks || (clause->last && clause->mark == '?' && !clause->trouble && !is_echo(r, i));
    acts->request |= clause->request && !clause->wants;
    acts->wants |= clause->wants;
    acts->appears |= plain && appears(clause);
    /* "I don't have all day" is a mood, "I'm not allowed to" no outcome */
    acts->reports |=
        clause->trouble && !(clause->seen & CUE_ALLOW) &&
        !((clause->seen & CUE_SELF) && (clause->seen & CUE_HAVE) && (clause->seen & CUE_NOT));
    acts->about_desk |= clause->about_desk;
    acts->remedy |= asks_remedy(clause);
    acts->confirms |= clause->confirms;
    acts->curious |= clause->curious && clause->asks && !clause->why && wants_only(clause) &&
                     !asks_remedy(clause);
    acts->disclaims |= clause->disclaims;
    acts->plans |= plain && plans(clause);
    acts->told |=
        plain && !plans(clause) && (clause->seen & (CUE_SUBJ | CUE_DET)) && clause_tells(clause);
    acts->states |= plain && clause->count >= 4 && clause->mark != '?' && clause_tells(clause);
    /* what is said last holds: "works now", "works now but drops again" */
    acts->lasts |=
        clause->trouble && !(clause->seen & CUE_ED) &&
        clause_word(clause, "was were had did didn't", 0) == clause->count &&
        ((clause->seen & (CUE_KEEP | CUE_S)) || clause_word(clause, "every", 0) < clause->count);
    const bool cycle = acts->lasts && clause_word(clause, "now finally", 0) == clause->count;
    if (clause->solved && !cycle) { /* "it dies, then it's back" */
        acts->solved = true;
        acts->trouble = false;
    } else if (clause->trouble && !(acts->solved && explains(clause))) {
        acts->solved = false;
    }
}

static struct acts sum_acts(const struct reader *r) {
    struct acts acts = {0};
    for (size_t i = 0; i < r->clause_count; i++) {
        add_clause(r, i, &acts);
    }
    if ((acts.curious || (acts.disclaims && acts.asks)) && !acts.request) {
        acts.trouble = acts.own_trouble = false;
        return acts;
    }
    /* something is told and then "what do I do?": it isn't as it should be */
    acts.trouble |= acts.told && acts.remedy && !acts.solved;
    for (size_t i = 1; i < r->clause_count; i++) {
        const struct clause *c = &r->clauses[i];
        const struct clause *before = c - 1;
        const bool plain = !before->asks && !before->supposes && !before->cites && !before->past;
        acts.trouble |= acts.appears && !acts.solved && asks_whether(c);
        /* "E-17 on the panel, what do I do", "the bar is at 0 %, normal?" */
        acts.trouble |= plain && !c->supposes && !acts.solved && before->count > 2 &&
                        (asks_remedy(c) || (c->count <= 2 && asks_whether(c)));
    }
    return acts;
}

static bool only_cues(const struct reader *r, uint64_t cues) {
    for (size_t i = 0; i < r->text.count; i++) {
        if (!(r->text.words[i].cues & cues)) {
            return false;
        }
    }
    return true;
}

/* "Mounted it again, nothing." */
static bool says_nothing(const struct reader *r) {
    for (size_t i = 1; i < r->text.count; i++) {
        const struct cue_word *word = &r->text.words[i];
        if (cues_in(word, "nothing nope nada") && word[-1].mark &&
            (word->mark || i + 1 == r->text.count)) {
            return true;
        }
    }
    return false;
}

/* "Did that, twice. Blank.": how it still is, in a word. */
static bool says_state(const struct reader *r) {
    const struct clause *c = r->clause_count > 1 ? &r->clauses[r->clause_count - 1] : NULL;
    return c && c->count == 1 && (c->seen & (CUE_STATE | CUE_FAIL)) && !(c->seen & CUE_ACK);
}

/* "Step 3 fails": the steps that were given are gone through. */
static bool names_step(const struct reader *r) {
    for (size_t i = 0; i + 1 < r->text.count; i++) {
        const struct cue_word *next = &r->text.words[i + 1];
        if (cues_is(&r->text.words[i], "step") &&
            ((next->cues & CUE_NUMBER) || (next->form.p[0] >= '0' && next->form.p[0] <= '9'))) {
            return true;
        }
    }
    return false;
}

/* "North-2, still drops": names something beside what it reports. */
static bool names_thing(const struct reader *r) {
    for (size_t i = 0; i < r->clause_count; i++) {
        const struct clause *c = &r->clauses[i];
        for (size_t k = 0; k < c->count && !c->trouble && c->done_from == c->done_to; k++) {
            if (c->words[k].cues == 0) {
                return true;
            }
        }
    }
    return false;
}

/* "Number is 0417", "seat 14, module recon-2": says what somebody wanted to know. */
static bool is_bare(const struct reader *r, const struct acts *acts, const struct reading *out) {
    const uint64_t more = CUE_WH | CUE_IF | CUE_MODAL | CUE_WANT | CUE_TELL | CUE_PLEASE | CUE_MIND;
    if ((out->fact_count == 0 && r->text.count > 3) || r->text.count > 8 || (r->seen & more) ||
        acts->asks || acts->request || out->failed) {
        return false;
    }
    size_t number = 0;
    for (size_t i = 0; i < r->text.count; i++) {
        const struct view form = r->text.words[i].form;
        number += form.p[form.n - 1] >= '0' && form.p[form.n - 1] <= '9';
        if ((r->text.words[i].cues & CUE_VERB) && !(r->text.words[i].cues & CUE_BE)) {
            return false;
        }
    }
    if (number > 0 && r->text.count <= 3) {
        return true; /* "it's 17" */
    }
    size_t told = 0;
    for (size_t i = 0; i < out->fact_count; i++) {
        told += out->facts[i].n;
    }
    return number > 0 && told * 2 >= r->message.n;
}

/* "And freeze", "and a host": asks for more of the same. */
static bool ends_in_name(const struct reader *r) {
    const struct cue_word *last = &r->text.words[r->text.count - 1];
    return r->text.count > 1 && (last->cues == 0 || (last->cues & (CUE_VERB | CUE_FAIL)));
}

/* "Perfect", "great!", "you've been very helpful" */
static bool praises(const struct reader *r) {
    const struct cue_word *last = r->text.count > 0 ? &r->text.words[r->text.count - 1] : NULL;
    if (last && (r->seen & CUE_YOU) && !(r->seen & CUE_NOT) && r->text.count <= 6 &&
        cues_in(last, "helpful kind great best brilliant star patient")) {
        return true;
    }
    const size_t most = r->clause_count > 0 ? r->clauses[0].count : 0;
    if (most == 1 && r->clauses[0].mark && !(r->seen & (CUE_WH | CUE_NOT)) && r->text.count <= 7 &&
        cues_in(&r->text.words[0], "perfect great excellent brilliant wonderful lovely super")) {
        return true; /* "perfect, that's what I needed" */
    }
    return r->text.count > 0 && r->text.count <= 2 &&
           cues_in(&r->text.words[r->text.count - 1],
                   "perfect great excellent awesome brilliant wonderful super fantastic lovely");
}

/* "I have a question": which one is to be asked. */
static bool brings_question(const struct reader *r) {
    for (size_t i = 1; i < r->text.count; i++) {
        if (cues_in(&r->text.words[i], "question questions request") &&
            (r->seen & (CUE_HAVE | CUE_GET)) && (r->seen & CUE_SELF)) {
            return true;
        }
    }
    return false;
}

/* "Since Tuesday evening", "at about ten". */
static bool tells_when(const struct reader *r) {
    return r->text.count > 1 && r->text.count <= 5 && r->clause_count == 1 &&
           cues_in(&r->text.words[0], "since at around until from") &&
           !(r->seen & (CUE_VERB | CUE_BE | CUE_WH | CUE_MODAL));
}

/* "No clue, the sign has fallen off": what stands first is the reply. */
static bool leads_with_reply(const struct reader *r) {
    const struct clause *c = &r->clauses[0];
    const bool known = clause_has(c, 1, "idea clue") || clause_word(c, "know sure", 0) < c->count;
    return r->clause_count > 1 && !c->trouble && c->count <= 4 &&
           ((c->seen & CUE_YES) || ((c->seen & (CUE_NO | CUE_NOT)) && (known || c->count == 1)));
}

/* "The other window works": what came of a step. */
static bool says_works(const struct reader *r) {
    for (size_t i = 0; i < r->clause_count; i++) {
        const struct clause *c = &r->clauses[i];
        const size_t work = clause_word(c, "works worked", 0);
        if (work > 0 && work < c->count && !(r->seen & CUE_NOT) && c->count <= 7 && !c->supposes) {
            return true;
        }
    }
    return false;
}

static esi_act read_act(const struct reader *r, const struct acts *acts, const struct reading *out,
                        bool asked) {
    const bool greets = r->text.count > 0 &&
                        (r->text.words[0].cues & (CUE_GREET | CUE_GREETFILL)) &&
                        (r->seen & CUE_GREET);
    const bool phatic = acts->about_desk && !acts->trouble && !acts->request;
    if (asked && r->text.count <= SHORT_REPLY && !acts->asks && !acts->request && !acts->solved &&
        (!acts->own_trouble || leads_with_reply(r)) && !out->wants_person && r->text.count > 0 &&
        !(r->seen & CUE_THANK) && (!out->failed || names_thing(r)) &&
        !((r->seen & CUE_GREET) && only_cues(r, CUE_GREET | CUE_GREETFILL))) {
        return ESI_ACT_ANSWER;
    }
    if (out->denied && !out->failed && r->text.count <= 4 && !acts->asks &&
        (r->seen & (CUE_BE | CUE_DO | CUE_HAVE)) && (r->text.words[0].cues & CUE_NO)) {
        return ESI_ACT_ANSWER; /* "no it isn't" */
    }
    if (acts->trouble && !((out->wants_person || out->wants_no_ticket) && !acts->own_trouble &&
                           out->topic_count <= 2)) {
        return ESI_ACT_TROUBLE;
    }
    if (out->bare || tells_when(r)) {
        return ESI_ACT_ANSWER;
    }
    const bool desk = (r->seen & CUE_GREET) && r->text.count > 1 &&
                      cues_is(&r->text.words[r->text.count - 1], "desk");
    if (((r->seen & CUE_HELP) || brings_question(r)) && out->topic_count == 0 && !desk &&
        !(r->seen & CUE_THANK) && !acts->solved) {
        return ESI_ACT_REQUEST; /* "help!", "can you help me?" */
    }
    if (acts->request || out->wants_person || (out->wants_no_ticket && !acts->asks) ||
        (acts->wants && !acts->asks)) {
        return ESI_ACT_REQUEST;
    }
    if ((acts->asks && !phatic) || (out->leads_on && ends_in_name(r))) {
        return ESI_ACT_QUESTION;
    }
    if (acts->solved || (r->seen & CUE_THANK) || praises(r)) {
        return ESI_ACT_THANKS;
    }
    if (greets && out->topic_count == 0) {
        return phatic ? ESI_ACT_SMALLTALK : ESI_ACT_GREETING;
    }
    const bool nods = out->affirmed && !asked && only_cues(r, CUE_ACK | CUE_GENERIC);
    if ((out->affirmed || out->denied || out->choice > 0) && !nods) {
        return ESI_ACT_ANSWER;
    }
    if (out->topic_count == 0 || phatic || acts->plans || (r->seen & CUE_FAREWELL)) {
        return ESI_ACT_SMALLTALK;
    }
    if (says_works(r)) {
        return ESI_ACT_ANSWER;
    }
    /* A statement about something of theirs is told because it isn't as it should be. */
    const bool mine = (r->seen & (CUE_OWN | CUE_DET | CUE_SELF)) && acts->told;
    const bool states = acts->states && out->topic_count >= 2;
    return mine || states || out->done_count > 0 ? ESI_ACT_TROUBLE : ESI_ACT_QUESTION;
}

/* ---- yes, no, the second one ----------------------------------------------------------------- */

static void read_reply(const struct reader *r, struct reading *out) {
    if (r->text.count == 0) {
        return;
    }
    const struct cue_word *words = r->text.words;
    size_t i = 0;
    while (i + 1 < r->text.count && (words[i].cues & (CUE_GREET | CUE_THANK | CUE_BUT))) {
        i++;
    }
    const bool echo = r->text.count <= i + 4 && i + 1 < r->text.count &&
                      (words[i].cues & (CUE_SUBJ | CUE_SELF)) &&
                      (words[i + 1].cues & (CUE_DO | CUE_BE | CUE_HAVE | CUE_MODAL));
    const bool echo_not = echo && ((words[i + 1].cues & CUE_NOT) ||
                                   (i + 2 < r->text.count && (words[i + 2].cues & CUE_NOT)));
    const bool noun_follows = (words[i].cues & CUE_NO) && !words[i].mark && i + 1 < r->text.count &&
                              cues_is(&words[i], "no") &&
                              !(words[i + 1].cues & (CUE_SUBJ | CUE_SELF | CUE_NOT | CUE_DET));
    const bool true_yes = (words[i].cues & CUE_YES) &&
                          (r->text.count == i + 1 || words[i].mark ||
                           !cues_in(&words[i], "right correct sure true exactly ok okay y yea"));
    /* "it does", "I did so": not "this is ridiculous" */
    const bool ends =
        r->text.count <= i + 2 || cues_in(&words[i + 2], "so too both all indeed already");
    out->affirmed = true_yes || (echo && !echo_not && ends);
    out->denied = ((words[i].cues & CUE_NO) && !noun_follows) || echo_not ||
                  (out->asked && noun_follows) || (out->asked && cues_is(&words[i], "not"));
    if (out->denied) {
        out->affirmed = false;
    }
}

static int32_t number_of(const struct cue_word *word) {
    static const char *const ordinals[] = {"first", "second",  "third",  "fourth", "fifth",
                                           "sixth", "seventh", "eighth", "ninth",  "tenth"};
    static const char *const numbers[] = {"one", "two",   "three", "four", "five",
                                          "six", "seven", "eight", "nine", "ten"};
    for (int32_t i = 0; i < 10; i++) {
        if (cues_is(word, ordinals[i]) || cues_is(word, numbers[i])) {
            return i + 1;
        }
    }
    int64_t n = 0;
    return view_int(word->form, 1, 99, &n) ? (int32_t)n : 0;
}

static void read_choice(const struct reader *r, struct reading *out) {
    const struct cue_word *words = r->text.words;
    const size_t count = r->text.count;
    for (size_t i = 0; i < count; i++) {
        const bool ordinal =
            (words[i].cues & CUE_ORDINAL) && i > 0 && cues_is(&words[i - 1], "the");
        const bool noun = i + 1 < count && cues_in(&words[i + 1], "one option step choice");
        const bool numbered = i > 0 && cues_in(&words[i - 1], "option number choice step");
        const bool alone = count == 1 && out->asked;
        if ((ordinal && (noun || i + 1 == count)) || (numbered && count <= 6) || alone) {
            out->choice = number_of(&words[i]);
        }
        if (out->choice > 0) {
            return;
        }
    }
}

/* ---- what was done, topic -------------------------------------------------------------------- */

static int32_t read_times(const struct reader *r, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        const struct cue_word *word = &r->text.words[i];
        if (cues_is(word, "twice")) {
            return 2;
        }
        if (cues_is(word, "thrice")) {
            return 3;
        }
        if (cues_is(word, "times") && i > 0) {
            const bool more =
                i > 1 && cues_in(word - 1, "more other further"); /* "two more times" */
            const int32_t n = number_of(more ? word - 2 : word - 1);
            return n > 0 ? n : 2;
        }
    }
    return 0;
}

static esi_err read_done(const struct reader *r, struct reading *out) {
    out->done = ARENA_ARRAY(r->arena, r->clause_count + 1, struct view);
    if (!out->done) {
        return fail_memory(r->err, "core/issue");
    }
    for (size_t i = 0; i < r->clause_count; i++) {
        const struct clause *c = &r->clauses[i];
        if (clause_word(c, "more", 0) < c->count) { /* "two more times, same thing" */
            out->times = read_times(r, c->first, c->first + c->count);
        }
        const size_t all = clause_find(c, CUE_ALL, 0);
        const bool tried = clause_word(c, "tried did done followed attempted", 0) < c->count;
        if (!c->asks && !c->supposes && tried && all < c->count &&
            (c->seen & (CUE_SELF | CUE_TRY)) && clause_find(c, CUE_NOT, 0) > all &&
            (clause_has(c, all, "everything") || clause_has(c, all + 1, "of steps the these") ||
             clause_has(c, all - 1, "it them that"))) {
            out->done_all = true;
        }
        if (c->done_from >= c->done_to || c->done_to > c->count) {
            continue;
        }
        const size_t from = c->first + c->done_from;
        const size_t to = c->first + c->done_to;
        out->done[out->done_count++] =
            cues_source(&r->text, r->message, r->text.words[from].from, r->text.words[to - 1].to);
        const int32_t times = read_times(r, from, to);
        out->times = times > out->times ? times : out->times;
    }
    return ESI_OK;
}

/* Words that say nothing about what it is about. */
static bool is_grammar(uint64_t cues) {
    const uint64_t grammar =
        CUE_NOT | CUE_MODAL | CUE_MUST | CUE_DO | CUE_BE | CUE_HAVE | CUE_WH | CUE_IF | CUE_SELF |
        CUE_YOU | CUE_THAT | CUE_DET | CUE_STILL | CUE_SAME | CUE_KEEP | CUE_THANK | CUE_GREET |
        CUE_PLEASE | CUE_TRY | CUE_WANT | CUE_HELP | CUE_NOW | CUE_MIND | CUE_FEW | CUE_ORDINAL |
        CUE_NUMBER | CUE_UNIT | CUE_BUT | CUE_AND | CUE_PREP | CUE_HURRY | CUE_GET | CUE_GENERIC |
        CUE_YES | CUE_NO | CUE_ACK | CUE_TICKET | CUE_OLD | CUE_FAIL | CUE_STATE;
    return (cues & grammar) != 0;
}

/* "The MTU value": a value may be of anything. */
static float weigh_topic(const struct token *token) {
    bool known = false;
    if (token->kind != TOKEN_WORD) {
        return 4.0f;
    }
    if (cues_kinds(token->form) & KIND_PART) {
        return 0.3f;
    }
    const float rarity = (float)text_rarity(token->form, &known) - 2.5f;
    return rarity < 0.5f ? 0.5f : rarity > 3.5f ? 3.5f : rarity;
}

static esi_err read_topic(const struct reader *r, const struct token *tokens, size_t count,
                          struct reading *out) {
    out->topic = ARENA_ARRAY(r->arena, ISSUE_TOPIC_MAX, struct view);
    out->topic_weights = ARENA_ARRAY(r->arena, ISSUE_TOPIC_MAX, float);
    if (!out->topic || !out->topic_weights) {
        return fail_memory(r->err, "core/issue");
    }
    const char *language = text_language(r->message);
    const uint64_t person = out->wants_person ? CUE_PERSON | CUE_TALK : 0;
    for (size_t i = 0; i < count && out->topic_count < ISSUE_TOPIC_MAX; i++) {
        const struct token *token = &tokens[i];
        const bool word = token->kind == TOKEN_WORD;
        if (token->kind == TOKEN_NUMBER || token->stem.n == 0 ||
            (word && (token->form.n < 2 || text_is_stopword(token->form, language) ||
                      is_grammar(cues_of(token->form)) || (cues_of(token->form) & person)))) {
            continue;
        }
        bool known = false;
        for (size_t k = 0; k < out->topic_count; k++) {
            known |= view_eq(out->topic[k], token->stem);
        }
        if (!known) {
            out->topic_weights[out->topic_count] = weigh_topic(token);
            out->topic[out->topic_count++] = token->stem;
        }
    }
    return ESI_OK;
}

static void read_flags(const struct reader *r, struct reading *out) {
    for (size_t i = 0; i < r->clause_count; i++) {
        const struct clause *c = &r->clauses[i];
        out->failed |= c->failed;
        out->wants_person |= c->person;
        out->wants_no_ticket |= c->no_ticket;
        out->other |= issue_says_other(c) &&
                      (c->asks || c->request || c->trouble || !c->last || i + 1 < r->clause_count);
        out->returns |= issue_says_return(c);
        out->corrects |= issue_says_correction(c);
        out->remedied |= c->done_to > c->done_from && c->remedy;
        const size_t only = clause_word(c, "just only", 0);
        const size_t others = clause_word(c, "nobody none noone", 0);
        out->only_me |= !c->asks && (clause_has(c, only + 1, "me mine us ours") ||
                                     clause_has(c, others + 1, "else") ||
                                     (clause_word(c, "no", 0) < c->count &&
                                      (clause_word(c, "else", 0) < c->count ||
                                       clause_has(c, clause_word(c, "no", 0) + 1, "other"))));
    }
    out->wants_person = out->wants_person && !out->wants_no_ticket;
}

/* "I'm on hotel wifi", not "my camera shows green". */
static bool speaks_of_self(const struct reader *r) {
    for (size_t i = 0; i < r->text.count; i++) {
        const uint64_t cues = r->text.words[i].cues;
        if ((cues & CUE_SELF) && !(cues & CUE_OWN) && !(cues & CUE_QUOTED)) {
            return true;
        }
    }
    return false;
}

esi_err issue_read(const struct policy *policy, struct view message, const struct token *tokens,
                   size_t count, bool asked, esi_arena *arena, struct reading *out,
                   esi_error *err) {
    struct reader r = {.policy = policy, .message = message, .arena = arena, .err = err};
    struct reading reading = {.message = message, .asked = asked};
    esi_err code = cues_read(message, arena, &r.text, err);
    if (code == ESI_OK) {
        code = clause_read(&r.text, arena, &r.clauses, &r.clause_count, err);
    }
    if (code == ESI_OK) {
        const struct signals_in said = {policy, &r.text, r.clauses, r.clause_count};
        code = issue_signals(&said, arena, &reading.signals, err);
    }
    if (code == ESI_OK) {
        code = read_done(&r, &reading);
    }
    enum fact_kind *kinds = NULL;
    if (code == ESI_OK) {
        read_flags(&r, &reading);
        code = read_topic(&r, tokens, count, &reading);
    }
    if (code == ESI_OK) {
        code = issue_facts(message, &r.text, ISSUE_FACTS_MAX, arena, &reading.facts, &kinds,
                           &reading.fact_count, err);
    }
    if (code != ESI_OK) {
        return code;
    }
    for (size_t i = 0; i < r.text.count; i++) {
        r.seen |= r.text.words[i].cues & CUE_QUOTED ? 0 : r.text.words[i].cues;
    }
    struct acts acts = sum_acts(&r);
    read_reply(&r, &reading);
    read_choice(&r, &reading);
    if (reading.wants_person) {
        reading.signals |= policy_signal_bit(policy, "wants-person");
    }
    reading.solved = acts.solved;
    const bool in_vain = reading.done_count > 0 && (says_nothing(&r) || says_state(&r));
    acts.trouble |= in_vain;
    reading.tried = acts.trouble && !acts.solved && (reading.done_count > 0 || names_step(&r));
    reading.failed |= in_vain;
    reading.failed = (reading.failed && !acts.solved) || (reading.tried && reading.remedied);
    reading.bare = is_bare(&r, &acts, &reading);
    reading.leads_on = issue_leads_on(&r, &acts, &reading);
    reading.reports = acts.reports;
    reading.asks = acts.asks;
    reading.states = acts.told && !acts.asks && !acts.request;
    reading.act = read_act(&r, &acts, &reading, asked);
    reading.refers = issue_points_back(&r, &reading, &acts);
    reading.other = reading.other && !reading.returns;
    reading.full =
        !reading.refers &&
        ((acts.own_trouble && reading.topic_count >= 1) ||
         (reading.topic_count >= 2 && (acts.asks || acts.request || acts.trouble ||
                                       (reading.act == ESI_ACT_TROUBLE && !speaks_of_self(&r))))) &&
        (!reading.failed || acts.asks || acts.request);
    *out = reading;
    return ESI_OK;
}

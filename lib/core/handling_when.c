#include "core/handling_parts.h"

#define CONDITION_MAX 40 /* words */

/* ---- where a condition stands ---------------------------------------------------------------- */

/* A main clause may begin with this word: an order, or a subject whose verb follows. */
static bool begins_main(const struct hand_words *w, size_t i, size_t to) {
    const uint32_t cues = hand_cues(w, i);
    if ((cues & (HAND_VERB | HAND_NOT)) != 0 || hand_is(w, i, "then|please|always|do")) {
        return true;
    }
    size_t end = i;
    while (end < to && w->items[end].after != ',') {
        end++;
    }
    const uint32_t finite = HAND_MODAL | HAND_BE | HAND_HAVE | HAND_DOES;
    return hand_cue(w, i + 1, end < to ? end + 1 : to, finite) < (end < to ? end + 1 : to) ||
           (cues & (HAND_DESK | HAND_YOU)) != 0 ||
           ((cues & HAND_DET) != 0 && (hand_cues(w, i + 1) & HAND_DESK) != 0) ||
           ((cues & HAND_DET) != 0 && (hand_cues(w, i + 2) & HAND_DESK) != 0);
}

static size_t lead_word(const struct hand_words *w, size_t from) {
    static const char *const phrases[] = {
        "in case of",        "in case", "as soon as", "as long as", "in the event of",
        "in the event that", "only if", "only when",  "even if",    "provided that"};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        const size_t n = hand_seq(w, from, phrases[i]);
        if (n > 0) {
            return n;
        }
    }
    if ((hand_cues(w, from) & (HAND_IF | HAND_TIME)) != 0) {
        const bool back = (hand_cues(w, from) & HAND_TIME) != 0 &&
                          hand_is(w, from + 1, "that|this|then|which"); /* "After that" */
        return back ? 0 : 1;
    }
    const bool should = hand_is(w, from, "should") &&
                        (hand_cues(w, from + 1) & (HAND_DET | HAND_THEY | HAND_YOU)) != 0;
    return should || hand_is(w, from, "for") ? 1 : 0;
}

/* "Red lamp - escalate at once": a dash between what is seen and what the desk does; `to` where
 * there is none. */
static size_t dash_at(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from + 1; i + 1 < to && i < from + 14; i++) {
        if (hand_is(w, i, "-|\u2013|\u2014|--")) {
            const bool order = (hand_cues(w, i + 1) & HAND_ESCALATE) != 0 &&
                               (hand_is(w, i + 1, "escalate") || hand_near(w, i, 6, "tier|ticket"));
            return order && (hand_cues(w, from) & (HAND_VERB | HAND_IF)) == 0 ? i : to;
        }
    }
    return to;
}

/* "Before you open a ticket collect the log": when to do so is no condition. */
static size_t behind_before(const struct hand_words *w, size_t from, size_t to) {
    for (size_t i = from + 2; i + 1 < to && i < from + 10; i++) {
        const bool verb = (hand_cues(w, i) & (HAND_CAPTURE | HAND_ASK | HAND_TELL)) != 0 &&
                          (hand_cues(w, i - 1) & (HAND_DET | HAND_PREP)) == 0;
        if (verb || (w->items[i - 1].after == ',' && (hand_cues(w, i) & HAND_RECORD) != 0)) {
            return i;
        }
    }
    return from;
}

size_t hand_leading(const struct hand_words *w, size_t from, size_t to,
                    struct hand_span *condition) {
    *condition = (struct hand_span){from, from};
    if (hand_is(w, from, "with") && from + 1 < to &&
        (w->items[from + 1].code || w->items[from + 1].quoted)) { /* With `up: no` the link fails */
        size_t end = from + 2;
        while (end < to && w->items[end].quoted && w->items[end - 1].after == 0) {
            end++;
        }
        *condition = (struct hand_span){from + 1, end};
        return end < to ? end : from;
    }
    const size_t dash = dash_at(w, from, to);
    if (dash < to) {
        *condition = (struct hand_span){from, dash};
        return dash + 1;
    }
    if (hand_is(w, from, "before")) {
        return behind_before(w, from, to);
    }
    const size_t lead = lead_word(w, from);
    if (lead == 0 || (to > 0 && w->items[to - 1].after == '?')) {
        return from;
    }
    const bool unless = hand_is(w, from, "unless");
    const bool order = hand_is(w, from, "before|after|for|while|until");
    for (size_t i = from + lead; i + 1 < to && i < from + CONDITION_MAX; i++) {
        const char after = w->items[i].after;
        const bool cut = (after == ',' && begins_main(w, i + 1, to)) || after == ':' ||
                         hand_is(w, i + 1, "then");
        if (hand_is(w, from, "only") && i > from + lead && hand_is(w, i + 1, "is|are|do|does") &&
            hand_is(w, i + 2, "it|we|this|that|they|you")) {
            *condition = (struct hand_span){from + lead, i + 1}; /* "only if it drops do we call" */
            return i + 1;
        }
        const bool bare = after == 0 && (hand_cues(w, i + 1) & HAND_ESCALATE) != 0 &&
                          hand_is(w, i + 1, "escalate") && i > from + lead;
        const size_t main = hand_is(w, i + 1, "then") ? i + 2 : i + 1;
        const bool desk = (hand_cues(w, main) & (HAND_ESCALATE | HAND_ASK | HAND_TELL |
                                                 HAND_CAPTURE | HAND_OPEN | HAND_RECORD)) != 0;
        if (cut && order && !desk) {
            return from; /* "After an update, restart it": a step, as it stands */
        }
        if (cut || bare) {
            *condition = (struct hand_span){unless ? from : from + lead, i + 1};
            return hand_is(w, i + 1, "then") && i + 2 < to ? i + 2 : i + 1;
        }
    }
    return from;
}

/* "ask if", "see whether", "the time when": no condition of the clause. */
static bool belongs_before(const struct hand_words *w, size_t i) {
    return (hand_cues(w, i - 1) & (HAND_ASK | HAND_CONFIRM | HAND_TELL | HAND_WH | HAND_PREP)) !=
               0 ||
           hand_is(w, i - 1,
                   "see|know|find|decide|test|time|date|moment|point|day|sure|exactly|and|or");
}

/* "for review", "for help": why, not when. */
static bool is_purpose(const struct hand_words *w, size_t i) {
    const size_t noun = (hand_cues(w, i + 1) & HAND_DET) != 0 ? i + 2 : i + 1;
    return hand_is(w, noun,
                   "review|investigation|help|assistance|analysis|look|handling|follow-up|"
                   "approval|action|resolution|further|support|information|them|it|"
                   "confirmation|triage|advice|that|this|manual|recovery|repair|platform|"
                   "range|engineering|operations|staff|you|tier");
}

size_t hand_trailing(const struct hand_words *w, size_t from, size_t to, bool times,
                     struct hand_span *condition) {
    *condition = (struct hand_span){to, to};
    for (size_t i = from + 1; i + 1 < to; i++) {
        if (hand_in_bracket(w, from, i)) {
            continue;
        }
        const uint32_t cues = hand_cues(w, i);
        const bool except =
            hand_is(w, i, "unless") ||
            (hand_is(w, i, "except") && hand_is(w, i + 1, "when|if|where|for|in|on|during"));
        const bool time = except || (times && hand_is(w, i, "after|once|whenever"));
        const bool phrase = hand_seq(w, i, "in case") > 0 || hand_seq(w, i, "as soon as") > 0 ||
                            hand_seq(w, i, "as long as") > 0;
        const bool purpose = times && hand_is(w, i, "for") && !is_purpose(w, i);
        const bool when = (cues & HAND_IF) != 0 && !hand_is(w, i, "where|wherever");
        if ((!when && !time && !phrase && !purpose) || belongs_before(w, i) ||
            hand_is(w, i - 1, "even")) {
            continue;
        }
        const size_t lead = hand_seq(w, i, "in case of") > 0 ? 3
                            : hand_seq(w, i, "in case") > 0  ? 2
                            : phrase                         ? 3
                                                             : 1;
        const bool keep = except || (time && hand_is(w, i, "after"));
        *condition = (struct hand_span){keep ? i : i + lead, to};
        return hand_is(w, i - 1, "only|immediately") && i - 1 > from ? i - 1 : i;
    }
    return to;
}

/* ---- what a condition says ------------------------------------------------------------------- */

static const char *const try_nouns =
    "attempt|attempts|try|tries|restart|restarts|reboot|reboots|reset|resets|retry|retries|"
    "reconnect|reconnects|refresh|refreshes|time|times|start|starts|relaunch|cycle|cycles|"
    "reinstall|redeploy|rebuild|rebuilds|go|round|rounds|reload|reloads|login|logins|sign-in|"
    "sign-ins|failure|failures|relaunches|reconnection|reconnections";
static const char *const try_gerunds =
    "restarting|rebooting|resetting|retrying|reconnecting|refreshing|reloading|relaunching|"
    "reinstalling|redeploying|rebuilding";

/* "two more attempts": a number, at most two words, a noun that is a try. */
static int32_t tries_at(const struct hand_words *w, size_t i) {
    const int32_t n = hand_number(w, i);
    if (n == 0 || (hand_is(w, i, "a|an|another") && hand_number(w, i + 1) > 0)) {
        return 0;
    }
    if (hand_is(w, i, "twice|thrice") ||
        (hand_is(w, i, "once") && i + 1 == w->count && i > 0 && !hand_is(w, i - 1, "at"))) {
        return n;
    }
    /* "still red after one reinsertion": whatever was done once */
    const size_t unit = hand_find(w, i + 1,
                                  "minute|minutes|hour|hours|day|days|second|seconds|week|weeks|"
                                  "month|months|lesson|shift|session");
    const bool deed = i > 0 && hand_is(w, i - 1, "after") && i + 1 < w->count && n < 10 &&
                      !hand_is(w, i, "a|an|another|first|second") &&
                      (unit == w->count || unit > i + 3);
    const bool still = hand_find(w, 0, "still|again|persists|remains|stays|keeps") < w->count ||
                       hand_cue(w, 0, w->count, HAND_NOT) < w->count;
    if (deed && (still || w->items[i + 1].code)) {
        return n;
    }
    for (size_t k = i + 1; k < i + 4 && k < w->count; k++) {
        if (hand_is(w, k, try_nouns)) {
            const bool every = hand_is(w, i, "a|an|another") &&
                               hand_is(w, k, "time|start|login|sign-in|go|failure|reset");
            const size_t tried = hand_find(w, 0,
                                           "fail|fails|failed|failing|tried|trying|retried|"
                                           "attempted|restarted|unsuccessful|unsuccessfully");
            const bool fresh = hand_is(w, k, "time|times") && tried >= i;
            return every || fresh ? 0 : n;
        }
        if (w->items[k - 1].after != 0 ||
            (hand_cues(w, k) & (HAND_BE | HAND_HAVE | HAND_MODAL | HAND_PREP)) != 0) {
            break;
        }
    }
    return 0;
}

/* "It crashes twice within a day": how often something happens, and not how often it was tried. */
static bool is_frequency(const struct hand_words *w) {
    const bool tried = hand_find(w, 0,
                                 "attempt|attempts|try|tries|restart|restarts|reboot|reboots|"
                                 "retry|retries|refresh|reload|reloads|reconnect|reconnects|"
                                 "relaunch|tried|attempted") < w->count;
    const size_t often = hand_find(w, 0, "twice|thrice|times|time");
    for (size_t i = often; !tried && i < w->count && i < often + 6; i++) {
        if ((hand_is(w, i, "within|in|per|same") || hand_is(w, i, "a|an|one|each|every")) &&
            hand_find(w, i, "day|days|hour|hours|minutes|week|session|minute|shift|lesson") <
                i + 4) {
            return true;
        }
    }
    return false;
}

static int32_t tries_of(const struct hand_words *w) {
    for (size_t i = 0; i < w->count; i++) {
        const bool more = i >= 2 && hand_is(w, i - 1, "than") && hand_is(w, i - 2, "more");
        const int32_t n = tries_at(w, i);
        if (n > 0) {
            return more ? n + 1 : n;
        }
        if (hand_is(w, i, "after") && hand_is(w, i + 1, try_gerunds)) {
            return 1;
        }
    }
    return 0;
}

/* "none of these helps", "all of them fail", "it still fails", "that doesn't help". */
static bool says_all_failed(const struct hand_words *w) {
    static const char *const steps = "steps|step|above|these|this|those|that|them|options|measures|"
                                     "checks|actions|attempts|fixes|everything|it|workaround";
    const size_t not_helped = hand_find(w, 0,
                                        "help|helps|work|works|helped|worked|resolve|resolves|"
                                        "resolved|fix|fixes|fixed|solve|solves|solved");
    const bool timed = hand_find(w, 0, "minute|minutes|hour|hours|day|days") < w->count;
    for (size_t i = 0; i < w->count; i++) {
        const bool step = hand_is(w, i, steps);
        const bool excludes = hand_find(w, i, "apply|applies|applied|fits|matches|case") < w->count;
        if (hand_is(w, i, "none|nothing|neither") && !excludes &&
            (not_helped < w->count || hand_is(w, i + 1, "of"))) {
            return true;
        }
        if (hand_is(w, i, "persist|persists|persisting|recurs|unresolved|remains|continues") &&
            i > 0 && i <= 4) {
            return true;
        }
        if (step && not_helped < w->count && hand_cue(w, i, not_helped, HAND_NOT) < not_helped &&
            not_helped - i < 5) {
            return true;
        }
        if (i == 0 && hand_is(w, i, "that|this") && hand_is(w, i + 1, "fail|fails|failed")) {
            return true;
        }
        if (step && !hand_is(w, i, "that|those") &&
            (hand_is(w, i + 1, "fail|fails|failed") ||
             (hand_is(w, i + 1, "still") &&
              hand_is(w, i + 2,
                      "fail|fails|failed|failing|happens|occurs|persists|doesn't|does|"
                      "isn't|not|won't|can't|cannot|broken")))) {
            return true;
        }
        if (i <= 1 && hand_is(w, i, "it|this|that|they|these") && !timed &&
            (hand_is(w, i + 1, "still") ||
             ((hand_cues(w, i + 1) & (HAND_BE | HAND_HAVE | HAND_MODAL | HAND_DOES)) != 0 &&
              hand_is(w, i + 2, "still")))) {
            return true; /* "it is still refused" */
        }
        if (hand_is(w, i, "after") && hand_is(w, i + 1, "all|both") && i + 3 >= w->count) {
            return true; /* "it is refused after all three" */
        }
        if (hand_is(w, i, "after") && hand_find(w, i, "steps|above|checks") < i + 6 &&
            hand_find(w, i, "steps|above|checks") < w->count) {
            return true;
        }
        if (hand_is(w, i, "all|both") && hand_is(w, i + 1, "of|steps|these|fail|failed|the") &&
            hand_find(w, i, "fail|fails|failed") < w->count) {
            return true;
        }
    }
    return false;
}

static const char *const people =
    "people|seats|teams|team|class|classes|cohort|cohorts|group|groups|trainees|learners|users|"
    "participants|students|accounts|sessions|machines|players|candidates|attendees|others|"
    "instructors|customers|consoles|persons|exercises|modules|labs|desktops|room|classroom|vms";

static bool says_several(const struct hand_words *w) {
    for (size_t i = 0; i < w->count; i++) {
        const bool many = (hand_cues(w, i) & HAND_SEVERAL) != 0 ||
                          hand_seq(w, i, "more than one") > 0 ||
                          hand_seq(w, i, "two or more") > 0 || hand_seq(w, i, "at least two") > 0 ||
                          hand_is(w, i, "whole|entire|everyone|everybody|all|other|multiple") ||
                          (hand_number(w, i) > 1 && !hand_is(w, i, "second|third|first"));
        if (hand_is(w, i, "others|everyone|everybody")) {
            return true;
        }
        if (many && w->count <= 3 && hand_find(w, 0, "more|several|many") < w->count) {
            return true; /* "two or more" */
        }
        for (size_t k = i + 1; many && k < i + 6 && k < w->count; k++) {
            if (hand_is(w, k, try_nouns)) {
                break;
            }
            if (hand_is(w, k, people)) {
                return true;
            }
        }
    }
    return false;
}

/* "a restart has helped", "one of these works": the exception of a rule that waits for tries. */
static void read_success(const struct hand_words *w, struct note_item *item) {
    const size_t helps = hand_find(w, 0,
                                   "help|helps|helped|work|works|worked|fix|fixes|fixed|solve|"
                                   "solves|solved|resolve|resolves|resolved|clears|cleared|cures|"
                                   "cured|succeeds|succeeded");
    if (helps == w->count || hand_cue(w, 0, helps, HAND_NOT) < helps) {
        return;
    }
    const int32_t tries = tries_of(w);
    for (size_t i = 0; i < w->count && tries == 0; i++) {
        if (hand_is(w, i, try_nouns) || hand_is(w, i, try_gerunds)) {
            item->tries = 1;
            return;
        }
        item->all_tried = item->all_tried || hand_is(w, i, "these|those|steps|this|that|above|any");
    }
    item->tries = tries > 0 ? tries : item->tries;
}

static struct view without_join(const struct hand_words *w, size_t from, size_t to) {
    while (to > from && hand_is(w, to - 1, "and|but|only")) {
        to--;
    }
    return hand_slice(w, from, to);
}

/* Takes "unless ..." and "except when ..." off a condition. */
static struct view take_exception(struct hand *h, struct note_item *item, struct view text) {
    struct hand_words w, e;
    if (!hand_read_words(h, text, &w)) {
        return (struct view){0};
    }
    const size_t at = hand_find(&w, 0, "unless|except");
    if (at == w.count) {
        return text;
    }
    const size_t from =
        hand_is(&w, at, "except") && hand_is(&w, at + 1, "when|if|where|for|in|on|during") ? at + 2
                                                                                           : at + 1;
    const struct view said = hand_you_named(h, hand_as_part(h, hand_slice(&w, from, w.count)));
    item->exception = hand_both(h, item->exception, said);
    if (hand_read_words(h, said, &e)) {
        read_success(&e, item);
    }
    return without_join(&w, 0, at);
}

void hand_put_condition(struct hand *h, struct note_item *item, struct view condition) {
    struct hand_words w;
    const struct view text = take_exception(h, item, hand_as_part(h, condition));
    if (text.n == 0 || !hand_read_words(h, text, &w)) {
        return;
    }
    const struct view said = hand_you_named(h, text);
    item->condition = hand_both(h, item->condition, said);
    item->several_people = item->several_people || says_several(&w);
    const int32_t tries = tries_of(&w);
    if (is_frequency(&w)) {
        return;
    }
    if (tries > 0) {
        item->tries = tries;
    } else if (says_all_failed(&w) && !item->several_people) {
        item->all_tried = true;
    }
}

void hand_add_under(struct hand *h, struct note_item item, struct view condition) {
    hand_put_condition(h, &item, condition);
    if (item.kind != NOTE_ASK && item.kind != NOTE_CAPTURE) { /* these go with an escalation */
        item.tries = 0;
        item.all_tried = false;
    }
    if (item.exception.n > 0 && (item.kind == NOTE_STEP || item.kind == NOTE_SAY ||
                                 item.kind == NOTE_NEVER || item.kind == NOTE_FACT)) {
        const struct view bare =
            view_ends(item.text, VIEW(".")) ? view_slice(item.text, 0, item.text.n - 1) : item.text;
        item.text = hand_format(h, "%.*s, unless %.*s.", (int)bare.n, bare.p, (int)item.exception.n,
                                item.exception.p);
    }
    hand_add(h, item);
}

/* ---- what the desk does ---------------------------------------------------------------------- */

/* "Tier 2", "tier-2", "T2", "L2", "level 2", "second-line". */
static bool tier_at(const struct hand_words *w, size_t i, int32_t *tier) {
    const struct view fold = w->items[i].fold;
    int64_t n = 0;
    if (hand_is(w, i, "tier|tiers|level") && i + 1 < w->count) {
        n = hand_number(w, i + 1);
        if (view_eq(w->items[i + 1].form, VIEW("0")) || hand_is(w, i + 1, "zero")) {
            *tier = 0;
            return true;
        }
        *tier = (int32_t)n;
        return n >= 1 && n <= 3 && !hand_is(w, i + 1, "a|an|once|another");
    }
    static const char *const heads[] = {"tier-", "tier", "tier_", "t", "l", "level-"};
    for (size_t k = 0; k < sizeof heads / sizeof heads[0]; k++) {
        const struct view head = view_of(heads[k]);
        if (view_starts(fold, head) && view_int(view_slice(fold, head.n, fold.n), 0, 3, &n)) {
            *tier = (int32_t)n;
            return true;
        }
    }
    if (hand_is(w, i, "first-line|1st-line|second-line|2nd-line|third-line|3rd-line") ||
        (hand_is(w, i, "first|second|third|1st|2nd|3rd") && hand_is(w, i + 1, "line"))) {
        *tier = fold.p[0] == 'f' || fold.p[0] == '1'   ? 1
                : fold.p[0] == 's' || fold.p[0] == '2' ? 2
                                                       : 3;
        return true;
    }
    return false;
}

static bool severity_at(const struct hand_words *w, size_t i, esi_severity *severity) {
    static const char *const names[] = {"low|minor|p4|sev4|sev-4", "medium|moderate|p3|sev3|sev-3",
                                        "high|major|p2|sev2|sev-2|urgent",
                                        "critical|p1|sev1|sev-1"};
    const struct view form = w->items[i].form;
    const bool capitals =
        form.n > 1 && form.p[0] >= 'A' && form.p[0] <= 'Z' && form.p[1] >= 'A' && form.p[1] <= 'Z';
    const bool near = (i > 0 && hand_is(w, i - 1, "severity|priority|sev")) ||
                      (i > 1 && hand_is(w, i - 2, "severity|priority|sev")) ||
                      hand_is(w, i + 1, "severity|priority|impact") ||
                      view_starts(w->items[i].fold, VIEW("sev"));
    const bool own = form.n == 2 && (form.p[0] == 'P' || form.p[0] == 'p') && form.p[1] >= '1' &&
                     form.p[1] <= '4';
    for (size_t k = 0; k < 4; k++) {
        if ((capitals || near || own) && hand_is(w, i, names[k])) {
            *severity = (esi_severity)k;
            return true;
        }
    }
    return false;
}

void hand_put_action(const struct hand_words *w, size_t from, size_t to, struct note_item *item) {
    for (size_t i = from; i < to && i < w->count; i++) {
        int32_t tier;
        esi_severity severity;
        if ((item->actions & NOTE_SET_TIER) == 0 && tier_at(w, i, &tier)) {
            item->actions |= NOTE_SET_TIER;
            item->tier = (esi_tier)tier;
        }
        if ((item->actions & NOTE_SET_SEVERITY) == 0 && severity_at(w, i, &severity)) {
            item->actions |= NOTE_SET_SEVERITY;
            item->severity = severity;
        }
    }
}

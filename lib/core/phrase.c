#include "core/phrase.h"

#include <string.h>

#include "base/text.h"
#include "core/cues.h"

static const struct policy_reply own[] = {
    {"greeting", "Hello! I'm the help desk of {platform}. What can I do for you?"},
    {"smalltalk", "I'm the help desk of {platform}. Tell me what isn't working or what you would "
                  "like to know, and I'll look it up."},
    {"thanks", "You're welcome. Write again whenever something comes up."},
    {"solved", "Glad to hear that it works now. Write again if it comes back."},
    {"solved_ticket",
     "Glad to hear that it works now. I've noted it on your ticket; a person will close it."},
    {"refusal", "I can't help with that."},
    {"refusal_help", "As for the rest of your message:"},
    {"guardrail_ticket", "I've passed this on to the people responsible."},
    {"sorry", "Sorry about the trouble."},
    {"sorry_again", "Sorry that it isn't solved yet. || I'm sorry that this didn't help. || Sorry, "
                    "that should have helped."},
    {"thanks_answer", "Thanks. || Thanks for telling me. || All right, thank you."},
    {"noted", "I see. || All right. || Understood."},
    {"steps", "Please try this, in order:"},
    {"step", "Please try this:"},
    {"steps_next", "Please try this next: || Then please try this, in order:"},
    {"step_next", "Please try this next: || Then please try this:"},
    {"step_meanwhile", "In the meantime you can do this:"},
    {"steps_meanwhile", "In the meantime you can try this:"},
    {"go_on", "Please go on with the steps above and tell me how it went. || Please try what is "
              "left of the steps above and tell me what happens."},
    {"go_on_from", "The next thing to do is this: {step} || Next, please do this: {step}"},
    {"noted_fact", "Tell me how it goes. || Let me know how it goes."},
    {"no_steps", "If it keeps you from going on, say so and I'll pass it on to a person."},
    {"not_told", "Our documents don't say more about that than what I wrote above."},
    {"plan", "That's fine; tell me how it goes. || Good. Write again if it's the same there."},
    {"hurry", "I know that time is short. || I understand that it's urgent."},
    {"no_ticket", "All right, no ticket for now."},
    {"once_more", "Please try that once more. || Please give it one more try."},
    {"once_more_all",
     "Please go through the steps once more, from the first one. || Please try the "
     "same steps one more time, in order."},
    {"steps_now", "Then this is what to do, in order: || Then please do this, in order:"},
    {"step_now", "Then this is what to do: || Then please do this:"},
    {"done_wait", "Thanks for trying that. If it's still there, tell me what you see now. || Good. "
                  "Tell me whether that mended it."},
    {"what_now", "What do you see now when you try, and at which step does it stop?"},
    {"understood", "I understand."},
    {"tried_already", "Leaving out what you've done already, please try this:"},
    {"how", "Here is how:"},
    {"what_to_do", "What you can do:"},
    {"request", "I can't do this for you myself, but here is how it works:"},
    {"exhausted", "You've been through everything that can be tried from your side."},
    {"cause", "The likely cause:"},
    {"not_allowed", "Please note that this isn't allowed for your role:"},
    {"not_allowed_anyone", "Please note that this isn't allowed:"},
    {"if_not", "If it's still there after that, tell me and I'll take it further. || If that "
               "doesn't help, tell me what you see and I'll take it further. || Tell me how it "
               "went; if it's still there, I'll take it further."},
    {"questions", "So that I can help you further, please tell me: || To get on with it I need to "
                  "know: || One thing more, please tell me:"},
    {"questions_ticket", "The person who takes over needs to know: || To save them asking, please "
                         "tell me:"},
    {"vague", "I'd like to help. To find the right steps I need to know a little more:"},
    {"vague_again", "I still can't tell what is wrong. Please tell me a little more:"},
    {"vague_over", "I can't narrow it down any further from here."},
    {"vague_what", "What exactly happens, and is there an error message or a code?"},
    {"vague_where", "What were you doing when it happened, and on which page or machine?"},
    {"vague_which", "Is it one of these: {choices}?"},
    {"escalated",
     "I've passed this on to {team} and opened a ticket, so that a person takes over."},
    {"escalated_again", "This is with {team} already; I've added what you wrote to the ticket. || "
                        "Your ticket is with {team}, and what you wrote is in it now. || I've put "
                        "that into your ticket, too; it is with {team}."},
    {"escalated_join", "I've added this to your open ticket and passed it on to {team}."},
    {"ticket", "I've opened a ticket for this."},
    {"ticket_again", "I've added this to your open ticket."},
    {"no_ticket_wish",
     "I understand that you'd rather not have a ticket, but this has to be seen by a person."},
    {"have_ready", "Please have this ready for them:"},
    {"ticket_needs", "A ticket needs this:"},
    {"tier_0", "the help desk"},
    {"tier_1", "the support desk"},
    {"tier_2", "second-level support"},
    {"tier_3", "the engineers of the platform"},
    {"conflict", "Our documents differ on this: \"{winner}\" (version {winner_version}) holds; "
                 "\"{loser}\" (version {loser_version}) says otherwise."},
    {"conflict_undated",
     "Our documents differ on this: \"{winner}\" holds; \"{loser}\" says otherwise."},
    {"conflict_why", "The reason: {why}."},
    {"withheld", "This is done by {roles}; your role doesn't allow it."},
    {"matter", "This is for {team} to see to; if you have it, tell me and I'll pass it on."},
    {"model_down", "The language model can't be reached at the moment; this answer comes "
                   "straight from the knowledge base."},
    {"model_unused", "The language model gave no answer that could be used; this one comes "
                     "straight from the knowledge base."},
    {"model_spent", "What the language model may cost is used up for now; this answer comes "
                    "straight from the knowledge base."},
};

const char *phrase_id(size_t at) {
    return at < sizeof(own) / sizeof(own[0]) ? own[at].id : NULL;
}

struct view phrase_of(const struct policy *policy, const char *id) {
    const char *text = policy ? policy_reply(policy, id) : NULL;
    for (size_t i = 0; !text && i < sizeof(own) / sizeof(own[0]); i++) {
        if (strcmp(own[i].id, id) == 0) {
            text = own[i].text;
        }
    }
    return view_of(text);
}

struct view phrase_vary(struct view phrase, size_t turn) {
    const struct view bar = VIEW(" || ");
    size_t count = 1;
    for (size_t at = view_find(phrase, bar, 0); at != SIZE_MAX;
         at = view_find(phrase, bar, at + bar.n)) {
        count++;
    }
    for (size_t skip = turn % count; skip > 0; skip--) {
        const size_t at = view_find(phrase, bar, 0);
        phrase = view_slice(phrase, at + bar.n, phrase.n);
    }
    const size_t end = view_find(phrase, bar, 0);
    return view_slice(phrase, 0, end == SIZE_MAX ? phrase.n : end);
}

void phrase_add(struct buf *out, struct view phrase, const struct phrase_name *names) {
    size_t at = 0;
    while (at < phrase.n) {
        const size_t open = view_find(phrase, VIEW("{"), at);
        const size_t close = open == SIZE_MAX ? SIZE_MAX : view_find(phrase, VIEW("}"), open);
        if (close == SIZE_MAX) {
            break;
        }
        buf_add(out, view_slice(phrase, at, open));
        const struct view name = view_slice(phrase, open + 1, close);
        for (const struct phrase_name *n = names; n && n->name; n++) {
            if (view_eq(name, view_of(n->name))) {
                buf_add(out, n->value);
            }
        }
        at = close + 1;
    }
    buf_add(out, view_slice(phrase, at, phrase.n));
}

/* Adds text with its white space as single spaces. */
static void add_flat(struct buf *out, struct view text) {
    bool space = false;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            space = true;
            continue;
        }
        if (space && i > 0) {
            buf_char(out, ' ');
        }
        space = false;
        buf_char(out, c);
    }
}

/* Adds text with a mark last; its first letter as `first`. */
static void add_marked(struct buf *out, struct view text, char first) {
    buf_char(out, first);
    const size_t before = out->n;
    add_flat(out, view_slice(text, 1, text.n));
    const char last = out->n > before ? out->p[out->n - 1] : first;
    if (last == ':' || last == ';' || last == ',') {
        buf_cut(out, out->n - 1);
        buf_char(out, '.');
    } else if (!strchr(".!?", last)) {
        buf_char(out, '.');
    }
}

/* The first word, folded; empty where it isn't plain letters: a command keeps its spelling. */
static struct view first_word(struct view text, char word[32]) {
    size_t n = 0;
    while (n < text.n && n < 31 && text.p[n] != ' ') {
        const char c = text.p[n];
        const bool upper = c >= 'A' && c <= 'Z';
        if (!(upper && n == 0) && !(c >= 'a' && c <= 'z') && c != '\'' && c != ',') {
            return (struct view){0};
        }
        word[n++] = (char)(upper ? c - 'A' + 'a' : c);
    }
    return (struct view){word, n};
}

void phrase_sentence(struct buf *out, struct view text) {
    char word[32];
    text = view_trim(text);
    if (text.n == 0) {
        return;
    }
    const char first = text.p[0];
    const bool plain = first_word(text, word).n > 0 && first >= 'a' && first <= 'z';
    add_marked(out, text, plain ? (char)(first - 'a' + 'A') : first);
}

void phrase_part(struct buf *out, struct view text) {
    static const char *const small[] = {"The ",  "A ",    "An ",    "Your ",    "Which ",
                                        "What ", "When ", "Where ", "Whether ", "Any ",
                                        "How ",  "All ",  "Their "};
    text = view_trim(text);
    while (text.n > 0 && strchr(".;:,", text.p[text.n - 1])) {
        text.n--;
    }
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
        if (view_starts(text, view_of(small[i]))) {
            buf_char(out, (char)(text.p[0] - 'A' + 'a'));
            text = view_slice(text, 1, text.n);
            break;
        }
    }
    add_flat(out, text);
}

void phrase_clause(struct buf *out, struct view text) {
    char word[32];
    text = view_trim(text);
    if (text.n == 0) {
        return;
    }
    /* "Select ...", "The ..." lose their capital; names keep it */
    const struct view first = first_word(text, word);
    const uint64_t cues = cues_of(first);
    const bool common =
        (cues & (CUE_VERB | CUE_DET | CUE_BE | CUE_WH | CUE_NOT | CUE_YOU | CUE_GENERIC)) ||
        view_ends(first, VIEW("ly"));
    /* a word of general language that isn't the name of a menu ("Profile > Security") */
    const struct view after = view_slice(text, first.n + 1, text.n);
    const bool plain = first.n > 1 && after.n > 0 && after.p[0] >= 'a' && after.p[0] <= 'z' &&
                       text_is_listed(first);
    add_marked(out, text, first.n > 1 && (common || plain) ? word[0] : text.p[0]);
}

bool phrase_denies(struct view text) {
    struct view rest = text;
    struct view word;
    while (view_split(&rest, ' ', &word)) {
        char folded[24];
        size_t n = 0;
        for (size_t i = 0; i < word.n && n + 1 < sizeof(folded); i++) {
            const char c = word.p[i];
            if (c != '.' && c != ',') {
                folded[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
            }
        }
        const struct cue_word cue = {.form = {folded, n}};
        if ((cues_of(cue.form) & CUE_NOT) || cues_in(&cue, "forbidden prohibited only")) {
            return true;
        }
    }
    return false;
}

/* "Which profile are you using" has its verb where a question has it; "when it began" hasn't. */
static bool asks_directly(struct view text) {
    struct view rest = text;
    struct view word;
    for (size_t i = 0; view_split(&rest, ' ', &word) && i < 6; i++) {
        if (i > 0 && (cues_of(word) & (CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL))) {
            return true;
        }
        if (i > 0 && (cues_of(word) & CUE_SUBJ)) {
            return false;
        }
    }
    return false;
}

#define POLAR_WORDS 24
#define SUBJECT_WORDS 5 /* before the verb of "the plot is attached" */

/* The word with a small letter first, without a mark behind it. */
static uint64_t cues_at(struct view word) {
    char folded[32];
    size_t n = 0;
    for (; n < word.n && n + 1 < sizeof(folded) && word.p[n] != ','; n++) {
        const char c = word.p[n];
        folded[n] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return cues_of((struct view){folded, n});
}

/* "You still have a code": where its verb stands; 0 for none that makes a question. *helper: what
 * the question begins with; empty: the verb itself. */
static size_t verb_of_you(const struct view *words, size_t count, struct view *helper) {
    size_t at = 1;
    while (at < count && cues_in(&(struct cue_word){.form = words[at]},
                                 "still already also really just ever now currently")) {
        at++;
    }
    const uint64_t cues = at < count ? cues_at(words[at]) : 0;
    const uint64_t next = at + 1 < count ? cues_at(words[at + 1]) : 0;
    *helper = (struct view){0};
    if ((cues & (CUE_BE | CUE_MODAL)) || ((cues & CUE_HAVE) && (next & CUE_ED))) {
        return at;
    }
    const bool base = (cues & CUE_VERB) && !(cues & (CUE_ED | CUE_S));
    *helper = VIEW("Do");
    return (cues & CUE_HAVE) || base ? at : 0;
}

/* "The plot is attached": where the verb stands; 0 for none that makes a question. */
static size_t verb_of_thing(const struct view *words, size_t count) {
    const uint64_t breaks = CUE_WH | CUE_PREP | CUE_VERB | CUE_AND | CUE_BUT | CUE_IF | CUE_NOT;
    const uint64_t first = cues_at(words[0]);
    if (!(first & (CUE_DET | CUE_THAT)) && !view_eq(words[0], VIEW("there"))) {
        return 0;
    }
    for (size_t i = 1; i < count && i <= SUBJECT_WORDS; i++) {
        const uint64_t cues = cues_at(words[i]);
        if (cues & CUE_BE) {
            return i;
        }
        if ((cues & breaks) || view_eq(words[i], VIEW("that"))) {
            return 0;
        }
    }
    return 0;
}

bool phrase_polar(struct buf *out, struct view clause) {
    struct view words[POLAR_WORDS];
    struct view rest = view_trim(clause);
    struct view helper = {0};
    size_t count = 0;
    while (rest.n > 0 && strchr(".?;:,", rest.p[rest.n - 1])) {
        rest.n--;
    }
    const struct view whole = rest;
    while (count < POLAR_WORDS && view_split(&rest, ' ', &words[count])) {
        count += words[count].n > 0;
    }
    if (count < 2 || count == POLAR_WORDS || view_find(whole, VIEW("\n"), 0) != SIZE_MAX) {
        return false;
    }
    const bool you = view_eq_nocase(words[0], VIEW("you"));
    const size_t verb = you ? verb_of_you(words, count, &helper) : verb_of_thing(words, count);
    const uint64_t after = verb > 0 && verb + 1 < count ? cues_at(words[verb + 1]) : 0;
    if (verb == 0 || (after & (CUE_NO | CUE_NOT)) || (cues_at(words[verb]) & CUE_NOT)) {
        return false; /* "there is no code left": yes and no would mean the same */
    }
    phrase_sentence(out, helper.n > 0 ? helper : words[verb]);
    buf_cut(out, out->n - 1);
    for (size_t i = 0; i < count; i++) {
        if (i != verb || helper.n > 0) {
            const char first = words[i].p[0];
            const bool capital = i == 0 && first >= 'A' && first <= 'Z';
            buf_char(out, ' ');
            buf_char(out, capital ? (char)(first - 'A' + 'a') : first);
            buf_add(out, view_slice(words[i], 1, words[i].n));
        }
    }
    buf_char(out, '?');
    return true;
}

/* What stands behind "could you tell me whether". */
static struct view behind_whether(struct view text) {
    const size_t at = view_find(text, VIEW("whether "), 0);
    const struct view lead = view_slice(text, 0, at == SIZE_MAX ? 0 : at);
    const bool leads = at == 0 || view_eq(lead, VIEW("Could you tell me ")) ||
                       view_eq(lead, VIEW("Can you tell me "));
    return leads && at != SIZE_MAX ? view_slice(text, at + 8, text.n) : (struct view){0};
}

struct view phrase_question(struct view text, esi_arena *arena) {
    text = view_trim(text);
    while (text.n > 0 && strchr(".;:,", text.p[text.n - 1])) {
        text.n--;
    }
    struct buf out;
    buf_init(&out, 600);
    const bool asks = text.n > 0 && text.p[text.n - 1] == '?';
    char word[32];
    const struct view first = first_word(text, word);
    const bool owner = view_ends(first, VIEW("'s")); /* "machine's name" has no verb */
    const uint64_t cues = owner ? 0 : cues_of(first);
    const struct view stated = behind_whether(text);
    if (stated.n > 0 && phrase_polar(&out, stated)) {
        /* asked straight away */
    } else if (view_eq(first, VIEW("whether")) || view_eq(first, VIEW("if"))) {
        buf_str(&out, "Can you tell me ");
        phrase_part(&out, text);
        buf_str(&out, asks ? "" : "?");
    } else if ((cues & CUE_WH) && !asks && !asks_directly(text)) {
        buf_str(&out, "Can you tell me ");
        phrase_part(&out, text);
        buf_char(&out, '?');
    } else if (asks || (cues & (CUE_WH | CUE_BE | CUE_DO | CUE_HAVE | CUE_MODAL))) {
        phrase_sentence(&out, text);
        if (!asks && out.n > 0) {
            buf_cut(&out, out.n - 1);
            buf_char(&out, '?');
        }
    } else {
        buf_str(&out, "What is ");
        if (!(cues & CUE_DET)) {
            buf_str(&out, "the ");
        }
        phrase_part(&out, text);
        buf_char(&out, '?');
    }
    const char *copy = out.failed && !out.too_long ? NULL : arena_str(arena, buf_view(&out));
    buf_clear(&out);
    return view_of(copy);
}

void phrase_list(struct buf *out, const struct view *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buf_str(out, i + 1 == count ? " and " : ", ");
        }
        char word[32];
        const uint64_t cues = cues_of(first_word(items[i], word));
        const bool noun = items[i].n > 0 && items[i].p[0] >= 'a' && items[i].p[0] <= 'z' &&
                          !(cues & (CUE_DET | CUE_WH | CUE_IF | CUE_ALL | CUE_NUMBER));
        buf_str(out, noun ? "the " : "");
        phrase_part(out, items[i]);
    }
}

void phrase_paragraph(struct buf *out) {
    if (out->n > 0) {
        buf_str(out, "\n\n");
    }
}

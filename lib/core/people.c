#include "core/people.h"

#define ADJECTIVES_MAX 3 /* between what counts and what is counted */

/* A stretch of words that names several people, or things of several people. */
struct crowd {
    size_t from, to; /* equal: none */
    bool all;
};

static bool counts_people(const struct clause *c, size_t i) {
    return (clause_kinds(c, i) & (KIND_PEOPLE | KIND_GROUP | KIND_SEAT | KIND_SITE)) != 0;
}

static bool is_number(const struct clause *c, size_t i) {
    if (i >= c->count) {
        return false;
    }
    int64_t n = 0;
    return view_int(c->words[i].form, 2, 100000, &n) || (clause_kinds(c, i) & KIND_MANY) != 0;
}

static bool is_plural(const struct clause *c, size_t i) {
    return i < c->count && ((clause_kinds(c, i) & KIND_PLURAL) ||
                            (c->words[i].form.n > 3 && view_ends(c->words[i].form, VIEW("s")) &&
                             !view_ends(c->words[i].form, VIEW("ss"))) ||
                            clause_has(c, i, "people folks folk men women children kids staff"));
}

/* The word behind articles, owners, numbers and a few adjectives: what a stretch is about. */
static size_t head_of(const struct clause *c, size_t i) {
    size_t passed = 0;
    for (; i + 1 < c->count && !c->words[i].mark && passed <= ADJECTIVES_MAX; i++) {
        const uint64_t cues = clause_cues(c, i);
        const bool light = (cues & (CUE_DET | CUE_OWN | CUE_NUMBER)) || is_number(c, i) ||
                           clause_has(c, i, "of other single different further fellow more very");
        if (!light && (counts_people(c, i) || is_plural(c, i))) {
            break;
        }
        if (!light && ((cues & (CUE_PREP | CUE_BE | CUE_HAVE | CUE_DO | CUE_MODAL | CUE_AND)) ||
                       counts_people(c, i))) {
            return c->count;
        }
        const uint64_t next = clause_cues(c, i + 1);
        if (!light && (next & (CUE_PREP | CUE_BE | CUE_HAVE | CUE_DO | CUE_MODAL | CUE_NOT |
                               CUE_VERB | CUE_FAIL))) {
            break;
        }
        passed += !light;
    }
    return passed <= ADJECTIVES_MAX ? i : c->count;
}

/* "... of my intake", "... in hall 2", "... on our corridor": whose or where. The end; `i` if it
 * doesn't say so. */
static size_t of_people(const struct clause *c, size_t i) {
    if (!clause_has(c, i, "of in on at from around across")) {
        return i;
    }
    if (clause_has(c, i + 1, "us them")) {
        return i + 2;
    }
    const size_t head = head_of(c, i + 1);
    const bool place = clause_has(c, i, "in on at");
    const uint32_t kinds = KIND_PEOPLE | KIND_GROUP | KIND_SITE | (place ? 0 : KIND_SEAT);
    return head < c->count && !clause_has(c, head - 1, "own") && (clause_kinds(c, head) & kinds)
               ? head + 1
               : i;
}

/* "Nobody can ...", "none of us gets ...": what befalls them; "nobody answered", "none of us put it
 * there" tell of no one hit. */
static bool befalls(const struct clause *c, size_t i) {
    const uint64_t verb = CUE_BE | CUE_HAVE | CUE_MODAL | CUE_FAIL | CUE_GET | CUE_DO | CUE_S;
    return (clause_cues(c, i) & verb) || (clause_kinds(c, i) & KIND_RUNS);
}

/* "Everybody", "none of us", "nobody on our corridor". */
static struct crowd pronoun_at(const struct clause *c, size_t i) {
    const bool one = clause_has(c, i, "no") && clause_has(c, i + 1, "one");
    const bool none = one || clause_has(c, i, "nobody noone none");
    const bool any = clause_has(c, i, "anyone anybody");
    const bool bunch = clause_has(c, i, "bunch lads folks");
    const bool person = one || any || bunch || clause_has(c, i, "everyone everybody nobody noone");
    const bool part = clause_has(c, i, "none all both half most some many several few each one") ||
                      is_number(c, i) || clause_has(c, i, "lot rest majority third bunch couple");
    const size_t behind = i + 1 + one;
    struct crowd crowd = {i, i, true};
    if (clause_has(c, i, "us") && clause_has(c, i + 1, "all both")) {
        crowd.to = i + 2;
    } else if (part && clause_has(c, i + 1, "of") && clause_has(c, i + 2, "us")) {
        crowd.to = i + 3;
        crowd.all = clause_has(c, i, "none all both lot each");
    } else if (person) {
        const size_t to = of_people(c, behind);
        const bool tail = clause_has(c, behind, "else here there");
        crowd.to = to > behind ? to : any || bunch ? i : behind + tail;
        crowd.all = !any;
    }
    if (none && clause_has(c, behind, "else")) {
        crowd.to = i; /* "nobody else has that" */
    }
    const bool denied = none && crowd.to > i;
    crowd.to = denied && !befalls(c, crowd.to) ? i : crowd.to;
    return crowd;
}

/* "Three of my crews", "all 22 benches of my class", "every seat in hall 2", "the whole shift". */
static struct crowd counted_at(const struct clause *c, size_t i) {
    const bool number = is_number(c, i) && !(i > 0 && (clause_cues(c, i - 1) & CUE_OWN));
    const bool one_each = clause_has(c, i, "every each");
    const bool none = clause_has(c, i, "none") ||
                      (clause_has(c, i, "one") && i > 0 && clause_has(c, i - 1, "not")) ||
                      (clause_has(c, i, "single") && i > 0 && clause_has(c, i - 1, "a"));
    const bool whole = clause_has(c, i, "whole entire complete full");
    const bool total = one_each || none || clause_has(c, i, "all both");
    const bool part = clause_has(c, i, "half most third majority lots");
    struct crowd crowd = {i, i, total || whole};
    if (!number && !total && !whole && !part) {
        return crowd;
    }
    const size_t head = head_of(c, i + 1);
    if (head >= c->count || (head > 0 && clause_has(c, head - 1, "own"))) {
        return crowd;
    }
    const uint32_t kinds = clause_kinds(c, head);
    const bool several = one_each || is_plural(c, head) || (kinds & KIND_GROUP);
    if (whole || part) {
        crowd.to =
            (kinds & (KIND_GROUP | KIND_SITE)) || ((kinds & KIND_PEOPLE) && part) ? head + 1 : i;
    } else if (counts_people(c, head) && several) {
        crowd.to = head + 1;
    }
    if (crowd.to == i && (several || whole)) { /* "all benches of my class" */
        const size_t to = of_people(c, head + 1);
        crowd.to = to > head + 1 ? to : i;
    }
    return crowd;
}

/* "Too", "the same": what befell one has befallen others. */
static bool shares(const struct clause *c) {
    const size_t so = clause_word(c, "so", 0);
    const size_t too = clause_word(c, "too", 0); /* not "too dark" */
    return (so < c->count && (clause_cues(c, so + 1) & (CUE_BE | CUE_DO | CUE_HAVE))) ||
           (too < c->count && (too + 1 == c->count || c->words[too].mark)) ||
           clause_word(c, "also either same likewise identical alike", 0) < c->count ||
           clause_has(c, clause_word(c, "as", 0) + 1, "well");
}

/* "My students", "the other crews", "our squad"; with "too" one other person or the tables
 * opposite. */
static struct crowd group_at(const struct clause *c, size_t i) {
    const bool own = (clause_cues(c, i) & CUE_OWN) && !clause_has(c, i + 1, "own");
    const bool the = clause_has(c, i, "the");
    const bool other =
        clause_has(c, i, "other") || (the && clause_has(c, i + 1, "other others two three"));
    struct crowd crowd = {i, i, false};
    if (i == 0 && (clause_kinds(c, 0) & KIND_PEOPLE) && is_plural(c, 0)) {
        crowd.to = 1; /* "Colleagues in the next building report it" */
        return crowd;
    }
    if (clause_has(c, i, "others")) {
        crowd.to = i + 1;
        return crowd;
    }
    const bool more = shares(c) && (the || clause_has(c, i, "another one some a"));
    const size_t head = own || other || more ? head_of(c, i + 1) : c->count;
    const uint32_t kinds = clause_kinds(c, head);
    const bool owner = head < c->count && view_ends(c->words[head].form, VIEW("'s"));
    if (head == c->count || owner) {
        return crowd;
    }
    const bool seat = (kinds & KIND_SEAT) && !own;
    const bool many = is_plural(c, head) && ((kinds & (KIND_PEOPLE | KIND_GROUP)) || seat);
    const bool too =
        shares(c) && ((kinds & KIND_PEOPLE) || (is_plural(c, head) && counts_people(c, head)));
    if ((many && (own || other)) || (own && (kinds & KIND_GROUP)) || too) {
        crowd.to = head + 1;
    }
    return crowd;
}

/* "Priya, Sam and I", "me and the guy at the window". */
static struct crowd joined_at(const struct clause *c, size_t i) {
    struct crowd crowd = {i, i, false};
    const bool self = clause_has(c, i + 1, "i me myself mine");
    if (!clause_has(c, i, "and nor") || i == 0) {
        return crowd;
    }
    if (self && i <= ADJECTIVES_MAX + 3) {
        size_t k = 0;
        const uint64_t verbs =
            CUE_BE | CUE_HAVE | CUE_DO | CUE_MODAL | CUE_VERB | CUE_FAIL | CUE_PREP;
        while (k < i && (!(clause_cues(c, k) & verbs) || counts_people(c, k))) {
            k++;
        }
        crowd.to = k == i ? i + 2 : i;
    } else if (clause_has(c, i - 1, "me myself") && head_of(c, i + 1) < c->count) {
        const size_t head = head_of(c, i + 1);
        crowd.to = counts_people(c, head) || clause_cues(c, head) == 0 ? head + 1 : i;
    }
    return crowd;
}

/* Does something befall those of a stretch: is it the subject of what is told, or is it "for them",
 * "at their seats"? Who was asked, told or helped isn't hit. */
static bool is_hit(const struct clause *c, const struct crowd *crowd) {
    const size_t said =
        clause_word(c,
                    "ask asked asking tell told show showed share shared sharing with helped help "
                    "from called emailed invited belong than like warned teach teaching explained",
                    0);
    if (said < crowd->from) {
        return false;
    }
    const uint64_t before = crowd->from > 0 ? clause_cues(c, crowd->from - 1) : 0;
    const bool owners = crowd->from > 0 && clause_has(c, crowd->from - 1, "of");
    const bool object = crowd->from > 1 && !(before & (CUE_PREP | CUE_BE | CUE_HAVE | CUE_AND)) &&
                        clause_find(c, CUE_HAVE, 0) > crowd->from &&
                        !clause_has(c, crowd->from - 1, "not");
    const bool mine =
        clause_has(c, 0, "i we") || (clause_has(c, 0, "and but") && clause_has(c, 1, "i we"));
    if (mine && (owners || object)) {
        return false; /* "I see the points of the other crews", "I can't find my course" */
    }
    const size_t near = crowd->to + 4 < c->count ? crowd->to + 4 : c->count;
    for (size_t i = crowd->to; i < near; i++) {
        const bool fine = (clause_kinds(c, i) & KIND_FINE) && !clause_denied(c, i);
        const bool runs =
            (clause_kinds(c, i) & KIND_RUNS) && (clause_cues(c, i) & CUE_S) && !clause_denied(c, i);
        if (fine || runs ||
            clause_has(c, i,
                       "told tells suggested suggests helped advised said warned already talking "
                       "talks speaking mentioned")) {
            return false;
        }
    }
    return true;
}

static bool reports(const struct clause *c) {
    const bool told = c->cites && (c->seen & (CUE_FAIL | CUE_NOT | CUE_STATE));
    return c->trouble || c->failed || told || shares(c) ||
           clause_word(c,
                       "complain complains complaining report reports see sees stare staring hit "
                       "hits affects affecting affected happens happened happening",
                       0) < c->count;
}

/* "... were signed out", "... get thrown back", "... had their notes erased". */
static bool suffers(const struct clause *c, size_t i) {
    const size_t verb = clause_find(c, CUE_BE | CUE_GET | CUE_HAVE, i);
    if (verb >= c->count || verb > i + 2) {
        return false;
    }
    const bool has = (clause_cues(c, verb) & CUE_HAVE) && !(clause_cues(c, verb + 1) & CUE_BE);
    const size_t to = verb + (has ? 6 : 4);
    for (size_t k = verb + (has ? 2 : 1); k < to && k < c->count; k++) {
        const bool done = (clause_cues(c, k) & CUE_ED) || view_ends(c->words[k].form, VIEW("ed"));
        if (done && !(clause_cues(c, k) & (CUE_ALLOW | CUE_GOOD | CUE_BE | CUE_HAVE)) &&
            !(clause_kinds(c, k) & KIND_FINE) &&
            !clause_has(c, k, "invited added finished prepared registered enrolled interested")) {
            return true;
        }
    }
    return false;
}

/* "Not only me", "I'm not alone", "more than one of us". */
static bool not_alone(const struct clause *c) {
    const size_t only = clause_word(c, "only just limited alone", 0);
    return only < c->count && clause_denied(c, only) &&
           (clause_has(c, only, "alone limited") || clause_has(c, only + 1, "me mine my"));
}

enum people_hit people_hit(const struct clause *c) {
    uint32_t kinds;
    size_t least;
    return people_read(c, &kinds, &least);
}

enum people_hit people_read(const struct clause *c, uint32_t *kinds, size_t *least) {
    *kinds = 0;
    *least = 0;
    enum people_hit hit = not_alone(c) ? PEOPLE_SOME : PEOPLE_NOT_SAID;
    const bool bad = reports(c);
    for (size_t i = 0; i < c->count; i++) {
        static struct crowd (*const readers[])(const struct clause *, size_t) = {
            pronoun_at, counted_at, group_at, joined_at};
        for (size_t k = 0; k < sizeof(readers) / sizeof(readers[0]); k++) {
            const struct crowd crowd = readers[k](c, i);
            if (crowd.to > crowd.from) {
                const enum people_hit found = crowd.all ? PEOPLE_EACH : PEOPLE_SOME;
                const bool nobody = clause_has(c, i, "none nobody noone no") ||
                                    (i > 0 && clause_has(c, i - 1, "not"));
                const bool befell =
                    (bad || suffers(c, crowd.to) || (nobody && befalls(c, crowd.to))) &&
                    is_hit(c, &crowd);
                hit = befell && found > hit ? found : hit;
                if (befell && readers[k] == group_at) { /* and whoever reports it */
                    *kinds = clause_kinds(c, crowd.to - 1);
                    *least = is_plural(c, crowd.to - 1) ? 3 : 2;
                }
                i = crowd.to - 1;
                break;
            }
        }
    }
    return hit;
}

#include <string.h>

#include "core/redact_scan.h"

#define VALUE_MAX 512 /* bytes of one secret that was written out */

/* ---- in addresses: scheme://user:password@host ---------------------------------------------- */

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* "changeme", "<password>", "$TOKEN": what stands where a secret would. */
static bool stands_in(struct view v) {
    static const char *const words[] = {
        "password", "passwd",   "pass",        "pwd",       "secret",   "token", "user", "username",
        "key",      "changeme", "example",     "xxx",       "***",      "your",  "none", "null",
        "true",     "false",    "placeholder", "undefined", "redacted", "todo",  NULL};
    if (v.n == 0 || strchr("$<{%*[", v.p[0]) != NULL) {
        return true;
    }
    for (size_t i = 0; words[i] != NULL; i++) {
        const size_t n = strlen(words[i]);
        const bool starts = words[i][0] == 'x' || words[i][0] == '*' || words[i][0] == 'y';
        if (scan_here(v, 0, words[i]) && (v.n == n || starts)) {
            return true;
        }
    }
    return false;
}

static void scan_urls(struct view text, struct redact_finds *finds) {
    for (size_t at = view_find(text, VIEW("://"), 0); at != SIZE_MAX;
         at = view_find(text, VIEW("://"), at + 3)) {
        size_t to = at + 3, colon = SIZE_MAX;
        while (to < text.n && to - at < VALUE_MAX && !is_space(text.p[to]) &&
               strchr("@/\"'<>", text.p[to]) == NULL) {
            colon = text.p[to] == ':' && colon == SIZE_MAX ? to : colon;
            to++;
        }
        if (to < text.n && text.p[to] == '@' && colon != SIZE_MAX &&
            !stands_in(view_slice(text, colon + 1, to))) {
            redact_add(finds, REDACT_PASSWORD, colon + 1, to);
        }
    }
}

/* ---- behind a name: "password is ...", api_key = "..." --------------------------------------- */

enum naming {
    NAMES_PASSWORD, /* any value that isn't a plain word is one */
    NAMES_SECRET    /* only what looks random */
};

/* The last word of a name decides: client_secret, SONAR.LOGIN, X-Octopus-ApiKey. Lower case. */
#define NAME(word, naming)                                                                         \
    { word, sizeof(word) - 1, naming }

static const struct {
    const char *word;
    size_t size;
    enum naming naming;
} names[] = {
    NAME("password", NAMES_PASSWORD),
    NAME("passwd", NAMES_PASSWORD),
    NAME("passwort", NAMES_PASSWORD),
    NAME("kennwort", NAMES_PASSWORD),
    NAME("passphrase", NAMES_PASSWORD),
    NAME("passcode", NAMES_PASSWORD),
    NAME("pwd", NAMES_PASSWORD),
    NAME("contrasena", NAMES_PASSWORD),
    NAME("mot de passe", NAMES_PASSWORD),
    NAME("senha", NAMES_PASSWORD),
    NAME("has\305\202o", NAMES_PASSWORD),
    NAME("parola", NAMES_PASSWORD),
    NAME("contrase\303\261a", NAMES_PASSWORD),
    NAME("wachtwoord", NAMES_PASSWORD),
    NAME("\320\277\320\260\321\200\320\276\320\273\321\214", NAMES_PASSWORD),
    NAME("pin", NAMES_PASSWORD),
    NAME("secret", NAMES_SECRET),
    NAME("token", NAMES_SECRET),
    NAME("apikey", NAMES_SECRET),
    NAME("api_key", NAMES_SECRET),
    NAME("api-key", NAMES_SECRET),
    NAME("api key", NAMES_SECRET),
    NAME("accesskey", NAMES_SECRET),
    NAME("access_key", NAMES_SECRET),
    NAME("access-key", NAMES_SECRET),
    NAME("access key", NAMES_SECRET),
    NAME("secret_key", NAMES_SECRET),
    NAME("secret-key", NAMES_SECRET),
    NAME("secret key", NAMES_SECRET),
    NAME("secretkey", NAMES_SECRET),
    NAME("private_key", NAMES_SECRET),
    NAME("privatekey", NAMES_SECRET),
    NAME("auth_key", NAMES_SECRET),
    NAME("license_key", NAMES_SECRET),
    NAME("licensekey", NAMES_SECRET),
    NAME("signing_key", NAMES_SECRET),
    NAME("encryption_key", NAMES_SECRET),
    NAME("access_id", NAMES_SECRET),
    NAME("accessid", NAMES_SECRET),
    NAME("credential", NAMES_SECRET),
    NAME("credentials", NAMES_SECRET),
    NAME("sonar.login", NAMES_SECRET),
    NAME("sonar_login", NAMES_SECRET),
    NAME("bearer", NAMES_SECRET),
};

/* Ends a name at `at` (its last byte is at - 1)? Then its naming; -1. */
static int name_before(struct view text, size_t at) {
    const char last = scan_lower(text.p[at - 1]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const size_t n = names[i].size;
        if (names[i].word[n - 1] != last || at < n || !scan_here(text, at - n, names[i].word)) {
            continue;
        }
        const size_t from = at - n;
        /* "pin" is also the end of "spin"; long words may stand behind others: "userPassword" */
        if (n > 3 || scan_word_start(text, from) || text.p[from - 1] == '_') {
            static const char *const not_secret[] = {
                "csrf", "xsrf", "authenticity", "cancel", "next", "page", NULL};
            return scan_before(text, from, 14, not_secret) ? -1 : (int)names[i].naming;
        }
    }
    return -1;
}

static size_t skip_spaces(struct view text, size_t at) {
    while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t')) {
        at++;
    }
    return at;
}

/* Past "is", "=", ":", ":=", "=>" ... ; `at` where there is none. *spoken: it was a verb. */
static size_t skip_link(struct view text, size_t at, bool *spoken) {
    static const char *const verbs[] = {"is now ", "is set to ", "is: ", "is ",  "was ", "ist ",
                                        "est ",    "es ",        "e ",   "to: ", "to ",  NULL};
    size_t i = at;
    *spoken = false;
    while (i < text.n && i - at < 3 && strchr("\"'`])", text.p[i]) != NULL) {
        i++;
    }
    i = skip_spaces(text, i);
    const size_t signs = i;
    while (i < text.n && i - signs < 4 && strchr(":=?>|", text.p[i]) != NULL) {
        i++;
    }
    if (i > signs) {
        return text.p[i - 1] == '?' ? at : i;
    }
    for (size_t v = 0; verbs[v] != NULL; v++) {
        if (i > at && scan_here(text, i, verbs[v])) {
            *spoken = true;
            return i + strlen(verbs[v]);
        }
    }
    return at;
}

/* What people say about passwords and doesn't tell one. */
static const char plain_words[] =
    " "
    "a about access admin again also always an and are as at bad being bool but by case "
    "case-sensitive change changing correct default different due empty enter field fine "
    "for from given gone good he here hidden i if in incorrect int invalid is it just "
    "kept known long longer lost manager missing must my never new nil no not now of off "
    "ok okay old on one only optional or out prompt required reset reset, right safe "
    "same secure self sent set she short shorter shown so still str string strong stuck "
    "supposed text that the there they this to too true two unable unknown up valid was "
    "we weak what when with written wrong you your ";

static bool plain_word(struct view v) {
    size_t n = v.n;
    while (n > 0 && strchr(".,;:!?\"')", v.p[n - 1]) != NULL) {
        n--;
    }
    struct view rest = {plain_words, sizeof plain_words - 1}, word;
    while (view_split(&rest, ' ', &word)) {
        if (word.n > 0 && view_eq_nocase(word, view_slice(v, 0, n))) {
            return true;
        }
    }
    /* Participles and adjectives: "rejected", "working", "acceptable". */
    static const char *const ends[] = {"ed", "ing", "able", "ible", "ly", "ive", "ten", NULL};
    for (size_t i = 0; ends[i] != NULL; i++) {
        const size_t e = strlen(ends[i]);
        bool letters = n > e + 1;
        for (size_t k = 0; k < n && letters; k++) {
            letters = scan_letter(v.p[k]) && !(k > 0 && scan_upper(v.p[k]));
        }
        if (letters && scan_here(v, n - e, ends[i])) {
            return true;
        }
    }
    return false;
}

/* Does a value without quotes end here? */
static bool ends_value(struct view text, size_t at) {
    const char c = text.p[at];
    const bool mark = c == ',' || c == ';';
    return is_space(c) || strchr("\"'`<>", c) != NULL ||
           (mark && (at + 1 == text.n || is_space(text.p[at + 1])));
}

/* The value that starts here: between its quotes, or up to white space. */
static struct view read_value(struct view text, size_t at, bool *quoted) {
    static const char *const schemes[] = {"bearer ", "basic ", "token ", NULL};
    static const char *const openers[] = {"\"", "'", "`", "[\"", "['", "(\"", "('", NULL};
    size_t from = at;
    for (size_t i = 0; schemes[i] != NULL && from == at; i++) {
        from += scan_here(text, at, schemes[i]) ? strlen(schemes[i]) : 0;
    }
    from = skip_spaces(text, from);
    *quoted = false;
    for (size_t i = 0; openers[i] != NULL && !*quoted; i++) {
        *quoted = scan_here(text, from, openers[i]);
        from += *quoted ? strlen(openers[i]) : 0;
    }
    size_t to = from;
    while (
        to < text.n && to - from < VALUE_MAX &&
        !(*quoted ? text.p[to] == text.p[from - 1] || text.p[to] == '\n' : ends_value(text, to))) {
        to++;
    }
    while (!*quoted && to > from && strchr(".!?)]}", text.p[to - 1]) != NULL) {
        to--; /* the sentence's; a password that ends so loses little */
    }
    return view_slice(text, from, to);
}

static bool is_secret(struct view value, enum naming naming, bool spoken, bool quoted) {
    if (stands_in(value)) {
        return false;
    }
    if (naming == NAMES_SECRET) {
        return value.n >= 8 && scan_random(value) && view_find(value, VIEW("://"), 0) == SIZE_MAX &&
               view_find(value, VIEW(" "), 0) == SIZE_MAX;
    }
    if (value.n < 3 || view_find(value, VIEW("("), 0) != SIZE_MAX) {
        return false;
    }
    return quoted || !plain_word(value) || (!spoken && scan_random(value));
}

static void look_behind_name(struct view text, size_t at, enum naming naming,
                             struct redact_finds *finds) {
    bool spoken = false, quoted = false;
    const size_t link = skip_link(text, at, &spoken);
    if (link == at) {
        return;
    }
    const size_t start = skip_spaces(text, link);
    const struct view value = read_value(text, start, &quoted);
    if (value.n > 0 && is_secret(value, naming, spoken, quoted)) {
        const size_t from = (size_t)(value.p - text.p);
        redact_add(finds, naming == NAMES_PASSWORD ? REDACT_PASSWORD : REDACT_KEY, from,
                   from + value.n);
    }
}

static void scan_names(struct view text, struct redact_finds *finds) {
    for (size_t at = 1; at <= text.n; at++) {
        const char last = text.p[at - 1], next = at < text.n ? text.p[at] : ' ';
        if ((!scan_alnum(last) && (unsigned char)last < 0x80) || scan_alnum(next) || next == '_' ||
            (unsigned char)next >= 0x80) {
            continue; /* no name ends here */
        }
        const int naming = name_before(text, at);
        if (naming >= 0) {
            look_behind_name(text, at, (enum naming)naming, finds);
        }
    }
}

/* ---- given to a command or in a header ------------------------------------------------------ */

/* "-u user:password", "--user user:password": what stands behind the colon. */
static void scan_command_user(struct view text, struct redact_finds *finds) {
    static const char *const flags[] = {"-u ", "-u", "--user ", "--user=", "--proxy-user ", NULL};
    for (size_t at = view_find(text, VIEW("curl"), 0); at != SIZE_MAX;
         at = view_find(text, VIEW("curl"), at + 4)) {
        for (size_t i = at; i < text.n && i - at < VALUE_MAX; i++) {
            size_t f = 0;
            while (flags[f] != NULL && !scan_here(text, i, flags[f])) {
                f++;
            }
            if (flags[f] == NULL || !is_space(text.p[i - 1])) {
                continue;
            }
            bool quoted;
            const struct view v =
                read_value(text, skip_spaces(text, i + strlen(flags[f])), &quoted);
            const size_t colon = view_find(v, VIEW(":"), 0);
            const struct view secret = view_slice(v, colon == SIZE_MAX ? v.n : colon + 1, v.n);
            if (secret.n >= 3 && !stands_in(secret) && !stands_in(v)) {
                const size_t from = (size_t)(secret.p - text.p);
                redact_add(finds, REDACT_PASSWORD, from, from + secret.n);
            }
        }
    }
}

/* "Authorization: Bearer ...", "X-Api-Token: ..." */
static void scan_headers(struct view text, struct redact_finds *finds) {
    static const char *const heads[] = {"authorization", "x-api-key",     "x-auth-token",
                                        "x-api-token",   "private-token", NULL};
    for (size_t at = 0; at < text.n; at++) {
        if (!scan_word_start(text, at) ||
            (scan_lower(text.p[at]) != 'a' && scan_lower(text.p[at]) != 'x' &&
             scan_lower(text.p[at]) != 'p')) {
            continue;
        }
        for (size_t h = 0; heads[h] != NULL; h++) {
            if (scan_here(text, at, heads[h])) {
                look_behind_name(text, at + strlen(heads[h]), NAMES_SECRET, finds);
            }
        }
    }
}

void redact_scan_passwords(struct view text, struct redact_finds *finds) {
    scan_urls(text, finds);
    scan_names(text, finds);
    scan_command_user(text, finds);
    scan_headers(text, finds);
}

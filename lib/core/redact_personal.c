#include <string.h>

#include "core/redact_scan.h"

/* ---- e-mail --------------------------------------------------------------------------------- */

static bool local_char(char c) {
    return scan_alnum(c) || (c != '\0' && strchr("._%+-'", c) != NULL);
}

static bool domain_char(char c) {
    return scan_alnum(c) || c == '-' || c == '.';
}

/* "ssh student@vm.range.example" names a machine, not a mailbox. */
static bool is_login(struct view text, size_t from, size_t to) {
    static const char *const commands[] = {"ssh ",  "scp ",   "sftp ",        "rsync ", "git@",
                                           "mosh ", "ssh://", "ssh-copy-id ", "sshfs ", NULL};
    const bool path =
        to + 1 < text.n && text.p[to] == ':' &&
        (scan_letter(text.p[to + 1]) || text.p[to + 1] == '/' || text.p[to + 1] == '~');
    return path || scan_before(text, from + 4 < text.n ? from + 4 : from, 44, commands);
}

/* "scheme://user:password@host": what stands before the @ is no mailbox. */
static bool in_url(struct view text, size_t from) {
    size_t at = from;
    while (at > 0 && from - at < 128 && text.p[at - 1] > ' ') {
        at--;
    }
    return view_find(view_slice(text, 0, from), VIEW("://"), at) != SIZE_MAX;
}

/* The end of a domain with at least one dot that starts here; `from` where it isn't one. */
static size_t domain_end(struct view text, size_t from) {
    size_t to = from, dot = SIZE_MAX;
    while (to < text.n && to - from < 253 && domain_char(text.p[to])) {
        if (text.p[to] == '.') {
            if (to == from || text.p[to - 1] == '.' || text.p[to - 1] == '-') {
                break;
            }
            if (to + 1 < text.n && scan_alnum(text.p[to + 1])) {
                dot = to;
            }
        }
        to++;
    }
    while (to > from && !scan_alnum(text.p[to - 1])) {
        to--;
    }
    const size_t tld = dot != SIZE_MAX && to > dot ? to - dot - 1 : 0;
    return tld >= 2 && scan_letter(text.p[dot + 1]) ? to : from;
}

void redact_scan_addresses(struct view text, struct redact_finds *finds) {
    for (size_t at = 0; at < text.n; at++) {
        if (text.p[at] != '@') {
            continue;
        }
        size_t from = at;
        while (from > 0 && at - from < 64 && local_char(text.p[from - 1])) {
            from--;
        }
        while (from < at && !scan_alnum(text.p[from])) {
            from++;
        }
        const size_t to = domain_end(text, at + 1);
        if (from < at && to > at + 1 && !is_login(text, from, to) && !in_url(text, from)) {
            redact_add(finds, REDACT_EMAIL, from, to);
            at = to - 1;
        }
    }
}

/* ---- IBAN ----------------------------------------------------------------------------------- */

#define IBAN_MIN 15
#define IBAN_MAX 34

/* ISO 7064 mod 97-10, the first four characters last. */
static bool iban_checks(const char *code, size_t n) {
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++) {
        const char c = code[(i + 4) % n];
        rest = scan_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97
                             : (rest * 100 + (unsigned)(c - 'A' + 10)) % 97;
    }
    return rest == 1;
}

/* Characters with single spaces between groups; the longest prefix whose check digits hold. */
static size_t iban_end(struct view text, size_t from) {
    char code[IBAN_MAX];
    size_t n = 0, best = from;
    for (size_t at = from; at < text.n && n < IBAN_MAX; at++) {
        const char c = text.p[at];
        if (!scan_alnum(c)) {
            const bool gap = (c == ' ' || c == '-') && at + 1 < text.n &&
                             scan_alnum(text.p[at + 1]) && n % 4 == 0;
            if (!gap) {
                break;
            }
            continue;
        }
        code[n++] = scan_letter(c) && !scan_upper(c) ? (char)(c - 'a' + 'A') : c;
        const bool ends = at + 1 == text.n || !scan_alnum(text.p[at + 1]);
        if (ends && n >= IBAN_MIN && iban_checks(code, n)) {
            best = at + 1;
        }
    }
    return best;
}

/* ---- national ids with letters in them ------------------------------------------------------ */

static size_t alnum_run(struct view text, size_t at) {
    size_t n = 0;
    while (at + n < text.n && n < 40 && scan_alnum(text.p[at + n])) {
        n++;
    }
    return n;
}

/* 'A' a letter, '9' a digit, anything else itself. */
static bool has_shape(const char *p, const char *shape) {
    for (size_t i = 0; shape[i] != '\0'; i++) {
        const bool fits = shape[i] == 'A'   ? scan_letter(p[i])
                          : shape[i] == '9' ? scan_digit(p[i])
                                            : scan_lower(p[i]) == shape[i];
        if (!fits) {
            return false;
        }
    }
    return true;
}

/* United Kingdom: QQ123456C, with letters that are never given out. */
static bool is_nino(const char *p, size_t n) {
    return n == 9 && has_shape(p, "AA999999A") && strchr("dfiquv", scan_lower(p[0])) == NULL &&
           strchr("dfiqouv", scan_lower(p[1])) == NULL && strchr("abcd", scan_lower(p[8])) != NULL;
}

/* Spain: eight digits, or X, Y, Z and seven, and the letter that they lead to. */
static bool is_dni(const char *p, size_t n) {
    if (n != 9 || !(has_shape(p, "99999999A") || has_shape(p, "A9999999A"))) {
        return false;
    }
    const char first = scan_lower(p[0]);
    unsigned long number = 0;
    if (scan_letter(first) && (first < 'x' || first > 'z')) {
        return false;
    }
    for (size_t i = 0; i < 8; i++) {
        const char c = i == 0 && scan_letter(first) ? (char)(first - 'x' + '0') : p[i];
        number = number * 10 + (unsigned long)(c - '0');
    }
    return scan_lower(p[8]) == "trwagmyfpdxbnjzsqvhlcke"[number % 23];
}

/* Italy: sixteen characters, the last of which checks the others. */
static bool is_codice_fiscale(const char *p, size_t n) {
    static const unsigned char odd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                        20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    if (n != 16 || !has_shape(p, "AAAAAA99A99A999A")) {
        return false;
    }
    unsigned sum = 0;
    for (size_t i = 0; i < 15; i++) {
        const unsigned value =
            scan_digit(p[i]) ? (unsigned)(p[i] - '0') : (unsigned)(scan_lower(p[i]) - 'a');
        sum += i % 2 == 0 ? odd[value] : value;
    }
    return (unsigned)(scan_lower(p[15]) - 'a') == sum % 26;
}

void redact_scan_codes(struct view text, struct redact_finds *finds) {
    for (size_t at = 0; at < text.n;) {
        if (!scan_alnum(text.p[at])) {
            at++;
            continue;
        }
        const size_t n = alnum_run(text, at);
        const char *p = text.p + at;
        size_t end = at;
        if (scan_word_start(text, at)) {
            if (n >= 4 && has_shape(p, "AA99")) {
                end = iban_end(text, at);
            }
            if (end > at) {
                redact_add(finds, REDACT_IBAN, at, end);
            } else if (is_nino(p, n) || is_dni(p, n) || is_codice_fiscale(p, n)) {
                redact_add(finds, REDACT_NATIONAL_ID, at, at + n);
            }
        }
        at = end > at + n ? end : at + n;
    }
}

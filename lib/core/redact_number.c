#include <string.h>

#include "core/redact_scan.h"

#define GROUPS_MAX 8
#define DIGITS_MAX 22

/* Digits with single separators between their groups: "0292 43 64 94", "(514)279-6086". */
struct digits {
    size_t from, to;
    char value[DIGITS_MAX];
    size_t count;
    size_t group[GROUPS_MAX]; /* digits in each */
    size_t ends[GROUPS_MAX];  /* where each ends in the text */
    size_t groups;
    char gap[GROUPS_MAX]; /* what stands behind each; '\0': a bracket or nothing */
    char separator;       /* '\0': none; '?': different ones */
    bool plus;
    bool bracket; /* a part stands in brackets */
    bool too_long;
};

static bool is_separator(char c) {
    return c == ' ' || c == '-' || c == '.' || c == '/';
}

/* How many characters lead from one group to the next; 0: they don't. */
static size_t step_over(struct view text, size_t at, struct digits *d) {
    size_t i = at;
    char separator = '\0';
    if (i < text.n && text.p[i] == ')') {
        d->bracket = true;
        i++;
    }
    if (i < text.n && is_separator(text.p[i])) {
        separator = text.p[i++];
    }
    if (i < text.n && text.p[i] == '(') {
        d->bracket = true;
        i++;
    }
    if (i == at || i >= text.n || !scan_digit(text.p[i])) {
        return 0;
    }
    d->gap[d->groups - 1] = separator;
    if (separator != '\0') {
        d->separator = d->separator == '\0' || d->separator == separator ? separator : '?';
    }
    return i - at;
}

static void read_digits(struct view text, size_t from, struct digits *d) {
    size_t at = from;
    *d = (struct digits){.from = from};
    while (at < text.n && (text.p[at] == '+' || text.p[at] == '(')) {
        d->plus = d->plus || text.p[at] == '+';
        d->bracket = d->bracket || text.p[at] == '(';
        at++;
    }
    for (;;) {
        size_t n = 0;
        while (at < text.n && scan_digit(text.p[at])) {
            if (d->count == DIGITS_MAX) {
                d->too_long = true;
            } else {
                d->value[d->count++] = text.p[at];
                n++;
            }
            at++;
        }
        d->group[d->groups] = n;
        d->ends[d->groups++] = at;
        d->to = at;
        const size_t step = d->groups < GROUPS_MAX && !d->too_long ? step_over(text, at, d) : 0;
        if (step == 0) {
            return;
        }
        at += step;
    }
}

/* ---- what a number may be ------------------------------------------------------------------- */

static bool luhn(const char *digits, size_t n) {
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)(digits[n - 1 - i] - '0') * (i % 2 == 1 ? 2u : 1u);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0;
}

static bool is_card(struct view text, const struct digits *d) {
    static const char *const words[] = {"card", "visa", "mastercard", "amex", "credit", NULL};
    if (d->plus || d->count < 12 || d->count > 19 || d->too_long ||
        (d->separator != '\0' && d->separator != ' ' && d->separator != '-') ||
        !luhn(d->value, d->count)) {
        return false;
    }
    for (size_t i = 0; i < d->groups && d->groups > 1; i++) {
        if (d->group[i] < 3 || d->group[i] > 7) {
            return false;
        }
    }
    const bool issued = d->value[0] >= '2' && d->value[0] <= '6';
    return issued || scan_before(text, d->from, 48, words);
}

static bool is_ssn(struct view text, const struct digits *d) {
    static const char *const words[] = {"ssn", "social security", "soc sec", NULL};
    if (d->count != 9 || d->plus || d->bracket) {
        return false;
    }
    const bool shaped = d->groups == 3 && d->group[0] == 3 && d->group[1] == 2 &&
                        (d->separator == '-' || d->separator == ' ');
    if (!shaped && !(d->groups == 1 && scan_before(text, d->from, 40, words))) {
        return false;
    }
    const char *v = d->value;
    return strncmp(v, "000", 3) != 0 && strncmp(v, "666", 3) != 0 && v[0] != '9' &&
           strncmp(v + 3, "00", 2) != 0 && strncmp(v + 5, "0000", 4) != 0;
}

static unsigned number(const char *p, size_t n) {
    unsigned value = 0;
    for (size_t i = 0; i < n; i++) {
        value = value * 10 + (unsigned)(p[i] - '0');
    }
    return value;
}

static bool is_date(const struct digits *d) {
    if (d->groups < 3 || d->plus || d->gap[0] == '\0' || d->gap[0] == ' ' ||
        d->gap[0] != d->gap[1]) {
        return false;
    }
    const size_t *g = d->group;
    const unsigned a = number(d->value, g[0]), b = number(d->value + g[0], g[1]),
                   c = number(d->value + g[0] + g[1], g[2]);
    const bool year_first = g[0] == 4 && g[1] <= 2 && g[2] <= 2 && a >= 1900 && a < 2200;
    const bool year_last = g[0] <= 2 && g[1] <= 2 && (g[2] == 4 || g[2] == 2) && a <= 31 && b <= 31;
    const bool whole = d->groups == 3 || d->gap[2] == ' ';
    return (year_first && b <= 12 && c <= 31) || (whole && year_last && a > 0 && b > 0);
}

/* "12.345.678" counts something. */
static bool is_amount(const struct digits *d) {
    for (size_t i = 1; i < d->groups; i++) {
        if (d->group[i] != 3 || d->gap[i - 1] != '.') {
            return false;
        }
    }
    return d->groups > 1 && d->value[0] != '0';
}

static bool is_year(const char *p) {
    return strncmp(p, "19", 2) == 0 || strncmp(p, "20", 2) == 0;
}

/* The ways in which phones are written; "6215 319 Orchard Road" isn't one. */
static bool phone_groups(const struct digits *d) {
    const size_t *g = d->group;
    const bool trunk = d->value[0] == '0';
    if (is_amount(d)) {
        return false;
    }
    if (d->groups == 1) {
        return trunk && d->count >= 10 && d->count <= 11;
    }
    if (d->groups == 2) {
        return (g[0] == 3 && g[1] == 4) ||
               (g[0] == 4 && g[1] == 4 && d->separator == ' ' &&
                !(is_year(d->value) && is_year(d->value + 4))) ||
               (trunk && g[0] >= 3 && g[0] <= 5 && g[1] >= 5) ||
               (g[0] == 5 && g[1] == 6 && trunk) || (d->bracket && g[1] >= 5);
    }
    for (size_t i = 0; i < d->groups; i++) {
        if (g[i] < 2 || g[i] > 5) {
            return d->bracket && g[i] == 1;
        }
    }
    return d->separator != '/' || d->bracket;
}

static bool is_phone(struct view text, const struct digits *d) {
    static const char *const words[] = {"phone",   "tel",   "mobile",    "cell", "call ",
                                        "fax",     "sms",   "whatsapp",  "dial", "reach me at",
                                        "telefon", "handy", "number is", NULL};
    if (d->too_long || d->count < 7 || d->count > 15 || is_date(d)) {
        return false;
    }
    if (d->plus) {
        return true;
    }
    if (d->groups == 4 && d->separator == '.' && d->group[3] <= 3 && d->group[0] <= 3 &&
        d->group[1] <= 3 && d->group[2] <= 3 && d->count > 8) {
        return false; /* an address of the network, or a version */
    }
    if (d->count <= 13 && phone_groups(d)) {
        return true;
    }
    return scan_before(text, d->from, 24, words);
}

/* ---- addresses of the network --------------------------------------------------------------- */

/* Addresses that lead nowhere outside (RFC 1918, 5737, 6598, loopback, link-local, multicast) name
 * no person, and a ticket about a lab is worth little without them. */
static bool is_public(const unsigned char a[4]) {
    static const struct {
        unsigned char net[3];
        unsigned char bits;
    } kept[] = {{{0, 0, 0}, 8},      {{10, 0, 0}, 8},      {{100, 64, 0}, 10},  {{127, 0, 0}, 8},
                {{169, 254, 0}, 16}, {{172, 16, 0}, 12},   {{192, 0, 2}, 24},   {{192, 168, 0}, 16},
                {{198, 18, 0}, 15},  {{198, 51, 100}, 24}, {{203, 0, 113}, 24}, {{224, 0, 0}, 3}};
    const uint32_t ip = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const uint32_t net = (uint32_t)kept[i].net[0] << 24 | (uint32_t)kept[i].net[1] << 16 |
                             (uint32_t)kept[i].net[2] << 8;
        if ((ip ^ net) >> (32 - kept[i].bits) == 0) {
            return false;
        }
    }
    return true;
}

enum address { ADDRESS_NONE, ADDRESS_KEPT, ADDRESS_PUBLIC };

static enum address read_ipv4(struct view text, size_t from, size_t *to) {
    unsigned char octets[4];
    size_t at = from;
    for (size_t i = 0; i < 4; i++) {
        size_t n = 0;
        unsigned value = 0;
        while (at + n < text.n && n < 4 && scan_digit(text.p[at + n])) {
            value = value * 10 + (unsigned)(text.p[at + n] - '0');
            n++;
        }
        if (n == 0 || n > 3 || value > 255) {
            return ADDRESS_NONE;
        }
        octets[i] = (unsigned char)value;
        at += n;
        if (i < 3 && (at >= text.n || text.p[at++] != '.')) {
            return ADDRESS_NONE;
        }
    }
    const bool goes_on =
        at < text.n && (scan_alnum(text.p[at]) ||
                        (text.p[at] == '.' && at + 1 < text.n && scan_digit(text.p[at + 1])));
    static const char *const versions[] = {"version", "v", "release", "build", NULL};
    if (goes_on || scan_before(text, from, 9, versions)) {
        return ADDRESS_NONE;
    }
    *to = at;
    return is_public(octets) ? ADDRESS_PUBLIC : ADDRESS_KEPT;
}

static int hex(char c) {
    const char l = scan_lower(c);
    return scan_digit(l) ? l - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Hexadecimal groups with colons, at least two of those; global unicast without 2001:db8. */
static enum address read_ipv6(struct view text, size_t from, size_t *to) {
    size_t at = from, groups = 0, colons = 0;
    unsigned first = 0, second = 0;
    bool gap = false;
    while (at < text.n && at - from < 46) {
        size_t n = 0;
        unsigned value = 0;
        while (at < text.n && n < 5 && hex(text.p[at]) >= 0) {
            value = value * 16 + (unsigned)hex(text.p[at]);
            n++;
            at++;
        }
        if (n > 4) {
            return ADDRESS_NONE;
        }
        groups += n > 0 ? 1 : 0;
        first = groups == 1 && n > 0 ? value : first;
        second = groups == 2 && n > 0 ? value : second;
        if (at >= text.n || text.p[at] != ':' || groups > 8) {
            break;
        }
        gap = gap || (at + 1 < text.n && text.p[at + 1] == ':');
        const size_t width = at + 1 < text.n && text.p[at + 1] == ':' ? 2 : 1;
        if (at + width >= text.n || (width == 1 && hex(text.p[at + 1]) < 0)) {
            break;
        }
        at += width;
        colons += width;
    }
    const bool whole = at >= text.n || !scan_alnum(text.p[at]);
    if (!whole || (groups != 8 && !(gap && groups >= 2 && colons >= 3))) {
        return ADDRESS_NONE;
    }
    *to = at;
    return (first & 0xe000) == 0x2000 && !(first == 0x2001 && second == 0x0db8) ? ADDRESS_PUBLIC
                                                                                : ADDRESS_KEPT;
}

/* ---- the pass ------------------------------------------------------------------------------- */

/* May a number begin here, and not be a part of something larger? */
static bool may_begin(struct view text, size_t at) {
    const char before = at > 0 ? text.p[at - 1] : ' ';
    if (scan_alnum(before) || (unsigned char)before >= 0x80 ||
        strchr("_#$%&@\\~", before) != NULL) {
        return false;
    }
    /* "CVE-2021-44228" goes on, "Phone:555" doesn't. */
    return !((before == '.' || before == '-' || before == '/') && at > 1 &&
             scan_alnum(text.p[at - 2]));
}

static bool ends_well(struct view text, size_t to) {
    const char after = to < text.n ? text.p[to] : ' ';
    const bool joined = (after == '-' || after == '_' || after == '/' || after == '\\') &&
                        to + 1 < text.n && scan_alnum(text.p[to + 1]);
    return !scan_alnum(after) && after != '@' && after != '%' && !joined;
}

/* Is there an address here? *end: where it ends. */
static bool take_address(struct view text, size_t at, size_t *end, struct redact_finds *finds) {
    const char before = at > 0 ? text.p[at - 1] : ' ';
    if (scan_alnum(before) || before == '.' || before == '_' || before == ':') {
        return false;
    }
    enum address address = scan_digit(text.p[at]) ? read_ipv4(text, at, end) : ADDRESS_NONE;
    if (address == ADDRESS_NONE) {
        address = read_ipv6(text, at, end);
    }
    if (address == ADDRESS_PUBLIC) {
        redact_add(finds, REDACT_IP, at, *end);
    }
    return address != ADDRESS_NONE;
}

/* Is there a card, an id or a phone here? *end: where it ends, or where to look again. */
static bool take_number(struct view text, size_t at, size_t *end, struct redact_finds *finds) {
    struct digits d;
    read_digits(text, at, &d);
    *end = d.count > 0 ? d.ends[0] : at + 1;
    if (d.count == 0 || !ends_well(text, d.to)) {
        return false;
    }
    if (is_card(text, &d)) {
        redact_add(finds, REDACT_CARD, at, d.to);
    } else if (is_ssn(text, &d)) {
        redact_add(finds, REDACT_NATIONAL_ID, at, d.to);
    } else if (is_phone(text, &d)) {
        redact_add(finds, REDACT_PHONE, at, d.to);
    } else {
        return false;
    }
    *end = d.to;
    return true;
}

void redact_scan_numbers(struct view text, struct redact_finds *finds) {
    for (size_t at = 0; at < text.n;) {
        const char c = text.p[at];
        size_t end = at + 1;
        if ((hex(c) >= 0 || c == ':') && take_address(text, at, &end, finds)) {
            at = end;
            continue;
        }
        const bool lead = (c == '+' || c == '(') && at + 1 < text.n &&
                          (scan_digit(text.p[at + 1]) || text.p[at + 1] == '(');
        if ((scan_digit(c) || lead) && may_begin(text, at)) {
            (void)take_number(text, at, &end, finds);
            at = end;
            continue;
        }
        /* The rest of a word or a number that didn't begin well. */
        at++;
        while (scan_alnum(c) && at < text.n && scan_alnum(text.p[at])) {
            at++;
        }
    }
}

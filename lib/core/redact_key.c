#include <string.h>

#include "core/redact_scan.h"

/* What may stand in the body of a token. */
enum body { BODY_ALNUM, BODY_HEX, BODY_UPPER, BODY_URL, BODY_BASE64 };

/* Tokens that services mark with a prefix. Case counts. */
static const struct token_shape {
    const char *prefix;
    enum body body;
    unsigned short least, most; /* characters of the body */
} shapes[] = {
    {"AKIA", BODY_UPPER, 16, 16},        {"ASIA", BODY_UPPER, 16, 16},
    {"ABIA", BODY_UPPER, 16, 16},        {"ACCA", BODY_UPPER, 16, 16},
    {"ABSK", BODY_BASE64, 109, 271},     {"bedrock-api-key-", BODY_BASE64, 60, 800},
    {"ghp_", BODY_ALNUM, 36, 255},       {"gho_", BODY_ALNUM, 36, 255},
    {"ghu_", BODY_ALNUM, 36, 255},       {"ghs_", BODY_ALNUM, 36, 255},
    {"ghr_", BODY_ALNUM, 36, 255},       {"github_pat_", BODY_URL, 22, 255},
    {"glpat-", BODY_URL, 20, 300},       {"glrt-", BODY_URL, 20, 300},
    {"gldt-", BODY_URL, 20, 300},        {"glptt-", BODY_URL, 40, 300},
    {"glcbt-", BODY_URL, 20, 300},       {"glsoat-", BODY_URL, 20, 300},
    {"GR1348941", BODY_URL, 20, 40},     {"xoxb-", BODY_URL, 20, 300},
    {"xoxp-", BODY_URL, 20, 300},        {"xoxa-", BODY_URL, 20, 300},
    {"xoxo-", BODY_URL, 20, 300},        {"xoxr-", BODY_URL, 20, 300},
    {"xoxs-", BODY_URL, 20, 300},        {"xoxe-", BODY_URL, 20, 300},
    {"xoxe.xox", BODY_URL, 20, 300},     {"xapp-", BODY_URL, 20, 300},
    {"sk-ant-api03-", BODY_URL, 95, 95}, {"sk-ant-admin01-", BODY_URL, 95, 95},
    {"sk-proj-", BODY_URL, 60, 300},     {"sk-svcacct-", BODY_URL, 60, 300},
    {"sk-or-v1-", BODY_HEX, 64, 64},     {"sk-", BODY_ALNUM, 32, 64},
    {"sk_live_", BODY_ALNUM, 16, 255},   {"sk_test_", BODY_ALNUM, 16, 255},
    {"rk_live_", BODY_ALNUM, 16, 255},   {"rk_test_", BODY_ALNUM, 16, 255},
    {"whsec_", BODY_BASE64, 24, 255},    {"hf_", BODY_ALNUM, 30, 60},
    {"api_org_", BODY_ALNUM, 30, 60},    {"AIza", BODY_URL, 35, 35},
    {"ya29.", BODY_URL, 20, 400},        {"GOCSPX-", BODY_URL, 20, 60},
    {"ntn_", BODY_ALNUM, 40, 60},        {"secret_", BODY_ALNUM, 43, 43},
    {"SG.", BODY_URL, 40, 100},          {"npm_", BODY_ALNUM, 36, 36},
    {"pypi-", BODY_URL, 50, 400},        {"dop_v1_", BODY_HEX, 64, 64},
    {"doo_v1_", BODY_HEX, 64, 64},       {"shpat_", BODY_HEX, 32, 32},
    {"shpss_", BODY_HEX, 32, 32},        {"shpca_", BODY_HEX, 32, 32},
    {"sq0atp-", BODY_URL, 22, 22},       {"sq0csp-", BODY_URL, 43, 43},
    {"EAAA", BODY_URL, 60, 64},          {"EAAAE", BODY_URL, 55, 64},
    {"glsa_", BODY_URL, 40, 60},         {"glc_", BODY_BASE64, 32, 400},
    {"dckr_pat_", BODY_URL, 27, 60},     {"dp.pt.", BODY_ALNUM, 40, 50},
    {"hvs.", BODY_URL, 24, 300},         {"hvb.", BODY_URL, 24, 300},
    {"sgp_", BODY_HEX, 32, 80},          {"sqp_", BODY_ALNUM, 40, 40},
    {"squ_", BODY_ALNUM, 40, 40},        {"sqa_", BODY_ALNUM, 40, 40},
    {"fo1_", BODY_URL, 43, 43},          {"fm1r_", BODY_BASE64, 60, 800},
    {"fm2_", BODY_BASE64, 60, 800},      {"lin_api_", BODY_ALNUM, 40, 40},
    {"PMAK-", BODY_URL, 50, 70},         {"rubygems_", BODY_HEX, 48, 48},
    {"NRAK-", BODY_ALNUM, 27, 27},       {"key-", BODY_HEX, 32, 32},
    {"ATATT3", BODY_URL, 100, 300},      {"ATBB", BODY_ALNUM, 32, 40},
    {"ico-", BODY_ALNUM, 32, 32},        {"s-s4t2", BODY_URL, 60, 80},
    {"API-", BODY_UPPER, 25, 30},        {"EZAK", BODY_ALNUM, 54, 54},
    {"EZTK", BODY_ALNUM, 54, 54},        {"pscale_tkn_", BODY_URL, 32, 64},
    {"pscale_pw_", BODY_URL, 32, 64},    {"tfp_", BODY_URL, 40, 80},
    {"dapi", BODY_HEX, 32, 34},          {"r8_", BODY_ALNUM, 37, 37},
    {"gsk_", BODY_ALNUM, 40, 60},        {"pplx-", BODY_ALNUM, 40, 60},
    {"ops_", BODY_BASE64, 200, 2000},    {"A3-", BODY_UPPER, 28, 40},
    {"NTHAK", BODY_ALNUM, 20, 60},       {"AGE-SECRET-KEY-", BODY_UPPER, 50, 80},
};

static bool in_body(char c, enum body body) {
    const char l = scan_lower(c);
    switch (body) {
    case BODY_ALNUM:
        return scan_alnum(c);
    case BODY_HEX:
        return scan_digit(c) || (l >= 'a' && l <= 'f');
    case BODY_UPPER:
        return scan_digit(c) || scan_upper(c) || c == '-';
    case BODY_URL:
        return scan_alnum(c) || c == '-' || c == '_' || c == '.';
    case BODY_BASE64:
        return scan_alnum(c) || (c != '\0' && strchr("+/=_-", c) != NULL);
    }
    return false;
}

static bool prefix_here(struct view text, size_t at, const char *prefix) {
    const size_t n = strlen(prefix);
    return text.n - at >= n && memcmp(text.p + at, prefix, n) == 0;
}

#define TOKEN_MIN 20 /* bytes of the shortest of them, prefix included */

static bool long_enough(struct view text, size_t at) {
    size_t n = 0;
    while (n < TOKEN_MIN && at + n < text.n &&
           (in_body(text.p[at + n], BODY_BASE64) || text.p[at + n] == '.')) {
        n++;
    }
    return n == TOKEN_MIN;
}

static size_t token_end(struct view text, size_t at) {
    if (!long_enough(text, at)) {
        return at;
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct token_shape *shape = &shapes[i];
        if (shape->prefix[0] != text.p[at] || !prefix_here(text, at, shape->prefix)) {
            continue;
        }
        const size_t from = at + strlen(shape->prefix);
        size_t to = from;
        while (to < text.n && to - from <= shape->most && in_body(text.p[to], shape->body)) {
            to++;
        }
        while (to > from && (text.p[to - 1] == '.' || text.p[to - 1] == '-')) {
            to--; /* the sentence's */
        }
        if (to - from >= shape->least && to - from <= shape->most &&
            scan_random(view_slice(text, from, to))) {
            return to;
        }
    }
    return at;
}

/* Three base64url parts with dots, the first of which is a JSON object: a JSON web token. */
static size_t jwt_end(struct view text, size_t at) {
    size_t to = at, dots = 0, part = 0;
    if (!prefix_here(text, at, "eyJ")) {
        return at;
    }
    while (to < text.n && to - at < 8192) {
        if (text.p[to] == '.' && part >= 4) {
            dots++;
            part = 0;
        } else if (scan_alnum(text.p[to]) || text.p[to] == '-' || text.p[to] == '_' ||
                   text.p[to] == '=') {
            part++;
        } else {
            break;
        }
        to++;
    }
    const size_t min = dots >= 1 ? 30 : 80; /* cut off behind its first part it still says enough */
    return to - at >= min ? to : at;
}

/* "-----BEGIN ... PRIVATE KEY-----" to its end, or to the end of the text. */
static size_t private_key_end(struct view text, size_t at) {
    if (!prefix_here(text, at, "-----BEGIN ")) {
        return at;
    }
    const size_t head = view_find(view_slice(text, 0, at + 80), VIEW("PRIVATE KEY"), at);
    if (head == SIZE_MAX) {
        return at;
    }
    const size_t tail = view_find(text, VIEW("-----END "), head);
    if (tail == SIZE_MAX) {
        return text.n - head > 60 ? text.n : at;
    }
    if (tail - head < 60) {
        return at; /* nothing in between */
    }
    const size_t close = view_find(text, VIEW("-----"), tail + 9);
    return close == SIZE_MAX ? text.n : close + 5;
}

/* Secrets of Azure applications have their mark in the middle: "abc8Q~...". */
static bool azure_char(char c) {
    return scan_alnum(c) || c == '_' || c == '~' || c == '.' || c == '-';
}

static void scan_azure(struct view text, struct redact_finds *finds) {
    for (size_t at = view_find(text, VIEW("Q~"), 0); at != SIZE_MAX;
         at = view_find(text, VIEW("Q~"), at + 2)) {
        size_t from = at, to = at + 2;
        while (from > 0 && at - from < 4 && azure_char(text.p[from - 1])) {
            from--;
        }
        while (to < text.n && to - at < 40 && azure_char(text.p[to])) {
            to++;
        }
        if (at - from >= 4 && scan_digit(text.p[at - 1]) && to - at >= 33 && to - at <= 37) {
            redact_add(finds, REDACT_KEY, from, to);
        }
    }
}

/* Addresses that are secrets themselves, and tokens that end in the name of their region. */
static size_t webhook_end(struct view text, size_t at) {
    static const char *const starts[] = {
        "https://hooks.slack.com/services/", "https://hooks.slack.com/workflows/",
        "https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/",
        "https://outlook.office.com/webhook/"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        const size_t n = strlen(starts[i]);
        size_t to = at + n;
        if (!prefix_here(text, at, starts[i])) {
            continue;
        }
        while (to < text.n && in_body(text.p[to], BODY_BASE64)) {
            to++;
        }
        return to - at >= n + 20 ? to : at;
    }
    return at;
}

void redact_scan_keys(struct view text, struct redact_finds *finds) {
    for (size_t at = 0; at < text.n; at++) {
        const char c = text.p[at];
        size_t end = at;
        if (c == '-') {
            end = private_key_end(text, at);
        } else if (scan_letter(c) && scan_word_start(text, at)) {
            end = jwt_end(text, at);
            end = end == at ? token_end(text, at) : end;
            end = end == at ? webhook_end(text, at) : end;
        }
        if (end > at) {
            redact_add(finds, REDACT_KEY, at, end);
            at = end - 1;
        }
    }
    scan_azure(text, finds);
}

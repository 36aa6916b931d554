#include <esihelp/types.h>

#include "base/str.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* "" stands for "not given": nothing on the wire. */
static const char *const role_names[] = {
    [ESI_ROLE_NONE] = "",
    [ESI_ROLE_TRAINEE] = "trainee",
    [ESI_ROLE_INSTRUCTOR] = "instructor",
    [ESI_ROLE_OPERATOR] = "operator",
    [ESI_ROLE_SUPPORT_ENGINEER] = "support_engineer",
    [ESI_ROLE_ADMIN] = "admin",
};
static const char *const tier_names[] = {
    [ESI_TIER_0] = "TIER_0",
    [ESI_TIER_1] = "TIER_1",
    [ESI_TIER_2] = "TIER_2",
    [ESI_TIER_3] = "TIER_3",
};
static const char *const severity_names[] = {
    [ESI_SEVERITY_LOW] = "LOW",
    [ESI_SEVERITY_MEDIUM] = "MEDIUM",
    [ESI_SEVERITY_HIGH] = "HIGH",
    [ESI_SEVERITY_CRITICAL] = "CRITICAL",
};
static const char *const coverage_names[] = {
    [ESI_COVERAGE_NULL] = "",
    [ESI_COVERAGE_COVERED] = "covered",
    [ESI_COVERAGE_VAGUE] = "vague",
    [ESI_COVERAGE_NONE] = "none",
};
static const char *const act_names[] = {
    [ESI_ACT_QUESTION] = "question",   [ESI_ACT_TROUBLE] = "trouble",
    [ESI_ACT_REQUEST] = "request",     [ESI_ACT_ANSWER] = "answer",
    [ESI_ACT_THANKS] = "thanks",       [ESI_ACT_GREETING] = "greeting",
    [ESI_ACT_SMALLTALK] = "smalltalk",
};
static const char *const status_names[] = {
    [ESI_TICKET_OPEN] = "OPEN",
    [ESI_TICKET_IN_PROGRESS] = "IN_PROGRESS",
    [ESI_TICKET_RESOLVED] = "RESOLVED",
    [ESI_TICKET_CLOSED] = "CLOSED",
};

static const char *name_in(const char *const *names, size_t count, size_t value) {
    return value < count ? names[value] : "";
}

static char plain(char c) {
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c == ' ' || c == '-' ? '_' : c;
}

static bool same_word(const char *a, const char *b) {
    while (*a != '\0' && plain(*a) == plain(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* The place of a word in a table; its size where it isn't in it. */
static size_t value_in(const char *const *names, size_t count, const char *name) {
    size_t value = name == NULL || *name == '\0' ? count : 0;
    while (value < count && !same_word(names[value], name)) {
        value++;
    }
    return value;
}

const char *esi_role_name(esi_role role) {
    return name_in(role_names, COUNT(role_names), (size_t)role);
}

const char *esi_tier_name(esi_tier tier) {
    return name_in(tier_names, COUNT(tier_names), (size_t)tier);
}

const char *esi_severity_name(esi_severity severity) {
    return name_in(severity_names, COUNT(severity_names), (size_t)severity);
}

const char *esi_coverage_name(esi_coverage coverage) {
    return name_in(coverage_names, COUNT(coverage_names), (size_t)coverage);
}

const char *esi_act_name(esi_act act) {
    return name_in(act_names, COUNT(act_names), (size_t)act);
}

const char *esi_ticket_status_name(esi_ticket_status status) {
    return name_in(status_names, COUNT(status_names), (size_t)status);
}

esi_err esi_role_parse(const char *name, esi_role *out) {
    const size_t value = value_in(role_names, COUNT(role_names), name);
    if (value == COUNT(role_names)) {
        return ESI_EINVAL;
    }
    *out = (esi_role)value;
    return ESI_OK;
}

esi_err esi_tier_parse(const char *name, esi_tier *out) {
    const size_t value = value_in(tier_names, COUNT(tier_names), name);
    if (value == COUNT(tier_names)) {
        return ESI_EINVAL;
    }
    *out = (esi_tier)value;
    return ESI_OK;
}

esi_err esi_severity_parse(const char *name, esi_severity *out) {
    const size_t value = value_in(severity_names, COUNT(severity_names), name);
    if (value == COUNT(severity_names)) {
        return ESI_EINVAL;
    }
    *out = (esi_severity)value;
    return ESI_OK;
}

esi_err esi_ticket_status_parse(const char *name, esi_ticket_status *out) {
    const size_t value = value_in(status_names, COUNT(status_names), name);
    if (value == COUNT(status_names)) {
        return ESI_EINVAL;
    }
    *out = (esi_ticket_status)value;
    return ESI_OK;
}

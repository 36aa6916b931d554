#include "core/roles.h"

#include <esihelp/types.h>

#define BIT(role) (UINT32_C(1) << (role))
#define STAFF                                                                                      \
    (BIT(ESI_ROLE_INSTRUCTOR) | BIT(ESI_ROLE_OPERATOR) | BIT(ESI_ROLE_SUPPORT_ENGINEER) |          \
     BIT(ESI_ROLE_ADMIN))

static const struct {
    const char *word;
    uint32_t roles;
} words[] = {
    {"admin", BIT(ESI_ROLE_ADMIN)},
    {"administrator", BIT(ESI_ROLE_ADMIN)},
    {"all", ROLES_EVERYBODY},
    {"anybody", ROLES_EVERYBODY},
    {"anyone", ROLES_EVERYBODY},
    {"attendee", BIT(ESI_ROLE_TRAINEE)},
    {"candidate", BIT(ESI_ROLE_TRAINEE)},
    {"coach", BIT(ESI_ROLE_INSTRUCTOR)},
    {"everybody", ROLES_EVERYBODY},
    {"everyone", ROLES_EVERYBODY},
    {"facilitator", BIT(ESI_ROLE_INSTRUCTOR)},
    {"instructor", BIT(ESI_ROLE_INSTRUCTOR)},
    {"learner", BIT(ESI_ROLE_TRAINEE)},
    {"lecturer", BIT(ESI_ROLE_INSTRUCTOR)},
    {"operator", BIT(ESI_ROLE_OPERATOR)},
    {"participant", BIT(ESI_ROLE_TRAINEE)},
    {"player", BIT(ESI_ROLE_TRAINEE)},
    {"public", ROLES_EVERYBODY},
    {"pupil", BIT(ESI_ROLE_TRAINEE)},
    {"staff", STAFF},
    {"student", BIT(ESI_ROLE_TRAINEE)},
    {"support", BIT(ESI_ROLE_SUPPORT_ENGINEER)},
    {"support_engineer", BIT(ESI_ROLE_SUPPORT_ENGINEER)},
    {"support-engineer", BIT(ESI_ROLE_SUPPORT_ENGINEER)},
    {"sysadmin", BIT(ESI_ROLE_ADMIN)},
    {"teacher", BIT(ESI_ROLE_INSTRUCTOR)},
    {"trainee", BIT(ESI_ROLE_TRAINEE)},
    {"trainer", BIT(ESI_ROLE_INSTRUCTOR)},
    {"tutor", BIT(ESI_ROLE_INSTRUCTOR)},
};

static bool word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

uint32_t roles_of_word(struct view word) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (word.n == 0 || (word.p[0] | 0x20) != words[i].word[0]) {
            continue;
        }
        const struct view known = view_of(words[i].word);
        const bool plural = (word.n == known.n + 1 && (word.p[known.n] | 0x20) == 's') ||
                            (word.n == known.n + 2 && view_ends(known, VIEW("ch")) &&
                             view_eq_nocase(view_slice(word, known.n, word.n), VIEW("es")));
        if (view_eq_nocase(plural ? view_slice(word, 0, known.n) : word, known)) {
            return words[i].roles;
        }
    }
    return 0;
}

uint32_t roles_of_text(struct view text) {
    uint32_t roles = 0;
    size_t i = 0;
    while (i < text.n) {
        size_t end = i;
        while (end < text.n && word_char(text.p[end])) {
            end++;
        }
        if (end > i) {
            roles |= roles_of_word(view_slice(text, i, end));
        }
        i = end + 1;
    }
    return roles;
}

uint32_t roles_audience(uint32_t roles) {
    if (roles == 0 || roles == ROLES_EVERYBODY || (roles & BIT(ESI_ROLE_TRAINEE)) != 0) {
        return 0;
    }
    uint32_t all = 0;
    bool reached = false;
    for (int role = ESI_ROLE_INSTRUCTOR; role <= ESI_ROLE_ADMIN; role++) {
        reached = reached || (roles & BIT(role)) != 0;
        all |= reached ? BIT(role) : 0;
    }
    return all;
}

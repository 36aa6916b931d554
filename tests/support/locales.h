/* locales.h: a locale in which numbers are written with a comma. */
#ifndef ESIHELP_TESTS_LOCALES_H
#define ESIHELP_TESTS_LOCALES_H

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline bool locale_try(const char *name) {
    return setlocale(LC_ALL, name) != NULL && localeconv()->decimal_point[0] == ',';
}

/* Sets one for the whole process; false, and a line that says so, where the system has none and
 * can't make one. */
static inline bool locale_with_comma(void) {
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "nl_NL.UTF-8", "de_DE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (locale_try(names[i])) {
            return true;
        }
    }
    char folder[] = "/tmp/esihelp-locale-XXXXXX";
    char command[256];
    if (mkdtemp(folder) == NULL) {
        return false;
    }
    (void)snprintf(command, sizeof command,
                   "localedef --no-archive -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1",
                   folder);
    (void)!system(command);
    (void)setenv("LOCPATH", folder, 1);
    const bool found = locale_try("de_DE.UTF-8");
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    (void)!system(command);
    if (!found) {
        puts("# no locale with a decimal comma here: not looked at");
    }
    return found;
}

#endif

/* probes.h: a file of tests/data with one probe a line; lines with # are remarks,
 * those with = are handed on and not counted: they set what follows. */
#ifndef ESIHELP_TESTS_PROBES_H
#define ESIHELP_TESTS_PROBES_H

#include <stdio.h>

#include "base/os.h"
#include "base/str.h"
#include "tap.h"

/* Fails where less than `least` of the probes come out right. */
static inline void probes_hold(const char *path, bool (*is_right)(struct view line), double least) {
    struct buf file;
    struct view line;
    size_t asked = 0;
    size_t right = 0;
    buf_init(&file, 1 << 20);
    ck_assert_int_eq(os_read_file(path, 1 << 20, &file, NULL), ESI_OK);
    struct view rest = buf_view(&file);
    while (view_line(&rest, &line)) {
        if (line.n > 0 && line.p[0] == '=') {
            (void)is_right(line);
        } else if (line.n > 0 && line.p[0] != '#') {
            asked++;
            right += is_right(line);
        }
    }
    fprintf(stderr, "# %zu of %zu\n", right, asked);
    ck_assert_uint_gt(asked, 0);
    ck_assert_double_ge((double)right / (double)asked, least);
    buf_clear(&file);
}

#endif

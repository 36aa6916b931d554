#include "base/os.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "tap.h"

static char folder[64];

static void make_folder(void) {
    (void)snprintf(folder, sizeof folder, "/tmp/esihelp-os-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void) {
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name) {
    static char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text, size_t size) {
    FILE *file = fopen(path_of(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void make(const char *name) {
    ck_assert_int_eq(mkdir(path_of(name), 0700), 0);
}

static void link_to(const char *target, const char *name) {
    ck_assert_int_eq(symlink(target, path_of(name)), 0);
}

/* ---- threads ------------------------------------------------------------------------------- */

struct shared {
    struct os_mutex lock;
    struct os_cond cond;
    int count;
    bool signals_blocked;
};

static void count_up(void *context) {
    struct shared *s = context;
    sigset_t blocked;
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    for (int i = 0; i < 1000; i++) {
        os_lock(&s->lock);
        s->count++;
        s->signals_blocked =
            sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGUSR1) == 1;
        os_unlock(&s->lock);
    }
    os_lock(&s->lock);
    os_signal(&s->cond);
    os_unlock(&s->lock);
}

START_TEST(threads_share_a_count) {
    struct shared s = {.count = 0};
    struct os_thread threads[4];
    ck_assert_int_eq(os_mutex_init(&s.lock, NULL), ESI_OK);
    ck_assert_int_eq(os_cond_init(&s.cond, NULL), ESI_OK);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(os_thread_start(&threads[i], count_up, &s, (size_t)96 * 1024, NULL),
                         ESI_OK);
    }
    os_lock(&s.lock);
    while (s.count < 4000) {
        ck_assert(os_cond_wait(&s.cond, &s.lock, INT64_MAX));
    }
    os_unlock(&s.lock);
    for (size_t i = 0; i < 4; i++) {
        os_thread_join(&threads[i]);
    }
    ck_assert(s.signals_blocked);
    os_cond_clear(&s.cond);
    os_mutex_clear(&s.lock);
}
END_TEST

START_TEST(starting_a_thread_leaves_the_callers_signals) {
    struct shared s = {.count = 0};
    struct os_thread thread;
    sigset_t blocked;
    ck_assert_int_eq(os_mutex_init(&s.lock, NULL), ESI_OK);
    ck_assert_int_eq(os_cond_init(&s.cond, NULL), ESI_OK);
    ck_assert_int_eq(os_thread_start(&thread, count_up, &s, 0, NULL), ESI_OK);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
    ck_assert_int_eq(sigismember(&blocked, SIGUSR1), 0);
    os_thread_join(&thread);
    os_cond_clear(&s.cond);
    os_mutex_clear(&s.lock);
}
END_TEST

START_TEST(a_wait_for_a_signal_ends_on_time) {
    struct shared s = {.count = 0};
    ck_assert_int_eq(os_mutex_init(&s.lock, NULL), ESI_OK);
    ck_assert_int_eq(os_cond_init(&s.cond, NULL), ESI_OK);
    const int64_t until = esi_clock_ns() + 5 * NS_PER_MS;
    os_lock(&s.lock);
    while (os_cond_wait(&s.cond, &s.lock, until)) {
        /* woken without a reason, which is allowed */
    }
    ck_assert(!os_cond_wait(&s.cond, &s.lock, 0));
    os_unlock(&s.lock);
    ck_assert_int_ge(esi_clock_ns(), until);
    os_cond_clear(&s.cond);
    os_mutex_clear(&s.lock);
}
END_TEST

static void ring_later(void *context) {
    os_sleep(esi_clock_ns() + 20 * NS_PER_MS);
    os_bell_ring(context);
}

START_TEST(a_bell_is_heard_once_for_each_ring_also_for_one_that_came_before) {
    struct os_bell bell;
    struct os_thread thread;
    ck_assert_int_eq(os_bell_init(&bell, NULL), ESI_OK);
    ck_assert(!os_bell_wait(&bell, esi_clock_ns() + 5 * NS_PER_MS));
    os_bell_ring(&bell);
    os_bell_ring(&bell);
    ck_assert(os_bell_wait(&bell, 0));
    ck_assert(os_bell_wait(&bell, INT64_MAX));
    ck_assert(!os_bell_wait(&bell, 0));
    ck_assert_int_eq(os_thread_start(&thread, ring_later, &bell, 0, NULL), ESI_OK);
    ck_assert(os_bell_wait(&bell, INT64_MAX));
    os_thread_join(&thread);
    os_bell_clear(&bell);
}
END_TEST

START_TEST(there_is_a_cpu) {
    ck_assert_uint_ge(os_cpu_count(), 1);
}
END_TEST

/* ---- chance -------------------------------------------------------------------------------- */

START_TEST(chance_fills_all_of_it) {
    uint8_t a[1000] = {0}, b[1000] = {0};
    ck_assert_int_eq(os_random(a, sizeof a, NULL), ESI_OK);
    ck_assert_int_eq(os_random(b, sizeof b, NULL), ESI_OK);
    ck_assert_mem_ne(a, b, sizeof a);
    size_t zeros = 0;
    for (size_t i = 0; i < sizeof a; i++) {
        zeros += a[i] == 0;
    }
    ck_assert_uint_lt(zeros, 60);
}
END_TEST

START_TEST(ids_have_the_form_of_the_rfc) {
    char id[OS_UUID_SIZE];
    ck_assert_int_eq(os_uuid7(INT64_C(0x017f22e279b0), id, NULL), ESI_OK);
    ck_assert_uint_eq(strlen(id), 36);
    ck_assert_int_eq(strncmp(id, "017f22e2-79b0-7", 15), 0);
    ck_assert_ptr_nonnull(strchr("89ab", id[19]));
    ck_assert(id[18] == '-' && id[23] == '-');
    ck_assert_uint_eq(strspn(id, "0123456789abcdef-"), 36);
}
END_TEST

START_TEST(ids_sort_by_time) {
    char before[OS_UUID_SIZE], after[OS_UUID_SIZE];
    ck_assert_int_eq(os_uuid7(1000, before, NULL), ESI_OK);
    ck_assert_int_eq(os_uuid7(1001, after, NULL), ESI_OK);
    ck_assert_int_lt(strcmp(before, after), 0);
}
END_TEST

/* ---- files --------------------------------------------------------------------------------- */

static void assert_read_fails(const char *name, size_t max, esi_err code, const char *why) {
    struct buf b;
    esi_error err;
    buf_init(&b, 1000000);
    buf_str(&b, "before");
    ck_assert_int_eq(os_read_file(path_of(name), max, &b, &err), code);
    ck_assert_ptr_nonnull(strstr(err.message, path_of(name)));
    ck_assert_msg(strstr(err.message, why) != NULL, "%s", err.message);
    ck_assert_str_eq(b.p, "before");
    ck_assert(!b.failed);
    buf_clear(&b);
}

START_TEST(a_file_is_read_whole) {
    struct buf b;
    make_folder();
    write_file("a", "x\0y\n", 4);
    buf_init(&b, 4);
    ck_assert_int_eq(os_read_file(path_of("a"), 4, &b, NULL), ESI_OK);
    ck_assert_uint_eq(b.n, 4);
    ck_assert_mem_eq(b.p, "x\0y\n", 5);
    buf_clear(&b);
    write_file("empty", "", 0);
    buf_init(&b, 0);
    ck_assert_int_eq(os_read_file(path_of("empty"), 0, &b, NULL), ESI_OK);
    ck_assert_uint_eq(b.n, 0);
    ck_assert_str_eq(b.p, "");
    buf_clear(&b);
    remove_folder();
}
END_TEST

START_TEST(a_large_file_is_read_in_steps) {
    const size_t size = 300001;
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)(i * 31);
    }
    make_folder();
    write_file("a", text, size);
    struct buf b;
    buf_init(&b, size);
    ck_assert_int_eq(os_read_file(path_of("a"), size, &b, NULL), ESI_OK);
    ck_assert_uint_eq(b.n, size);
    ck_assert_mem_eq(b.p, text, size);
    buf_clear(&b);
    free(text);
    remove_folder();
}
END_TEST

START_TEST(a_file_over_the_limit_is_refused) {
    make_folder();
    write_file("a", "12345", 5);
    assert_read_fails("a", 4, ESI_ETOOBIG, "larger than 4 bytes");
    struct buf b;
    buf_init(&b, 3);
    ck_assert_int_eq(os_read_file(path_of("a"), 100, &b, NULL), ESI_ETOOBIG);
    buf_clear(&b);
    remove_folder();
}
END_TEST

START_TEST(a_file_without_a_size_is_limited_too) {
    struct buf b;
    buf_init(&b, 1000000);
    ck_assert_int_eq(os_read_file("/proc/self/maps", 10, &b, NULL), ESI_ETOOBIG);
    ck_assert_uint_eq(b.n, 0);
    ck_assert_int_eq(os_read_file("/proc/self/maps", 1000000, &b, NULL), ESI_OK);
    ck_assert_uint_gt(b.n, 100);
    buf_clear(&b);
}
END_TEST

START_TEST(what_is_no_file_is_refused) {
    make_folder();
    make("sub");
    ck_assert_int_eq(mkfifo(path_of("pipe"), 0600), 0);
    assert_read_fails("sub", 10, ESI_EIO, "isn't a regular file");
    assert_read_fails("pipe", 10, ESI_EIO, "isn't a regular file");
    assert_read_fails("none", 10, ESI_ENOTFOUND, "no such file");
    link_to("round", "round");
    assert_read_fails("round", 10, ESI_EIO, "circle");
    remove_folder();
}
END_TEST

START_TEST(the_systems_errors_have_codes) {
    static const struct {
        int error;
        esi_err code;
    } want[] = {{ENOENT, ESI_ENOTFOUND}, {ENOSPC, ESI_ENOSPC}, {EDQUOT, ESI_ENOSPC},
                {EROFS, ESI_EREADONLY},  {EACCES, ESI_EIO},    {ENOMEM, ESI_ENOMEM},
                {EIO, ESI_EIO},          {9999, ESI_EIO}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        esi_error err;
        ck_assert_int_eq(os_fail(&err, want[i].error, "can't write", "/a/b"), want[i].code);
        ck_assert_int_eq(strncmp(err.message, "can't write /a/b: ", 18), 0);
    }
}
END_TEST

/* ---- folders ------------------------------------------------------------------------------- */

static const char *const endings[] = {".md", ".markdown", NULL};

static void assert_list(const char *const *want, size_t count) {
    esi_arena arena = {0};
    const char *const *files = NULL;
    size_t n = 0;
    esi_error err = {.message = ""};
    ck_assert_msg(os_list_tree(folder, endings, 100, &arena, &files, &n, &err) == ESI_OK, "%s",
                  err.message);
    ck_assert_uint_eq(n, count);
    for (size_t i = 0; i < n; i++) {
        ck_assert_str_eq(files[i], want[i]);
    }
    arena_clear(&arena);
}

START_TEST(a_folder_is_listed_in_order) {
    make_folder();
    make("b");
    make("b/deep");
    write_file("z.md", "", 0);
    write_file("B.MD", "", 0);
    write_file("b/deep/x.Markdown", "", 0);
    write_file("b/a.md", "", 0);
    write_file("b.md", "", 0);
    write_file("notes.txt", "", 0);
    write_file("md", "", 0);
    assert_list((const char *const[]){"B.MD", "b.md", "b/a.md", "b/deep/x.Markdown", "z.md"}, 5);
    remove_folder();
}
END_TEST

START_TEST(hidden_files_and_folders_are_left_out) {
    make_folder();
    make(".git");
    write_file(".git/a.md", "", 0);
    write_file(".hidden.md", "", 0);
    write_file("seen.md", "", 0);
    assert_list((const char *const[]){"seen.md"}, 1);
    remove_folder();
}
END_TEST

START_TEST(links_stay_inside_or_are_left_out) {
    make_folder();
    make("sub");
    make("subway");
    write_file("sub/a.md", "", 0);
    link_to("a.md", "sub/inside.md");
    link_to("/etc/passwd", "sub/outside.md");
    link_to("../..", "sub/up.md");
    link_to(".", "sub/round");
    link_to("/tmp", "sub/folder");
    link_to("nowhere", "sub/broken.md");
    assert_list((const char *const[]){"sub/a.md", "sub/inside.md"}, 2);
    const size_t length = strlen(folder);
    /* "subway" begins with "sub" but isn't below it */
    write_file("subway/b.md", "", 0);
    link_to("../subway/b.md", "sub/near.md");
    memcpy(folder + length, "/sub", 5);
    assert_list((const char *const[]){"a.md", "inside.md"}, 2);
    folder[length] = '\0';
    remove_folder();
}
END_TEST

START_TEST(an_empty_folder_is_an_empty_list) {
    make_folder();
    assert_list(NULL, 0);
    remove_folder();
}
END_TEST

static void assert_list_fails(const char *path, size_t max, esi_err code) {
    esi_arena arena = {0};
    const char *const *files = NULL;
    size_t n = 77;
    ck_assert_int_eq(os_list_tree(path, endings, max, &arena, &files, &n, NULL), code);
    ck_assert_ptr_null(files);
    ck_assert_uint_eq(n, 77);
    arena_clear(&arena);
}

START_TEST(what_cant_be_listed_is_refused) {
    make_folder();
    write_file("a.md", "", 0);
    write_file("b.md", "", 0);
    assert_list_fails(folder, 1, ESI_ETOOBIG);
    assert_list_fails(path_of("none"), 10, ESI_ENOTFOUND);
    assert_list_fails(path_of("a.md"), 10, ESI_ENOTFOUND);
    remove_folder();
}
END_TEST

START_TEST(a_folder_without_end_is_refused) {
    make_folder();
    char name[256] = "d";
    for (int i = 0; i < 32; i++) {
        make(name);
        (void)strncat(name, "/d", sizeof name - strlen(name) - 1);
    }
    assert_list(NULL, 0);
    make(name);
    assert_list_fails(folder, 10, ESI_ETOOBIG);
    remove_folder();
}
END_TEST

START_TEST(there_or_not_there) {
    make_folder();
    write_file("a", "", 0);
    ck_assert(os_is_folder(folder));
    ck_assert(!os_is_folder(path_of("a")));
    ck_assert(!os_is_folder(path_of("none")));
    ck_assert(os_exists(path_of("a")));
    ck_assert(os_exists(folder));
    ck_assert(!os_exists(path_of("none")));
    ck_assert(!os_is_read_only(folder)); /* it was written to */
    ck_assert(!os_is_read_only(path_of("none")));
    remove_folder();
}
END_TEST

static void assert_data_file(const char *want) {
    esi_arena arena = {0};
    const char *path = NULL;
    ck_assert_int_eq(os_data_file("esihelp.db", &arena, &path, NULL), ESI_OK);
    ck_assert_str_eq(path, path_of(want));
    ck_assert(!os_exists(path));
    arena_clear(&arena);
}

START_TEST(the_data_folder_is_the_users) {
    make_folder();
    ck_assert_int_eq(setenv("XDG_DATA_HOME", path_of("xdg/deep"), 1), 0);
    assert_data_file("xdg/deep/esihelp/esihelp.db");
    struct stat st;
    ck_assert_int_eq(stat(path_of("xdg/deep/esihelp"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    assert_data_file("xdg/deep/esihelp/esihelp.db");
    ck_assert_int_eq(setenv("XDG_DATA_HOME", "not/absolute", 1), 0);
    ck_assert_int_eq(setenv("HOME", folder, 1), 0);
    assert_data_file(".local/share/esihelp/esihelp.db");
    remove_folder();
}
END_TEST

START_TEST(without_a_home_there_is_no_data_folder) {
    esi_arena arena = {0};
    const char *path = NULL;
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    ck_assert_int_eq(os_data_file("esihelp.db", &arena, &path, NULL), ESI_ENOTFOUND);
    make_folder();
    write_file("file", "", 0);
    ck_assert_int_eq(setenv("HOME", path_of("file"), 1), 0);
    ck_assert_int_eq(os_data_file("esihelp.db", &arena, &path, NULL), ESI_ENOTFOUND);
    ck_assert_ptr_null(path);
    arena_clear(&arena);
    remove_folder();
}
END_TEST

static void add_folders(TCase *t) {
    tcase_add_test(t, a_bell_is_heard_once_for_each_ring_also_for_one_that_came_before);
    tcase_add_test(t, a_folder_is_listed_in_order);
    tcase_add_test(t, hidden_files_and_folders_are_left_out);
    tcase_add_test(t, links_stay_inside_or_are_left_out);
    tcase_add_test(t, an_empty_folder_is_an_empty_list);
    tcase_add_test(t, what_cant_be_listed_is_refused);
    tcase_add_test(t, a_folder_without_end_is_refused);
    tcase_add_test(t, there_or_not_there);
    tcase_add_test(t, the_data_folder_is_the_users);
    tcase_add_test(t, without_a_home_there_is_no_data_folder);
}

int main(void) {
    TCase *t = tcase_create("os");
    tcase_add_test(t, threads_share_a_count);
    tcase_add_test(t, starting_a_thread_leaves_the_callers_signals);
    tcase_add_test(t, a_wait_for_a_signal_ends_on_time);
    tcase_add_test(t, there_is_a_cpu);
    tcase_add_test(t, chance_fills_all_of_it);
    tcase_add_test(t, ids_have_the_form_of_the_rfc);
    tcase_add_test(t, ids_sort_by_time);
    tcase_add_test(t, a_file_is_read_whole);
    tcase_add_test(t, a_large_file_is_read_in_steps);
    tcase_add_test(t, a_file_over_the_limit_is_refused);
    tcase_add_test(t, a_file_without_a_size_is_limited_too);
    tcase_add_test(t, what_is_no_file_is_refused);
    tcase_add_test(t, the_systems_errors_have_codes);
    add_folders(t);
    return tap_run("base/os", t);
}

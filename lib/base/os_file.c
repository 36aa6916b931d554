#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/os.h"

#define LEVELS_MAX 32

esi_err os_fail(esi_error *err, int error, const char *what, const char *path) {
    static const struct {
        int error;
        esi_err code;
        const char *why;
    } known[] = {
        {ENOENT, ESI_ENOTFOUND, "there is no such file or folder"},
        {ENOTDIR, ESI_ENOTFOUND, "a part of the path isn't a folder"},
        {EACCES, ESI_EIO, "the system doesn't allow it"},
        {EPERM, ESI_EIO, "the system doesn't allow it"},
        {EISDIR, ESI_EIO, "it is a folder"},
        {ELOOP, ESI_EIO, "its symbolic links go round in a circle"},
        {ENAMETOOLONG, ESI_EIO, "the path is too long"},
        {EMFILE, ESI_EIO, "too many files are open"},
        {ENFILE, ESI_EIO, "too many files are open"},
        {EIO, ESI_EIO, "the disk failed"},
        {ENOSPC, ESI_ENOSPC, "the disk is full"},
        {EDQUOT, ESI_ENOSPC, "the quota is used up"},
        {EROFS, ESI_EREADONLY, "the disk can only be read"},
        {ENOMEM, ESI_ENOMEM, "memory is used up"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].error == error) {
            return esi_fail(err, known[i].code, "base/os", "%s %s: %s", what, path, known[i].why);
        }
    }
    return esi_fail(err, ESI_EIO, "base/os", "%s %s: the system's error %d", what, path, error);
}

bool os_is_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool os_exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0;
}

bool os_is_read_only(const char *path) {
    struct statvfs disk;
    return statvfs(path, &disk) == 0 && (disk.f_flag & ST_RDONLY) != 0;
}

/* ---- reading a file ------------------------------------------------------------------------ */

static esi_err fail_large(esi_error *err, const char *path, size_t max) {
    return esi_fail(err, ESI_ETOOBIG, "base/os", "%s is larger than %zu bytes", path, max);
}

/* Reads up to the end, whatever size the file was said to have: it may be growing. `max` counts
 * what is in `out` already. */
static esi_err read_all(int file, const char *path, size_t max, struct buf *out, esi_error *err) {
    for (;;) {
        const size_t left = max - out->n;
        const size_t step = left < 65536 ? left : 65536;
        char *room = buf_room(out, step);
        if (room == NULL) {
            return fail_memory(err, "base/os");
        }
        char more; /* is there more than may be? */
        const ssize_t got = read(file, step == 0 ? &more : room, step == 0 ? 1 : step);
        if (got == 0) {
            *room = '\0';
            return ESI_OK;
        }
        if (got < 0 && errno != EINTR) {
            return os_fail(err, errno, "can't read", path);
        }
        if (got > 0 && step == 0) {
            return fail_large(err, path, max);
        }
        out->n += got > 0 ? (size_t)got : 0;
    }
}

esi_err os_read_file(const char *path, size_t max, struct buf *out, esi_error *err) {
    if (out->failed) {
        return fail_memory(err, "base/os");
    }
    /* A pipe would wait for its other end. */
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) {
        return os_fail(err, errno, "can't open", path);
    }
    const size_t before = out->n;
    max = max < out->max - before ? max : out->max - before;
    struct stat st;
    esi_err result;
    if (fstat(file, &st) != 0) {
        result = os_fail(err, errno, "can't read", path);
    } else if (!S_ISREG(st.st_mode)) {
        result = esi_fail(err, ESI_EIO, "base/os", "%s isn't a regular file", path);
    } else if (st.st_size > 0 && (uintmax_t)st.st_size > max) {
        result = fail_large(err, path, max);
    } else {
        result = read_all(file, path, before + max, out, err);
    }
    (void)close(file);
    if (result != ESI_OK) {
        out->failed = false;
        out->too_long = false;
        buf_cut(out, before);
    }
    return result;
}

/* ---- listing a folder ---------------------------------------------------------------------- */

struct path {
    const char *text; /* relative to the listed folder; "" is itself */
    unsigned level;
    struct path *next;
};

struct tree {
    const char *folder;
    char *real; /* where it really is, to judge links by */
    const char *const *endings;
    size_t max;
    esi_arena *arena;
    struct path *folders; /* still to be read */
    struct path *files;
    size_t file_count;
};

static bool has_ending(const char *name, const char *const *endings) {
    const struct view v = view_of(name);
    for (; *endings != NULL; endings++) {
        const struct view ending = view_of(*endings);
        if (v.n >= ending.n && view_eq_nocase(view_slice(v, v.n - ending.n, v.n), ending)) {
            return true;
        }
    }
    return false;
}

static char *join(esi_arena *arena, const char *folder, const char *name) {
    return *folder == '\0' ? arena_str(arena, view_of(name))
                           : arena_printf(arena, "%s/%s", folder, name);
}

/* Does the link end at a regular file of the folder? */
static bool link_stays(const struct tree *tree, const char *path) {
    char *target = realpath(path, NULL);
    if (target == NULL) {
        return false;
    }
    struct stat st;
    const size_t n = strlen(tree->real);
    const bool inside =
        strncmp(target, tree->real, n) == 0 && (target[n] == '/' || strcmp(tree->real, "/") == 0);
    const bool file = stat(target, &st) == 0 && S_ISREG(st.st_mode);
    free(target);
    return inside && file;
}

static esi_err add_path(struct tree *tree, struct path **list, const char *text, unsigned level,
                        esi_error *err) {
    struct path *entry = ARENA_NEW(tree->arena, struct path);
    if (entry == NULL) {
        return fail_memory(err, "base/os");
    }
    *entry = (struct path){text, level, *list};
    *list = entry;
    return ESI_OK;
}

static esi_err add_file(struct tree *tree, const char *text, unsigned level, esi_error *err) {
    if (tree->file_count == tree->max) {
        return esi_fail(err, ESI_ETOOBIG, "base/os", "%s holds more than %zu files", tree->folder,
                        tree->max);
    }
    tree->file_count++;
    return add_path(tree, &tree->files, text, level, err);
}

static esi_err add_entry(struct tree *tree, const struct path *folder, const char *name,
                         esi_error *err) {
    char *text = join(tree->arena, folder->text, name);
    char *path = text == NULL ? NULL : join(tree->arena, tree->folder, text);
    if (path == NULL) {
        return fail_memory(err, "base/os");
    }
    struct stat st;
    if (lstat(path, &st) != 0) {
        return errno == ENOENT ? ESI_OK : os_fail(err, errno, "can't read", path);
    }
    if (S_ISDIR(st.st_mode)) {
        if (folder->level == LEVELS_MAX) {
            return esi_fail(err, ESI_ETOOBIG, "base/os", "%s is nested deeper than %d folders",
                            path, LEVELS_MAX);
        }
        return add_path(tree, &tree->folders, text, folder->level + 1, err);
    }
    if (!has_ending(name, tree->endings)) {
        return ESI_OK;
    }
    if (S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) && link_stays(tree, path))) {
        return add_file(tree, text, folder->level, err);
    }
    return ESI_OK;
}

static esi_err read_folder(struct tree *tree, const struct path *folder, esi_error *err) {
    const char *path =
        *folder->text == '\0' ? tree->folder : join(tree->arena, tree->folder, folder->text);
    if (path == NULL) {
        return fail_memory(err, "base/os");
    }
    DIR *dir = opendir(path);
    if (dir == NULL) {
        const bool gone = errno == ENOENT && *folder->text != '\0';
        return gone ? ESI_OK : os_fail(err, errno, "can't open", path);
    }
    esi_err result = ESI_OK;
    while (result == ESI_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            result = errno == 0 ? ESI_OK : os_fail(err, errno, "can't read", path);
            break;
        }
        if (entry->d_name[0] != '.') {
            result = add_entry(tree, folder, entry->d_name, err);
        }
    }
    (void)closedir(dir);
    return result;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

esi_err os_list_tree(const char *folder, const char *const *endings, size_t max, esi_arena *arena,
                     const char *const **out, size_t *out_count, esi_error *err) {
    struct tree tree = {.folder = folder, .endings = endings, .max = max, .arena = arena};
    tree.real = realpath(folder, NULL);
    if (tree.real == NULL) {
        return os_fail(err, errno, "can't open", folder);
    }
    esi_err result = add_path(&tree, &tree.folders, "", 0, err);
    while (result == ESI_OK && tree.folders != NULL) {
        const struct path *next = tree.folders;
        tree.folders = next->next;
        result = read_folder(&tree, next, err);
    }
    free(tree.real);
    if (result != ESI_OK) {
        return result;
    }
    const char **files = ARENA_ARRAY(arena, tree.file_count, const char *);
    if (files == NULL) {
        return fail_memory(err, "base/os");
    }
    size_t count = 0;
    for (const struct path *file = tree.files; file != NULL; file = file->next) {
        files[count++] = file->text;
    }
    qsort(files, count, sizeof *files, by_bytes);
    *out = files;
    *out_count = count;
    return ESI_OK;
}

/* ---- the user's data folder ---------------------------------------------------------------- */

/* Makes a folder and those above it, for its owner alone. */
static esi_err make_folders(char *path, esi_error *err) {
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p != '\0') {
            continue;
        }
        const char end = *p;
        *p = '\0';
        const int made = mkdir(path, 0700);
        const int error = errno;
        const bool there = made == 0 || os_is_folder(path);
        if (!there) {
            return os_fail(err, error == EEXIST ? ENOTDIR : error, "can't make the folder", path);
        }
        *p = end;
        if (end == '\0') {
            return ESI_OK;
        }
    }
}

esi_err os_real_path(const char *path, esi_arena *arena, const char **out, esi_error *err) {
    char *real = realpath(path, NULL);
    if (!real) {
        return os_fail(err, errno, "open", path);
    }
    const char *copy = arena_str(arena, view_of(real));
    free(real);
    if (!copy) {
        return fail_memory(err, "base/os");
    }
    *out = copy;
    return ESI_OK;
}

esi_err os_data_file(const char *name, esi_arena *arena, const char **out, esi_error *err) {
    assert(strchr(name, '/') == NULL);
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    char *folder;
    if (data != NULL && data[0] == '/') {
        folder = arena_printf(arena, "%s/esihelp", data);
    } else if (home != NULL && home[0] == '/') {
        folder = arena_printf(arena, "%s/.local/share/esihelp", home);
    } else {
        return esi_fail(err, ESI_ENOTFOUND, "base/os",
                        "no place for %s: neither XDG_DATA_HOME nor HOME names a folder", name);
    }
    if (folder == NULL) {
        return fail_memory(err, "base/os");
    }
    const esi_err result = make_folders(folder, err);
    if (result != ESI_OK) {
        return result;
    }
    const char *path = arena_printf(arena, "%s/%s", folder, name);
    if (path == NULL) {
        return fail_memory(err, "base/os");
    }
    *out = path;
    return ESI_OK;
}

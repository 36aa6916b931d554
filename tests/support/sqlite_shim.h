/* sqlite_shim.h: a file system below SQLite that fails on command. */
#ifndef ESIHELP_TESTS_SQLITE_SHIM_H
#define ESIHELP_TESTS_SQLITE_SHIM_H

#include <sqlite3.h>
#include <string.h>

/* Every call that changes a file counts down; at zero it fails, once or from then on. */
static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    long calls; /* that changed a file, since shim_arm */
    long syncs; /* all in all */
    long left;  /* until one fails; negative: none does */
    int code;   /* as SQLITE_FULL */
    int lasting;
} shim;

struct shim_file {
    sqlite3_file base;
    sqlite3_file *real;
};

static sqlite3_file *shim_real(sqlite3_file *file) {
    return ((struct shim_file *)file)->real;
}

static int shim_changes(void) {
    shim.calls++;
    if (shim.left < 0) {
        return SQLITE_OK;
    }
    if (shim.left > 0) {
        shim.left--;
        return SQLITE_OK;
    }
    if (!shim.lasting) {
        shim.left = -1;
    }
    return shim.code;
}

/* The next `after` changes succeed, the one after them fails. */
static inline void shim_arm(long after, int code, int lasting) {
    shim.calls = 0;
    shim.left = after;
    shim.code = code;
    shim.lasting = lasting;
}

static inline void shim_disarm(void) {
    shim_arm(-1, SQLITE_OK, 0);
}

static int shim_close(sqlite3_file *f) {
    return shim_real(f)->pMethods->xClose(shim_real(f));
}
static int shim_read(sqlite3_file *f, void *out, int size, sqlite3_int64 at) {
    return shim_real(f)->pMethods->xRead(shim_real(f), out, size, at);
}
static int shim_write(sqlite3_file *f, const void *bytes, int size, sqlite3_int64 at) {
    const int code = shim_changes();
    if (code != SQLITE_OK) {
        /* half of it arrives, as on a real disk */
        (void)shim_real(f)->pMethods->xWrite(shim_real(f), bytes, size / 2, at);
        return code;
    }
    return shim_real(f)->pMethods->xWrite(shim_real(f), bytes, size, at);
}
static int shim_truncate(sqlite3_file *f, sqlite3_int64 size) {
    const int code = shim_changes();
    return code != SQLITE_OK ? code : shim_real(f)->pMethods->xTruncate(shim_real(f), size);
}
/* Nobody pulls the plug here: a sync that succeeds does nothing, which saves most of the time. */
static int shim_sync(sqlite3_file *f, int flags) {
    (void)f;
    (void)flags;
    const int code = shim_changes();
    shim.syncs++;
    return code == SQLITE_OK || code == SQLITE_FULL ? code : SQLITE_IOERR_FSYNC;
}
static int shim_size(sqlite3_file *f, sqlite3_int64 *out) {
    return shim_real(f)->pMethods->xFileSize(shim_real(f), out);
}
static int shim_lock(sqlite3_file *f, int level) {
    return shim_real(f)->pMethods->xLock(shim_real(f), level);
}
static int shim_unlock(sqlite3_file *f, int level) {
    return shim_real(f)->pMethods->xUnlock(shim_real(f), level);
}
static int shim_reserved(sqlite3_file *f, int *out) {
    return shim_real(f)->pMethods->xCheckReservedLock(shim_real(f), out);
}
static int shim_control(sqlite3_file *f, int op, void *arg) {
    return shim_real(f)->pMethods->xFileControl(shim_real(f), op, arg);
}
static int shim_sector(sqlite3_file *f) {
    return shim_real(f)->pMethods->xSectorSize(shim_real(f));
}
static int shim_traits(sqlite3_file *f) {
    return shim_real(f)->pMethods->xDeviceCharacteristics(shim_real(f));
}
static int shim_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
    return shim_real(f)->pMethods->xShmMap(shim_real(f), page, size, extend, out);
}
static int shim_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
    return shim_real(f)->pMethods->xShmLock(shim_real(f), offset, n, flags);
}
static void shim_shm_barrier(sqlite3_file *f) {
    shim_real(f)->pMethods->xShmBarrier(shim_real(f));
}
static int shim_shm_unmap(sqlite3_file *f, int remove) {
    return shim_real(f)->pMethods->xShmUnmap(shim_real(f), remove);
}

static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector,
    .xDeviceCharacteristics = shim_traits,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    struct shim_file *f = (struct shim_file *)file;
    (void)vfs;
    f->real = (sqlite3_file *)(f + 1);
    const int code = shim.real->xOpen(shim.real, name, f->real, flags, out);
    f->base.pMethods = f->real->pMethods != NULL ? &shim_methods : NULL;
    return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    (void)vfs;
    (void)sync_folder;
    return shim.real->xDelete(shim.real, name, 0);
}

/* From now on every connection of this process goes through it. */
static inline int shim_install(void) {
    shim.real = sqlite3_vfs_find(NULL);
    shim.vfs = *shim.real;
    shim.vfs.zName = "shim";
    shim.vfs.szOsFile = (int)sizeof(struct shim_file) + shim.real->szOsFile;
    shim.vfs.xOpen = shim_open;
    shim.vfs.xDelete = shim_delete;
    shim_disarm();
    return sqlite3_vfs_register(&shim.vfs, 1);
}

#endif

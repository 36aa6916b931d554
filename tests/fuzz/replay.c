/* replay.c: runs a fuzz target over its corpus, and over changed copies of it that are the same
 * every time, on a thread with a small stack. Prints TAP.
 *
 * replay_NAME              the corpus, then FUZZ_ROUNDS changed copies
 * replay_NAME FILE...      these files only, to see a crash again
 *
 * The work is done by a child, so that the parent can tell what ended it: it writes the input to
 * crash-NAME-ROUND. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "small_stack.h"

#define FILES_MAX 512
#define FILE_SIZE_MAX ((size_t)1 << 20)
#define INPUT_MAX ((size_t)1 << 16) /* of a changed copy */
#define SECONDS_MAX 30              /* then what is left is not looked at */

struct file {
    char *name;
    uint8_t *data;
    size_t size;
};

static struct file files[FILES_MAX];
static size_t file_count;

/* Where the child is, for the parent to see. */
static volatile struct progress {
    size_t done; /* inputs that came through: files first, then rounds */
    size_t out_of_time;
} * progress;

/* ---- the corpus ---------------------------------------------------------------------------- */

static void die(const char *what, const char *which) {
    (void)printf("Bail out! %s %s: %s\n", what, which, strerror(errno));
    exit(EXIT_FAILURE);
}

static void load(const char *path) {
    FILE *in = fopen(path, "rb");
    if (in == NULL || file_count == FILES_MAX) {
        die("can't load", path);
    }
    struct file *file = &files[file_count++];
    *file = (struct file){.name = strdup(path), .data = malloc(FILE_SIZE_MAX)};
    if (file->name == NULL || file->data == NULL) {
        die("no memory for", path);
    }
    file->size = fread(file->data, 1, FILE_SIZE_MAX, in);
    (void)fclose(in);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static void load_folder(const char *folder) {
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        die("can't open", folder);
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            load(path);
        }
    }
    (void)closedir(dir);
    qsort(files, file_count, sizeof *files, by_name);
}

/* ---- changed copies ------------------------------------------------------------------------ */

struct input {
    uint8_t data[INPUT_MAX];
    size_t size;
    uint64_t dice;
};

/* A number below n (splitmix64). */
static size_t roll(struct input *in, size_t n) {
    uint64_t z = in->dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return n == 0 ? 0 : (size_t)((z ^ (z >> 31)) % n);
}

/* Puts `size` bytes in at `at`, as far as there is room. */
static void insert(struct input *in, size_t at, const uint8_t *bytes, size_t size) {
    const size_t room = INPUT_MAX - in->size;
    size = size > room ? room : size;
    memmove(in->data + at + size, in->data + at, in->size - at);
    memcpy(in->data + at, bytes, size);
    in->size += size;
}

static void cut(struct input *in, size_t at, size_t size) {
    size = size > in->size - at ? in->size - at : size;
    memmove(in->data + at, in->data + at + size, in->size - at - size);
    in->size -= size;
}

/* A piece of some file of the corpus. */
static void insert_piece(struct input *in, size_t at) {
    const struct file *file = &files[roll(in, file_count)];
    if (file->size > 0) {
        const size_t from = roll(in, file->size);
        insert(in, at, file->data + from, 1 + roll(in, file->size - from));
    }
}

static void repeat(struct input *in, size_t at) {
    uint8_t piece[64];
    const size_t rest = in->size - at;
    const size_t size = rest < sizeof piece ? rest : 1 + roll(in, sizeof piece);
    memcpy(piece, in->data + at, size);
    for (size_t times = 1 + roll(in, 40); times > 0; times--) {
        insert(in, at, piece, size);
    }
}

static void change(struct input *in) {
    static const uint8_t odd[] = {0,    '\n', ' ',  '"',  '\\', '{',  '}',  '[',  ']',  '<',  '>',
                                  '-',  '#',  '`',  '*',  '|',  ':',  ',',  '.',  '0',  '9',  'e',
                                  0x7f, 0x80, 0xc0, 0xe2, 0xed, 0xf0, 0xf4, 0xff, 0xef, 0xbb, 0xbf};
    const size_t at = roll(in, in->size + 1);
    const uint8_t byte = roll(in, 3) == 0 ? (uint8_t)roll(in, 256) : odd[roll(in, sizeof odd)];
    switch (roll(in, 7)) {
    case 0:
        if (at < in->size) {
            in->data[at] ^= (uint8_t)(1u << roll(in, 8));
        }
        return;
    case 1:
        if (at < in->size) {
            in->data[at] = byte;
        }
        return;
    case 2:
        insert(in, at, &byte, 1);
        return;
    case 3:
        cut(in, at, 1 + roll(in, 16));
        return;
    case 4:
        cut(in, at, roll(in, in->size + 1));
        return;
    case 5:
        repeat(in, at);
        return;
    default:
        insert_piece(in, at);
        return;
    }
}

/* The input of a round: always the same one. */
static void make_input(struct input *in, size_t round) {
    in->dice = round * UINT64_C(0x2545f4914f6cdd1d) + 1;
    in->size = 0;
    if (file_count > 0) {
        const struct file *file = &files[roll(in, file_count)];
        insert(in, 0, file->data, file->size);
    }
    for (size_t times = 1 + roll(in, 8); times > 0; times--) {
        change(in);
    }
}

/* ---- running ------------------------------------------------------------------------------- */

/* A block of exactly its size, so that the sanitizer sees a read past its end. */
static void run_one(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL) {
        die("no memory for", "an input");
    }
    memcpy(copy, data, size);
    FUZZ_HOLDS(LLVMFuzzerTestOneInput(copy, size) == 0);
    free(copy);
    progress->done++;
}

static void run_all(void *context) {
    const size_t rounds = *(const size_t *)context;
    const time_t end = time(NULL) + SECONDS_MAX;
    for (size_t i = 0; i < file_count; i++) {
        run_one(files[i].data, files[i].size);
    }
    struct input *in = malloc(sizeof *in);
    if (in == NULL) {
        die("no memory for", "the rounds");
    }
    for (size_t i = 0; i < rounds && progress->out_of_time == 0; i++) {
        make_input(in, i);
        run_one(in->data, in->size);
        progress->out_of_time = time(NULL) > end ? 1 : 0;
    }
    free(in);
}

/* In a child: did it end well? */
static int run_child(size_t rounds) {
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child < 0) {
        die("can't start", "a child");
    }
    if (child == 0) {
        (void)small_stack_run(run_all, &rounds);
        for (size_t i = 0; i < file_count; i++) {
            free(files[i].name);
            free(files[i].data);
        }
        exit(progress->done > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        /* not yet */
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void keep_crash(size_t round) {
    static struct input in;
    char path[128];
    make_input(&in, round);
    (void)snprintf(path, sizeof path, "crash-%s-%zu", FUZZ_NAME, round);
    FILE *out = fopen(path, "wb");
    if (out != NULL) {
        (void)fwrite(in.data, 1, in.size, out);
        (void)fclose(out);
    }
    (void)printf("# the input is in %s\n", path);
}

int main(int argc, char **argv) {
    const size_t rounds = argc > 1 ? 0 : FUZZ_ROUNDS;
    for (int i = 1; i < argc; i++) {
        load(argv[i]);
    }
    if (argc == 1) {
        load_folder(FUZZ_CORPUS);
    }
    void *shared =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        die("no memory for", "the progress");
    }
    progress = shared;
    const int well = run_child(rounds);
    const size_t done = progress->done;
    const int corpus = done >= file_count;
    (void)printf("%sok 1 - corpus of %zu inputs\n", corpus ? "" : "not ", file_count);
    if (!corpus) {
        (void)printf("# %s\n", files[done].name);
    }
    (void)printf("%sok 2 - %zu changed copies\n", well ? "" : "not ",
                 corpus ? done - file_count : 0);
    if (progress->out_of_time != 0) {
        puts("# the time was up before the last");
    }
    if (!well && corpus && done - file_count < rounds) {
        keep_crash(done - file_count);
    }
    puts("1..2");
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

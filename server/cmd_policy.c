/* cmd_policy.c: the rule file: the one in force, and what is wrong with one. */
#include <string.h>

#include "cmd.h"
#include "fail.h"
#include "wire_objects.h"

/* Rule files are a few hundred kilobytes at most; the library has its own limit below this. */
#define POLICY_MAX_BYTES ((size_t)16 * 1024 * 1024)

int cmd_policy_show(struct settings *settings) {
    size_t size = 0;
    const char *text = esi_policy_default(&size);
    struct outbuf file = OUTBUF_INIT;
    esi_error err = {0};
    int outcome = EXIT_DONE;
    if (settings->desk.policy != NULL) {
        if (read_file(settings->desk.policy, POLICY_MAX_BYTES, &file, &err) != ESI_OK) {
            outcome = complain(&err);
            text = NULL;
        } else {
            text = file.data == NULL ? "" : file.data;
            size = file.size;
        }
    }
    if (text != NULL) {
        fwrite(text, 1, size, stdout);
    }
    outbuf_clear(&file);
    return outcome;
}

int cmd_policy_check(struct settings *settings) {
    const char *path = settings->arg_count > 0 ? settings->args[0] : settings->desk.policy;
    if (path == NULL) {
        return misuse("name a rule file: esihelp policy check FILE");
    }
    struct outbuf file = OUTBUF_INIT;
    struct outbuf out = OUTBUF_INIT;
    esi_error err = {0};
    esi_err code = read_file(path, POLICY_MAX_BYTES, &file, &err);
    if (code == ESI_OK) {
        code = esi_policy_check(file.data == NULL ? "" : file.data, file.size, path, &err);
    }
    int outcome = exit_code(code);
    if (settings->json) {
        struct wire wire = {&out, false};
        wire_object(&wire, NULL);
        wire_bool(&wire, "ok", code == ESI_OK);
        if (code == ESI_OK) {
            wire_null(&wire, "error");
        } else {
            wire_error(&wire, "error", &err);
        }
        wire_object_end(&wire);
        esi_error written;
        if (print_json(&out, &written) != ESI_OK) {
            outcome = complain(&written);
        }
    } else if (code == ESI_OK) {
        printf("%s: the rules are good\n", path);
    } else {
        outcome = complain(&err);
    }
    outbuf_clear(&file);
    outbuf_clear(&out);
    return outcome;
}

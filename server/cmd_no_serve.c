/* cmd_no_serve.c: stands in for the service where the build left it out. */
#include "cmd.h"

int cmd_serve(struct settings *settings) {
    (void)settings;
    return misuse("this build has no service; build with -Dserver=enabled, which needs CivetWeb");
}

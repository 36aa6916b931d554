/* threads.c: one desk, many threads: each holds a conversation of its own. */
#include <esihelp/esihelp.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 8, TURNS = 4 };

struct person {
    esi_desk *desk;
    char name[16];
    esi_err code;
    esi_error err;
};

static esi_err ask(struct person *person, const char *session, int turn) {
    static const char *const messages[TURNS] = {"My lab VM does not start", "I restarted it",
                                                "It still does not start", "It works now, thanks"};
    esi_chat_request request = ESI_CHAT_REQUEST_INIT;
    request.session_id = session;
    request.user_id = person->name;
    request.message = messages[turn];
    request.deadline_ms = 20000;
    esi_reply *reply = NULL;
    const esi_err code = esi_chat_ask(person->desk, &request, &reply, &person->err);
    esi_reply_free(reply);
    return code;
}

static void *talk(void *context) {
    struct person *person = context;
    char session[32];
    snprintf(session, sizeof session, "session-%s", person->name);
    for (int turn = 0; turn < TURNS && person->code == ESI_OK; turn++) {
        person->code = ask(person, session, turn);
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct person people[THREADS];
    pthread_t threads[THREADS];
    esi_error err = {0};
    esi_desk *desk = NULL;
    esi_metrics *metrics = NULL;
    esi_options options = ESI_OPTIONS_INIT;
    options.store = argc > 1 ? argv[1] : ":memory:";
    options.provider = "offline";
    esi_err code = esi_desk_open(&options, &desk, &err);
    int started = 0;
    for (; code == ESI_OK && started < THREADS; started++) {
        people[started].desk = desk;
        snprintf(people[started].name, sizeof people[started].name, "trainee-%d", started);
        if (pthread_create(&threads[started], NULL, talk, &people[started]) != 0) {
            break;
        }
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        if (people[i].code != ESI_OK) {
            code = people[i].code;
            err = people[i].err;
        }
    }
    if (code == ESI_OK && (code = esi_metrics_summary(desk, NULL, &metrics, &err)) == ESI_OK) {
        printf("%d conversations, %d messages\n", (int)metrics->conversations,
               (int)metrics->messages);
    }
    const bool whole = code == ESI_OK && metrics->messages == 2 * THREADS * TURNS;
    if (code != ESI_OK) {
        fprintf(stderr, "%s: %s\n", esi_err_name(code), err.message);
    }
    esi_metrics_free(metrics);
    esi_desk_close(desk);
    return whole ? 0 : 1;
}

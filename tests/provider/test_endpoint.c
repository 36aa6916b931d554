#include "provider/endpoint.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <esihelp/version.h>

#include "base/clock.h"
#include "tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))
#define KEY "sk-test-0123456789abcdef"

static esi_arena memory;
static struct endpoints chat, vectors;
static esi_error error;
static char folder[] = "/tmp/esi-endpoint-XXXXXX";
static char logged[2048];

static void on_log(const esi_log_entry *entry, void *context) {
    (void)context;
    strncat(logged, entry->message, sizeof logged - strlen(logged) - 1);
}

static void setup(void) {
    arena_init(&memory, 0);
    chat = vectors = (struct endpoints){NULL, 0};
    error = (esi_error){.code = ESI_OK};
    logged[0] = '\0';
    strcpy(folder, "/tmp/esi-endpoint-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *in_folder(const char *name) {
    return arena_printf(&memory, "%s/%s", folder, name);
}

static void write_file(const char *name, const char *text) {
    FILE *f = fopen(in_folder(name), "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

static void teardown(void) {
    static const char *const names[] = {"openai.key", "azure.key", "a.key", "ca.pem", "c.pem"};
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)unlink(in_folder(names[i]));
    }
    (void)rmdir(folder);
    endpoints_clear(&chat);
    endpoints_clear(&vectors);
    arena_clear(&memory);
}

static esi_provider_config config_of(void) {
    return (esi_provider_config){.size = sizeof(esi_provider_config), .log = {on_log, NULL}};
}

static esi_err read_config(const esi_provider_config *config) {
    endpoints_clear(&chat);
    endpoints_clear(&vectors);
    return endpoints_read(config, &memory, &chat, &vectors, &error);
}

/* `text` with ' for ". */
static esi_err read_text(const char *text) {
    char *json = arena_str(&memory, view_of(text));
    for (char *c = json; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    esi_provider_config config = config_of();
    config.endpoints = json;
    config.endpoints_name = in_folder("endpoints.json");
    return read_config(&config);
}

/* What a message says behind the file's name. */
static const char *said(void) {
    const char *at = strstr(error.message, "endpoints.json");
    ck_assert_msg(at != NULL, "%s", error.message);
    return at;
}

static const char *field(const struct endpoint *e, const char *name) {
    for (size_t i = 0; i < e->field_count; i++) {
        if (strcmp(e->fields[i].name, name) == 0) {
            return e->fields[i].value;
        }
    }
    return NULL;
}

/* ---- options -------------------------------------------------------------------------------- */

START_TEST(without_anything_it_is_the_public_api) {
    esi_provider_config config = config_of();
    config.api_key = KEY;
    ck_assert_int_eq(read_config(&config), ESI_OK);
    ck_assert_uint_eq(chat.count, 1);
    ck_assert_uint_eq(vectors.count, 1);
    ck_assert_str_eq(chat.items[0].place.url, "https://api.openai.com/v1/chat/completions");
    ck_assert_str_eq(chat.items[0].model, "gpt-4o");
    ck_assert_str_eq(chat.items[0].name, "api.openai.com");
    ck_assert_str_eq(field(&chat.items[0], "Authorization"), "Bearer " KEY);
    ck_assert_str_eq(vectors.items[0].place.url, "https://api.openai.com/v1/embeddings");
    ck_assert_str_eq(vectors.items[0].model, "text-embedding-3-small");
    ck_assert_str_eq(field(&vectors.items[0], "Authorization"), "Bearer " KEY);
    ck_assert_str_eq(field(&chat.items[0], "User-Agent"), "esihelp/" ESI_VERSION);
    ck_assert(!chat.items[0].embeds);
    ck_assert(vectors.items[0].embeds);
    ck_assert_int_gt(vectors.items[0].batch_count, 0);
    ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(a_wrong_address_is_refused_with_what_is_wrong_and_without_itself) {
    static const struct {
        const char *base, *why;
    } rows[] = {
        {"ftp://host/v1", "base_url: it has to begin with https:// or http://"},
        {"host/v1", "base_url: it has to begin with https:// or http://"},
        {"file:///etc/passwd", "base_url: it has to begin with https:// or http://"},
        {"https://me:geheim@host/v1",
         "base_url: it holds a user or a password: a key is given by itself"},
        {"https://me@host", "base_url: it holds a user or a password: a key is given by itself"},
        {"https://host/v1#geheim", "base_url: it has a part behind #, which isn't sent"},
        {"https:///v1", "base_url: it names no host"},
        {"https://", "base_url: it names no host"},
        {"https://host:0/v1", "base_url: its host or its port isn't one"},
        {"https://host:99999/v1", "base_url: its host or its port isn't one"},
        {"https://ho!st/v1", "base_url: its host or its port isn't one"},
        {"https://[::1/v1", "base_url: it names no host"},
        {"https://host/a b",
         "base_url: it holds a space or another character that addresses don't have"},
        {"https://host/v1\r\nX: y",
         "base_url: it holds a space or another character that addresses don't have"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        esi_provider_config config = config_of();
        config.base_url = rows[i].base;
        ck_assert_int_eq(read_config(&config), ESI_EINVAL);
        ck_assert_str_eq(error.message, rows[i].why);
        ck_assert_ptr_null(strstr(error.message, "geheim"));
    }
    esi_provider_config config = config_of();
    config.embedding_base_url = "gopher://host";
    ck_assert_int_eq(read_config(&config), ESI_EINVAL);
    ck_assert_str_eq(error.message, "embedding_base_url: it has to begin with https:// or http://");
}
END_TEST

START_TEST(a_version_makes_it_azure) {
    esi_provider_config config = config_of();
    config.base_url = "https://range.openai.azure.com/";
    config.api_version = "2024-10-21";
    config.api_key = KEY;
    config.chat_model = "gpt 4o/prod";
    ck_assert_int_eq(read_config(&config), ESI_OK);
    ck_assert_str_eq(chat.items[0].place.url,
                     "https://range.openai.azure.com/openai/deployments/gpt%204o%2Fprod/"
                     "chat/completions?api-version=2024-10-21");
    ck_assert_str_eq(field(&chat.items[0], "api-key"), KEY);
    ck_assert_ptr_null(field(&chat.items[0], "Authorization"));
    ck_assert_str_eq(vectors.items[0].place.url,
                     "https://range.openai.azure.com/openai/deployments/text-embedding-3-small/"
                     "embeddings?api-version=2024-10-21");
}
END_TEST

/* ---- keys ----------------------------------------------------------------------------------- */

START_TEST(a_key_of_the_options_goes_to_its_own_address_only) {
    static const struct {
        const char *base, *embedding_base, *embedding_key, *expected;
    } rows[] = {
        {NULL, NULL, NULL, "Bearer " KEY},
        {"https://a/v1", NULL, NULL, "Bearer " KEY},
        {"https://a/v1", "https://a/other", NULL, "Bearer " KEY},
        {"https://a/v1", "https://A:443/v1", NULL, "Bearer " KEY},
        {"https://a/v1", "https://a:8443/v1", NULL, NULL},
        {"https://a/v1", "http://a/v1", NULL, NULL},
        {"https://a/v1", "https://b/v1", NULL, NULL},
        {NULL, "https://b/v1", NULL, NULL},
        {"https://a/v1", "https://b/v1", "vk", "Bearer vk"},
        {"https://a/v1", NULL, "vk", "Bearer vk"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        esi_provider_config config = config_of();
        config.api_key = KEY;
        config.base_url = rows[i].base;
        config.embedding_base_url = rows[i].embedding_base;
        config.embedding_api_key = rows[i].embedding_key;
        ck_assert_int_eq(read_config(&config), ESI_OK);
        ck_assert_str_eq(field(&chat.items[0], "Authorization"), "Bearer " KEY);
        const char *value = field(&vectors.items[0], "Authorization");
        ck_assert_msg(rows[i].expected == NULL
                          ? value == NULL
                          : value != NULL && strcmp(value, rows[i].expected) == 0,
                      "%zu: %s", i, value);
    }
}
END_TEST

START_TEST(in_a_file_too_the_key_of_the_options_goes_to_its_own_address_only) {
    esi_provider_config config = config_of();
    config.api_key = KEY;
    config.endpoints = "{\"chat\":[{\"baseUrl\":\"https://api.openai.com/v1\",\"model\":\"m\"},"
                       "{\"baseUrl\":\"https://other.example/v1\",\"model\":\"m\"}]}";
    ck_assert_int_eq(read_config(&config), ESI_OK);
    ck_assert_str_eq(field(&chat.items[0], "Authorization"), "Bearer " KEY);
    ck_assert_ptr_null(field(&chat.items[1], "Authorization"));
}
END_TEST

START_TEST(a_key_that_would_end_its_field_is_refused) {
    static const char *const keys[] = {"a\r\nX-Evil: 1", "a\nb",  "a b",
                                       "a\tb",           "a\x7f", "schl\xc3\xbcssel"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        esi_provider_config config = config_of();
        config.api_key = keys[i];
        ck_assert_int_eq(read_config(&config), ESI_EINVAL);
        ck_assert_str_eq(error.message, "api_key: the key holds a space, a line break or another "
                                        "character that keys don't have");
    }
}
END_TEST

START_TEST(white_space_around_a_key_is_no_part_of_it) {
    esi_provider_config config = config_of();
    config.api_key = " " KEY "\n";
    ck_assert_int_eq(read_config(&config), ESI_OK);
    ck_assert_str_eq(field(&chat.items[0], "Authorization"), "Bearer " KEY);
    write_file("a.key", KEY " \r\n\n");
    ck_assert_int_eq(read_text("{'chat':[{'baseUrl':'https://h','model':'m','keyFile':'a.key'}]}"),
                     ESI_OK);
    ck_assert_str_eq(field(&chat.items[0], "Authorization"), "Bearer " KEY);
}
END_TEST

START_TEST(without_a_key_none_is_sent) {
    static const char *const keys[] = {NULL, "", " \n"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        esi_provider_config config = config_of();
        config.base_url = "http://10.0.0.1";
        config.api_key = keys[i];
        ck_assert_int_eq(read_config(&config), ESI_OK);
        ck_assert_ptr_null(field(&chat.items[0], "Authorization"));
        ck_assert_str_eq(logged, "");
    }
}
END_TEST

START_TEST(a_key_over_plain_http_is_warned_of) {
    static const struct {
        const char *base;
        bool warned;
    } rows[] = {
        {"http://10.0.0.1/v1", true},   {"https://10.0.0.1/v1", false},
        {"http://127.0.0.1/v1", false}, {"http://localhost:1/v1", false},
        {"http://[::1]/v1", false},     {"http://127.evil.example/v1", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        esi_provider_config config = config_of();
        config.base_url = rows[i].base;
        config.api_key = KEY;
        logged[0] = '\0';
        ck_assert_int_eq(read_config(&config), ESI_OK);
        ck_assert_msg((*logged != '\0') == rows[i].warned, "%s: %s", rows[i].base, logged);
        ck_assert_ptr_null(strstr(logged, KEY));
    }
}
END_TEST

/* ---- the file ------------------------------------------------------------------------------- */

START_TEST(the_example_file_is_read_as_it_says) {
    struct buf text;
    buf_init(&text, ENDPOINTS_FILE_MAX);
    ck_assert_int_eq(
        os_read_file(TEST_SOURCE_ROOT "/examples/endpoints.json", ENDPOINTS_FILE_MAX, &text, NULL),
        ESI_OK);
    write_file("openai.key", "sk-openai\n");
    write_file("azure.key", "azure-secret\n");
    esi_provider_config config = config_of();
    config.endpoints = text.p;
    config.endpoints_name = in_folder("endpoints.json");
    ck_assert_msg(read_config(&config) == ESI_OK, "%s", error.message);
    buf_clear(&text);
    ck_assert_uint_eq(chat.count, 3);
    ck_assert_str_eq(chat.items[0].name, "openai");
    ck_assert_str_eq(field(&chat.items[0], "Authorization"), "Bearer sk-openai");
    ck_assert_str_eq(chat.items[1].model, "helpdesk");
    ck_assert_str_eq(chat.items[1].known_as, "gpt-4o");
    ck_assert_str_eq(field(&chat.items[1], "api-key"), "azure-secret");
    ck_assert_str_eq(chat.items[2].name, "local");
    ck_assert_ptr_null(field(&chat.items[2], "Authorization"));
    ck_assert_int_eq(chat.items[2].first_ms, 20000);
    ck_assert_uint_eq(vectors.count, 2);
    ck_assert_str_eq(vectors.items[1].place.url, "https://range.openai.azure.com/openai/"
                                                 "deployments/vectors/embeddings"
                                                 "?api-version=2024-10-21");
    ck_assert_str_eq(vectors.items[1].known_as, "text-embedding-3-small");
}
END_TEST

START_TEST(every_member_arrives) {
    write_file("ca.pem", "x");
    write_file("c.pem", "x");
    ck_assert_msg(
        read_text("{'chat':[{'name':'n','baseUrl':'https://h','model':'m','key':'k','headers':"
                  "{'X-Team':'blue','OpenAI-Organization':'o','user-agent':'me'},'caFile':'ca.pem',"
                  "'clientCert':'c.pem','clientKey':'c.pem','proxy':'http://u:p@proxy:3128',"
                  "'noProxy':'.example','insecure':true,'firstByteMs':5000,'stream':false}],"
                  "'embeddings':[{'baseUrl':'https://h','model':'m','dimensions':256,"
                  "'batchTexts':7,'batchTokens':9000}]}") == ESI_OK,
        "%s", error.message);
    const struct endpoint *e = &chat.items[0];
    ck_assert_str_eq(e->place.ca_file, in_folder("ca.pem"));
    ck_assert_str_eq(e->place.client_cert, in_folder("c.pem"));
    ck_assert_str_eq(e->place.client_key, in_folder("c.pem"));
    ck_assert_str_eq(e->place.proxy, "http://u:p@proxy:3128");
    ck_assert_str_eq(e->place.no_proxy, ".example");
    ck_assert(e->place.insecure);
    ck_assert(e->one_reply);
    ck_assert_int_eq(e->first_ms, 5000);
    ck_assert_str_eq(field(e, "X-Team"), "blue");
    ck_assert_str_eq(field(e, "OpenAI-Organization"), "o");
    ck_assert_str_eq(field(e, "Content-Type"), "application/json");
    ck_assert_str_eq(field(e, "user-agent"), "me");
    ck_assert_ptr_null(field(e, "User-Agent"));
    ck_assert_int_eq(vectors.items[0].dimensions, 256);
    ck_assert_int_eq(vectors.items[0].batch_count, 7);
    ck_assert_int_eq(vectors.items[0].batch_tokens, 9000);
    ck_assert(!vectors.items[0].one_reply);
    ck_assert_ptr_nonnull(strstr(logged, "certificate"));
}
END_TEST

#define OK_URL "'baseUrl':'https://h','model':'m'"

/* Long: a table of mistakes. */
START_TEST(a_mistake_in_the_file_is_named_with_its_line) {
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{'chat':[{\n'baseUrl':'h',\n'model':'m'}]}",
         "endpoints.json:2: baseUrl: it has to begin with https:// or http://"},
        {"{'chat':[{'name':'a',\n'baseUrl':'h',\n'model':'m'}]}",
         "endpoints.json:2: baseUrl of endpoint \"a\": it has to begin with https:// or http://"},
        {"{'chat':[\n{'model':'m'}]}", "endpoints.json:2: baseUrl: it is missing"},
        {"{'chat':[\n{'baseUrl':'https://h'}]}", "endpoints.json:2: model: it is missing"},
        {"{'chat':[{" OK_URL ",\n'apiKey':'k'}]}",
         "endpoints.json:2: apiKey: there is no such member; is \"key\" meant?"},
        {"{'chat':[{" OK_URL ",\n'base_url':'k'}]}",
         "endpoints.json:2: base_url: there is no such member; is \"baseUrl\" meant?"},
        {"{'chat':[{" OK_URL ",\n'api-version':'k'}]}",
         "endpoints.json:2: api-version: there is no such member; is \"apiVersion\" meant?"},
        {"{'chat':[{" OK_URL ",\n'modle':'k'}]}",
         "endpoints.json:2: modle: there is no such member; is \"model\" meant?"},
        {"{'chat':[{" OK_URL ",\n'keyFil':'k'}]}",
         "endpoints.json:2: keyFil: there is no such member; is \"keyFile\" meant?"},
        {"{'chat':[{" OK_URL ",\n'stremm':'k'}]}",
         "endpoints.json:2: stremm: there is no such member; is \"stream\" meant?"},
        {"{'chat':[{" OK_URL ",\n'temperature':1}]}",
         "endpoints.json:2: temperature: there is no such member: name, baseUrl, model, "
         "deployment, key, keyFile, api, apiVersion, headers, ... are"},
        {"{'chat':[{" OK_URL ",\n'dimensions':1}]}",
         "endpoints.json:2: dimensions: an endpoint of \"chat\" has none"},
        {"{'embeddings':[{" OK_URL ",\n'stream':false}]}",
         "endpoints.json:2: stream: an endpoint of \"embeddings\" has none"},
        {"{'chat':[{" OK_URL ",\n'firstByteMs':1}]}",
         "endpoints.json:2: firstByteMs: it has to be a whole number from 100 to 600000"},
        {"{'chat':[{" OK_URL ",\n'insecure':1}]}",
         "endpoints.json:2: insecure: it has to be true or false"},
        {"{'chat':[{" OK_URL ",\n'key':7}]}",
         "endpoints.json:2: key: it has to be a text of 1 to 4096 bytes"},
        {"{'chat':[{" OK_URL ",\n'key':''}]}",
         "endpoints.json:2: key: it has to be a text of 1 to 4096 bytes"},
        {"{'chat':[{" OK_URL ",\n'key':'a\\nb'}]}",
         "endpoints.json:2: key: the key holds a space, a line break or another character that "
         "keys don't have"},
        {"{'chat':[{" OK_URL ",'key':'k',\n'keyFile':'k'}]}",
         "endpoints.json:2: keyFile: there is a key, too: leave one of them out"},
        {"{'chat':[{" OK_URL ",\n'api':'bedrock'}]}",
         "endpoints.json:2: api: it is \"openai\" or \"azure\""},
        {"{'chat':[{" OK_URL ",'api':'openai',\n'apiVersion':'1'}]}",
         "endpoints.json:2: apiVersion: only \"api\": \"azure\" has one"},
        {"{'chat':[{" OK_URL ",\n'headers':[]}]}",
         "endpoints.json:2: headers: it has to be an object of names and texts"},
        {"{'chat':[{" OK_URL ",\n'headers':{'a b':'c'}}]}",
         "endpoints.json:2: headers: \"a b\" is no name of a field that may be set"},
        {"{'chat':[{" OK_URL ",\n'headers':{'Host':'c'}}]}",
         "endpoints.json:2: headers: \"Host\" is no name of a field that may be set"},
        {"{'chat':[{" OK_URL ",\n'headers':{'X':'a\\r\\nY: b'}}]}",
         "endpoints.json:2: headers: the value of \"X\" has to be a text of one line"},
        {"{'chat':[{" OK_URL ",'key':'k',\n'headers':{'authorization':'b'}}]}",
         "endpoints.json:2: headers: \"authorization\" is set twice, or by the key"},
        {"{'chat':[{" OK_URL ",\n'proxy':'host:3128'}]}",
         "endpoints.json:2: proxy: it has to begin with http://, https://, socks4://, socks5:// "
         "or socks5h://"},
        {"{'chat':[{'name':'a'," OK_URL "},\n{'name':'a'," OK_URL "}]}",
         "endpoints.json:2: name of endpoint \"a\": another endpoint has the same"},
        {"{'embeddings':[{" OK_URL "},\n{'baseUrl':'https://i','model':'o'}]}",
         "endpoints.json:2: model: vectors of different models can't be compared: all of "
         "\"embeddings\" name one (where an endpoint calls it otherwise, by \"deployment\")"},
        {"{'chat':[{" OK_URL "}],\n'embedding':[]}",
         "endpoints.json:2: there is no such member as \"embedding\": \"chat\" and \"embeddings\" "
         "are"},
        {"{\n'chat':{}}", "endpoints.json:2: \"chat\" has to be a list of at most 16 endpoints"},
        {"{'chat':[\n'https://h']}", "endpoints.json:2: an endpoint has to be an object"},
        {"{'chat':[]}", "endpoints.json: it lists no endpoint"},
        {"[]", "endpoints.json: it has to be an object with \"chat\" and \"embeddings\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(read_text(rows[i].text) == ESI_EINVAL, "%s", rows[i].text);
        ck_assert_str_eq(said(), rows[i].why);
        ck_assert_uint_eq(chat.count, 0);
    }
}
END_TEST

START_TEST(what_isnt_json_is_refused_with_its_place) {
    ck_assert_int_eq(read_text("{'chat':[\n{,}]}"), ESI_EPARSE);
    ck_assert_ptr_nonnull(strstr(error.message, "endpoints.json, line 2, column 2"));
    ck_assert_int_eq(read_text("{'chat':[{'name':'a','name':'b'}]}"), ESI_EPARSE);
}
END_TEST

START_TEST(files_that_arent_there_are_named) {
    static const struct {
        const char *member, *why;
    } rows[] = {
        {"keyFile", "there is no such file"},
        {"caFile", "there is no file"},
        {"clientCert", "there is no file"},
        {"clientKey", "there is no file"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text =
            arena_printf(&memory, "{'chat':[{" OK_URL ",'%s':'nowhere.pem'}]}", rows[i].member);
        ck_assert_int_eq(read_text(text), ESI_EINVAL);
        ck_assert_ptr_nonnull(strstr(said(), rows[i].member));
        ck_assert_ptr_nonnull(strstr(said(), rows[i].why));
        ck_assert_ptr_nonnull(strstr(said(), in_folder("nowhere.pem")));
    }
    write_file("a.key", "\n");
    ck_assert_int_eq(read_text("{'chat':[{" OK_URL ",'keyFile':'a.key'}]}"), ESI_EINVAL);
    ck_assert_str_eq(said(), "endpoints.json:1: keyFile: the file is empty");
    write_file("c.pem", "x");
    ck_assert_int_eq(read_text("{'chat':[{" OK_URL ",'clientKey':'c.pem'}]}"), ESI_EINVAL);
    ck_assert_str_eq(said(),
                     "endpoints.json:1: clientKey: there is no clientCert that it belongs to");
}
END_TEST

START_TEST(there_are_limits) {
    struct buf text;
    buf_init(&text, 1u << 20);
    buf_str(&text, "{'chat':[");
    for (int i = 0; i <= ENDPOINTS_MAX; i++) {
        buf_printf(&text, "%s{" OK_URL "}", i > 0 ? "," : "");
    }
    buf_str(&text, "]}");
    ck_assert_int_eq(read_text(text.p), ESI_EINVAL);
    buf_empty(&text);
    buf_str(&text, "{'chat':[{" OK_URL ",'headers':{");
    for (int i = 0; i < ENDPOINT_FIELDS_MAX; i++) {
        buf_printf(&text, "%s'X-%d':'1'", i > 0 ? "," : "", i);
    }
    buf_str(&text, "}}]}");
    ck_assert_int_eq(read_text(text.p), ESI_EINVAL);
    ck_assert_str_eq(said(), "endpoints.json:1: headers: there are more than 13");
    buf_empty(&text);
    for (size_t i = 0; i <= ENDPOINTS_FILE_MAX; i++) {
        buf_char(&text, ' ');
    }
    ck_assert_int_eq(read_text(text.p), ESI_ETOOBIG);
    buf_clear(&text);
}
END_TEST

START_TEST(endpoints_without_a_name_are_told_apart) {
    ck_assert_int_eq(read_text("{'chat':[{" OK_URL "},{" OK_URL "},"
                               "{'baseUrl':'https://h:8443','model':'m'}]}"),
                     ESI_OK);
    ck_assert_str_eq(chat.items[0].name, "h");
    ck_assert_str_eq(chat.items[1].name, "h, 2");
    ck_assert_str_eq(chat.items[2].name, "h:8443");
    ck_assert_uint_eq(vectors.count, 0);
}
END_TEST

START_TEST(a_model_of_no_name_makes_no_vectors) {
    esi_provider_config config = config_of();
    config.embedding_model = "";
    ck_assert_int_eq(read_config(&config), ESI_OK);
    ck_assert_uint_eq(chat.count, 1);
    ck_assert_uint_eq(vectors.count, 0);
}
END_TEST

START_TEST(dimensions_of_the_options_hold_where_the_file_says_nothing) {
    esi_provider_config config = config_of();
    config.dimensions = 512;
    config.endpoints = "{\"embeddings\":[{\"baseUrl\":\"https://h\",\"model\":\"m\"}]}";
    ck_assert_int_eq(read_config(&config), ESI_OK);
    ck_assert_int_eq(vectors.items[0].dimensions, 512);
}
END_TEST

/* ---- their state ---------------------------------------------------------------------------- */

START_TEST(they_tell_how_they_are) {
    ck_assert_int_eq(read_text("{'chat':[{'name':'a'," OK_URL "},{'name':'b'," OK_URL "}]}"),
                     ESI_OK);
    struct endpoint *b = &chat.items[1];
    b->requests = 7;
    b->failures = 5;
    b->repeats = 3;
    b->lost = 1;
    b->in_flight = 2;
    strcpy(b->problem, "HTTP 503");
    breaker_failure(&b->breaker, esi_clock_ns() / NS_PER_MS, true, 60000, 0);
    esi_endpoint_state states[2];
    ck_assert_int_eq(endpoints_tell(&chat, &memory, states, &error), ESI_OK);
    ck_assert_str_eq(states[0].name, "a");
    ck_assert(!states[0].resting);
    ck_assert_ptr_null(states[0].problem);
    ck_assert_str_eq(states[1].name, "b");
    ck_assert_str_eq(states[1].model, "m");
    ck_assert(states[1].resting);
    ck_assert_int_gt(states[1].rest_ms, 50000);
    ck_assert_int_eq(states[1].requests, 7);
    ck_assert_int_eq(states[1].failures, 5);
    ck_assert_int_eq(states[1].repeats, 3);
    ck_assert_int_eq(states[1].lost, 1);
    ck_assert_int_eq(states[1].in_flight, 2);
    ck_assert_str_eq(states[1].problem, "HTTP 503");
}
END_TEST

int main(void) {
    TCase *t = tcase_create("endpoint");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, without_anything_it_is_the_public_api);
    tcase_add_test(t, a_wrong_address_is_refused_with_what_is_wrong_and_without_itself);
    tcase_add_test(t, a_version_makes_it_azure);
    tcase_add_test(t, a_key_of_the_options_goes_to_its_own_address_only);
    tcase_add_test(t, in_a_file_too_the_key_of_the_options_goes_to_its_own_address_only);
    tcase_add_test(t, a_key_that_would_end_its_field_is_refused);
    tcase_add_test(t, white_space_around_a_key_is_no_part_of_it);
    tcase_add_test(t, without_a_key_none_is_sent);
    tcase_add_test(t, a_key_over_plain_http_is_warned_of);
    tcase_add_test(t, the_example_file_is_read_as_it_says);
    tcase_add_test(t, every_member_arrives);
    tcase_add_test(t, a_mistake_in_the_file_is_named_with_its_line);
    tcase_add_test(t, what_isnt_json_is_refused_with_its_place);
    tcase_add_test(t, files_that_arent_there_are_named);
    tcase_add_test(t, there_are_limits);
    tcase_add_test(t, endpoints_without_a_name_are_told_apart);
    tcase_add_test(t, a_model_of_no_name_makes_no_vectors);
    tcase_add_test(t, dimensions_of_the_options_hold_where_the_file_says_nothing);
    tcase_add_test(t, they_tell_how_they_are);
    return tap_run("provider/endpoint", t);
}

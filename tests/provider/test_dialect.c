#include "provider/dialect.h"

#include <string.h>

#include "tap.h"

static esi_arena arena;

static void setup(void) {
    arena_init(&arena, 0);
}

static void teardown(void) {
    arena_clear(&arena);
}

static struct api_error error_of(const char *body) {
    struct api_error e;
    ck_assert_int_eq(api_error_read(view_of(body), &arena, &e, NULL), ESI_OK);
    return e;
}

static void check_error(const char *body, const char *message, const char *type, const char *code) {
    const struct api_error e = error_of(body);
    ck_assert_str_eq(e.message.p, message);
    ck_assert_str_eq(e.type.p, type);
    ck_assert_str_eq(e.code.p, code);
    ck_assert_uint_eq(e.message.n, strlen(message));
}

static void check_param(const char *body, const char *message, const char *param) {
    const struct api_error e = error_of(body);
    ck_assert_str_eq(e.message.p, message);
    ck_assert_str_eq(e.param.p, param);
}

/* ---- reading --------------------------------------------------------------------------------- */

START_TEST(an_error_of_the_api_is_read) {
    check_error(
        "{\n  \"error\": {\n    \"message\": \"Incorrect API key provided: x.\",\n    \"type\": "
        "\"invalid_request_error\",\n    \"param\": null,\n    \"code\": "
        "\"invalid_api_key\"\n  }\n}\n",
        "Incorrect API key provided: x.", "invalid_request_error", "invalid_api_key");
    check_param("{\"error\":{\"message\":\"Unknown parameter: 'stream_options'.\",\"type\":"
                "\"invalid_request_error\",\"param\":\"stream_options\",\"code\":"
                "\"unknown_parameter\"}}",
                "Unknown parameter: 'stream_options'.", "stream_options");
}
END_TEST

START_TEST(errors_of_its_relatives_are_read) {
    check_error("{\"object\":\"error\",\"message\":\"too much\",\"type\":\"BadRequestError\","
                "\"param\":null,\"code\":400}",
                "too much", "BadRequestError", "400");
    check_error("{\"error\":{\"code\":500,\"message\":\"no room\",\"type\":"
                "\"exceed_context_size_error\",\"n_prompt_tokens\":1407,\"n_ctx\":256}}",
                "no room", "exceed_context_size_error", "500");
    check_error("{\"error\":\"model 'x' not found\"}", "model 'x' not found", "", "");
    check_error("{\"error\":\"Model is overloaded\",\"error_type\":\"overloaded\"}",
                "Model is overloaded", "overloaded", "");
    check_error("{ \"statusCode\": 401, \"message\": \"Access denied due to missing key.\" }",
                "Access denied due to missing key.", "", "401");
    check_error("[{\"error\":{\"code\":400,\"message\":\"bad\",\"status\":\"INVALID_ARGUMENT\"}}]",
                "bad", "INVALID_ARGUMENT", "400");
    check_error("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
                "\"Overloaded\"}}",
                "Overloaded", "overloaded_error", "");
    check_error("{\"type\":\"about:blank\",\"title\":\"Bad Gateway\",\"status\":502,\"detail\":"
                "\"no upstream\"}",
                "no upstream", "about:blank", "");
    check_error("{\"timestamp\":1,\"status\":404,\"error\":\"Not Found\",\"path\":\"/v1\"}",
                "Not Found", "", "");
}
END_TEST

START_TEST(an_inner_error_stands_beside_the_outer_one) {
    check_error(
        "{\"error\":{\"message\":\"Filtered.\",\"type\":null,\"param\":\"prompt\",\"code\":"
        "\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
        "\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{\"hate\":{\"filtered\":"
        "true,\"severity\":\"high\"}}}}}",
        "Filtered.", "", "content_filter");
    check_error("{\"error\":{\"message\":\"Provider returned error\",\"code\":429,\"metadata\":"
                "{\"raw\":\"error code: 1015\",\"provider_name\":\"Kluster\"}},\"user_id\":\"u\"}",
                "Provider returned error: error code: 1015", "", "429");
}
END_TEST

START_TEST(a_fault_of_validation_names_its_place) {
    check_param("{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"stream_options\"],"
                "\"msg\":\"Extra inputs are not permitted\",\"input\":{\"include_usage\":true}}]}",
                "Extra inputs are not permitted", "body.stream_options");
    check_param("{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\","
                "\"loc\":[\"body\",\"max_completion_tokens\"],\"msg\":\"Extra inputs are not "
                "permitted\",\"input\":32000}]},\"type\":\"invalid_request_error\",\"param\":null,"
                "\"code\":null}",
                "Extra inputs are not permitted", "body.max_completion_tokens");
    check_param(
        "{\"errors\":[{\"loc\":[\"body\",\"messages\",1,\"role\"],\"msg\":\"Input should be "
        "'user' or 'assistant'\",\"type\":\"literal_error\"}]}",
        "Input should be 'user' or 'assistant'", "body.messages.1.role");
    check_param("{\"detail\":\"Not Found\"}", "Not Found", "");
}
END_TEST

START_TEST(what_is_no_json_is_its_own_message) {
    check_error("upstream connect error\r\n", "upstream connect error", "", "");
    check_error("<html>\r\n<head><TITLE>502 Bad Gateway</TITLE></head>\r\n<body><h1>x</h1></body>",
                "502 Bad Gateway", "", "");
    check_error("<p>No <b>r\xc3\xb6om</b>.</p>", "No r\xc3\xb6om.", "", "");
    check_error("\"a text\"", "a text", "", "");
    check_error("", "", "", "");
    check_error("{}", "", "", "");
    check_error("[]", "", "", "");
    check_error("{\"error\":null}", "", "", "");
    check_error("{\"error\":{\"message\":\"cut of", "", "", "");
}
END_TEST

START_TEST(a_message_is_decoded_and_has_a_limit) {
    check_error("\xef\xbb\xbf{\"error\":{\"message\":\"a\\u00e9\\u0000\\n\xff\"}}",
                "a\xc3\xa9 \n\xef\xbf\xbd", "", "");
    static char body[100000];
    memset(body, 'x', sizeof body - 1);
    ck_assert_uint_eq(error_of(body).message.n, API_ERROR_TEXT_MAX);
    memcpy(body, "{\"error\":\"", 10);
    memcpy(body + sizeof body - 3, "\"}", 3);
    ck_assert_uint_eq(error_of(body).message.n, API_ERROR_TEXT_MAX);
    memset(body, '[', sizeof body - 1);
    ck_assert_uint_eq(error_of(body).message.n, 0);
}
END_TEST

/* ---- what is tried next -----------------------------------------------------------------------
 * */

static void check_next(int status, const char *body, unsigned now, unsigned next) {
    const struct api_error e = error_of(body);
    ck_assert_uint_eq(dialect_after(now, status, &e, false), next);
}

static void check_embed(int status, const char *body, unsigned now, unsigned next) {
    const struct api_error e = error_of(body);
    ck_assert_uint_eq(dialect_after(now, status, &e, true), next);
}

#define NO_JSON (DIALECT_NO_SCHEMA | DIALECT_NO_JSON)

START_TEST(a_schema_that_is_refused_is_left_out_in_two_steps) {
    static const char *const bodies[] = {
        "{\"error\":{\"message\":\"Invalid parameter: 'response_format' of type 'json_schema' is "
        "not "
        "supported with this model. Learn more about supported models at the Structured Outputs "
        "guide\",\"type\":\"invalid_request_error\",\"param\":\"\",\"code\":null}}",
        "{\"error\":{\"message\":\"Failed to deserialize the JSON body into the target type: "
        "response_format: This response_format type is unavailable now\",\"type\":"
        "\"invalid_request_error\",\"param\":null,\"code\":\"invalid_request_error\"}}",
        "{\"detail\":\"Unsupported parameter: response_format\"}",
        "{\"error\":\"'response_format.type' must be 'text'\"}",
        ("{\"error\":{\"code\":400,\"message\":\"Failed to parse grammar\",\"type\":"
         "\"invalid_request_error\"}}"),
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        check_next(400, bodies[i], 0, DIALECT_NO_SCHEMA);
        check_next(422, bodies[i], DIALECT_NO_SCHEMA, NO_JSON);
    }
    check_next(400, "{\"error\":\"'response_format.type' must be 'json_schema' or 'text'\"}",
               DIALECT_NO_SCHEMA, NO_JSON);
}
END_TEST

START_TEST(the_part_that_is_named_is_left_out) {
    check_next(400,
               "{\"error\":{\"message\":\"Unrecognized request argument supplied: stream_options. "
               "Please contact us through a support request\",\"type\":\"invalid_request_error\"}}",
               0, DIALECT_NO_USAGE);
    check_next(422,
               "{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\","
               "\"loc\":[\"body\",\"max_completion_tokens\"],\"msg\":\"Extra inputs are not "
               "permitted\",\"input\":32000}]},\"type\":\"invalid_request_error\"}",
               0, DIALECT_OLD_MAX_TOKENS);
    check_next(400,
               "{\"object\":\"error\",\"message\":\"[{'type': 'extra_forbidden', 'loc': ('body', "
               "'max_completion_tokens'), 'msg': 'Extra inputs are not permitted', 'input': "
               "8192}]\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
               NO_JSON, NO_JSON | DIALECT_OLD_MAX_TOKENS);
    check_next(
        400,
        "{\"error\":{\"message\":\"Unsupported value: 'temperature' does not support 0.16 "
        "with this model. Only the default (1) value is supported.\",\"type\":"
        "\"invalid_request_error\",\"param\":\"temperature\",\"code\":\"unsupported_value\"}}",
        0, DIALECT_NO_TEMPERATURE);
    check_next(400,
               "{\"error\":{\"message\":\"Unsupported value: 'stream' does not support true with "
               "this model.\",\"type\":\"invalid_request_error\",\"param\":\"stream\",\"code\":"
               "\"unsupported_value\"}}",
               0, DIALECT_NO_STREAM);
    check_next(500,
               "{\"error\":{\"message\":\"litellm.UnsupportedParamsError: ollama does not support "
               "parameters: ['stream_options'], for model=x. To drop these, set "
               "`litellm.drop_params=True`\",\"type\":null,\"code\":\"500\"}}",
               0, DIALECT_NO_USAGE);
}
END_TEST

START_TEST(a_role_that_is_refused_is_left_out) {
    static const char *const bodies[] = {
        "{\"object\":\"error\",\"message\":\"System role not supported\",\"type\":"
        "\"BadRequestError\",\"param\":null,\"code\":400}",
        "{\"error\":{\"message\":\"Only user and assistant roles are supported!\"}}",
        "{\"error\":{\"message\":\"Conversation roles must alternate user/assistant/user/...\"}}",
        "{\"errors\":[{\"loc\":[\"body\",\"messages\",1,\"role\"],\"msg\":\"Input should be "
        "'user' or 'assistant'\",\"type\":\"literal_error\"}]}",
        "{\"error\":{\"message\":\"Unsupported value: 'messages[0].role' does not support 'system' "
        "with this model.\",\"param\":\"messages[0].role\",\"code\":\"unsupported_value\"}}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        check_next(400, bodies[i], 0, DIALECT_NO_SYSTEM);
    }
}
END_TEST

START_TEST(of_vectors_the_form_is_left_out) {
    check_embed(400,
                "{\"object\":\"error\",\"message\":\"Model \\\"bge-m3\\\" does not support "
                "matryoshka representation, changing output dimensions will lead to poor "
                "results.\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
                0, DIALECT_NO_DIMENSIONS);
    check_embed(400,
                "{\"object\":\"error\",\"message\":\"dimensions is currently not supported\","
                "\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
                DIALECT_NO_BASE64, DIALECT_NO_BASE64 | DIALECT_NO_DIMENSIONS);
    check_embed(500,
                "{\"error\":{\"message\":\"litellm.UnsupportedParamsError: Setting "
                "{'encoding_format': 'base64'} is not supported by ollama\",\"code\":\"500\"}}",
                0, DIALECT_NO_BASE64);
    check_embed(422,
                "{\"detail\":[{\"type\":\"literal_error\",\"loc\":[\"body\",\"encoding_format\"],"
                "\"msg\":\"Input should be 'float'\"}]}",
                0, DIALECT_NO_BASE64);
}
END_TEST

START_TEST(a_refusal_without_a_name_climbs_down_to_the_end) {
    static const char *const bodies[] = {
        "", "Bad Request", "{\"error\":{\"message\":\"Invalid request\",\"type\":\"x\"}}",
        "{\"detail\":\"Unprocessable Entity\"}"};
    static const unsigned steps[] = {
        DIALECT_NO_SCHEMA,      NO_JSON,           DIALECT_NO_USAGE, DIALECT_OLD_MAX_TOKENS,
        DIALECT_NO_TEMPERATURE, DIALECT_NO_SYSTEM, DIALECT_NO_STREAM};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        unsigned now = 0;
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
            check_next(400, bodies[i], now, now | steps[k]);
            now |= steps[k];
        }
        check_next(400, bodies[i], now, now);
        check_embed(400, bodies[i], 0, DIALECT_NO_BASE64);
        check_embed(422, bodies[i], DIALECT_NO_BASE64, DIALECT_NO_BASE64 | DIALECT_NO_DIMENSIONS);
    }
}
END_TEST

START_TEST(a_refusal_for_another_reason_changes_nothing) {
    static const struct {
        int status;
        const char *body;
    } others[] = {
        {401, "{\"error\":{\"message\":\"Incorrect API key provided\",\"code\":"
              "\"invalid_api_key\"}}"},
        {400, "{\"error\":{\"message\":\"Invalid API key.\"}}"},
        {404, "{\"error\":{\"message\":\"The model `x` does not exist\",\"type\":"
              "\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}"},
        {400, "{\"error\":{\"message\":\"Invalid model name passed in model=x\"}}"},
        {404,
         "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API deployment for this "
         "resource does not exist.\"}}"},
        {404, "404 page not found"},
        {500, "{\"error\":{\"message\":\"stream closed\",\"type\":\"server_error\"}}"},
        {500, "Internal Server Error"},
        {429, "{\"error\":{\"message\":\"Unsupported: response_format\"}}"},
        {400, "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens, "
              "however you requested 9000 (schema: 100)\",\"code\":\"context_length_exceeded\"}}"},
        {400, "{\"error\":{\"message\":\"The response was filtered due to the prompt triggering "
              "Azure OpenAI's content management policy.\",\"code\":\"content_filter\"}}"},
        {200, "{\"error\":{\"message\":\"Invalid request\"}}"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        check_next(others[i].status, others[i].body, 0, 0);
        check_embed(others[i].status, others[i].body, 0, 0);
    }
    check_next(
        400,
        "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with "
        "this model. Use 'max_completion_tokens' instead.\",\"param\":\"max_tokens\",\"code\":"
        "\"unsupported_parameter\"}}",
        DIALECT_OLD_MAX_TOKENS, DIALECT_OLD_MAX_TOKENS);
}
END_TEST

START_TEST(every_refusal_comes_to_an_end) {
    static const char *const bodies[] = {
        "response_format stream_options max_completion_tokens temperature stream 'system'",
        "max_tokens", "json_schema", "invalid", ""};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        const struct api_error e = error_of(bodies[i]);
        for (int embeds = 0; embeds < 2; embeds++) {
            unsigned now = 0, steps = 0;
            for (unsigned next = 1; next != now; steps++) {
                next = now;
                now = dialect_after(next, 400, &e, embeds != 0);
                ck_assert_uint_eq(now & next, next);
            }
            ck_assert_uint_le(steps, 10);
        }
    }
}
END_TEST

/* ---- reasons --------------------------------------------------------------------------------- */

START_TEST(what_is_too_large_is_known) {
    static const struct {
        int status;
        const char *body;
    } all[] = {
        {400, "{\"error\":{\"message\":\"This model's maximum context length is 8192 tokens\","
              "\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}"},
        {400, "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context "
              "size. try increasing it\",\"type\":\"exceed_context_size_error\"}}"},
        {400, "{\"error\":{\"message\":\"<400> InternalError.Algo.InvalidParameter: Value error, "
              "batch size is invalid, it should not be larger than 10.: input.contents\",\"type\":"
              "\"InvalidParameter\"}}"},
        {400, "{\"error\":{\"message\":\"Requested 375703 tokens, max 300000 tokens per request\","
              "\"type\":\"max_tokens_per_request\"}}"},
        {400, "{\"error\":{\"message\":\"Too many inputs. The max number of inputs is 16.\"}}"},
        {422, "{\"error\":\"Input validation error: `inputs` must have less than 1024 tokens. "
              "Given: 1234\",\"error_type\":\"validation\"}"},
        {422, "{\"error\":\"batch size 64 > maximum allowed batch size 32\",\"error_type\":"
              "\"Validation\"}"},
        {500, "{\"error\":{\"code\":500,\"message\":\"input is too large to process. increase the "
              "physical batch size\",\"type\":\"server_error\"}}"},
        {500, "{\"error\":{\"message\":\"the input length exceeds the context length\"}}"},
        {429, "{\"error\":{\"message\":\"Request too large for gpt-4o on tokens per min (TPM): "
              "Limit 30000, Requested 50000.\",\"type\":\"tokens\",\"code\":"
              "\"rate_limit_exceeded\"}}"},
        {413, "<html><title>413 Request Entity Too Large</title></html>"},
        {413, ""},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct api_error e = error_of(all[i].body);
        ck_assert(api_error_too_large(all[i].status, &e));
        ck_assert(!api_error_filtered(all[i].status, &e));
        ck_assert_uint_eq(dialect_after(0, all[i].status, &e, true), 0);
    }
}
END_TEST

START_TEST(a_limit_is_known) {
    static const struct {
        int status;
        const char *body;
    } all[] = {
        {429, ""},
        {200,
         "{\"error\":{\"message\":\"Provider returned error\",\"code\":429,\"metadata\":{\"raw\":"
         "\"error code: 1015\"}}}"},
        {403, "{\"error\":{\"message\":\"You exceeded your current quota, please check your plan\","
              "\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}"},
        {500, "{\"error\":{\"message\":\"The server is currently overloaded\",\"type\":"
              "\"server_error\"}}"},
        {503, "{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}"},
        {529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
              "\"Overloaded\"}}"},
        {200, "{\"error\":{\"code\":\"RESOURCE_EXHAUSTED\",\"message\":\"x\"}}"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct api_error e = error_of(all[i].body);
        ck_assert(api_error_limited(all[i].status, &e));
        ck_assert(!api_error_too_large(all[i].status, &e));
        ck_assert(!api_error_filtered(all[i].status, &e));
    }
}
END_TEST

START_TEST(a_content_filter_is_known) {
    static const char *const all[] = {
        "{\"error\":{\"message\":\"The response was filtered due to the prompt triggering Azure "
        "OpenAI\\u2019s content management policy. Please modify your prompt and retry.\",\"type\":"
        "null,\"param\":\"prompt\",\"code\":\"content_filter\",\"status\":400}}",
        "{\"error\":{\"message\":\"litellm.BadRequestError: litellm.ContentPolicyViolationError: "
        "AzureException - The response was filtered due to the prompt triggering Azure OpenAI's "
        "content management policy.\",\"type\":null,\"param\":null,\"code\":\"400\"}}",
        "{\"error\":{\"message\":\"Your input was flagged.\",\"code\":403}}",
        ("{\"error\":{\"code\":\"data_inspection_failed\",\"message\":\"Input data may contain "
         "inappropriate content.\"}}"),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct api_error e = error_of(all[i]);
        ck_assert(api_error_filtered(400, &e));
        ck_assert(!api_error_limited(400, &e) && !api_error_too_large(400, &e));
    }
}
END_TEST

START_TEST(a_usual_refusal_is_none_of_them) {
    static const char *const all[] = {
        "", "{\"error\":{\"message\":\"Invalid request\",\"type\":\"invalid_request_error\"}}",
        "{\"error\":{\"message\":\"Unknown parameter: 'stream_options'.\"}}",
        "<html><title>502 Bad Gateway</title></html>",
        "{\"error\":{\"message\":\"The server had an error while processing your request\"}}"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct api_error e = error_of(all[i]);
        ck_assert(!api_error_filtered(400, &e));
        ck_assert(!api_error_limited(400, &e) && !api_error_too_large(400, &e));
    }
}
END_TEST

int main(void) {
    TCase *t = tcase_create("dialect");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_error_of_the_api_is_read);
    tcase_add_test(t, errors_of_its_relatives_are_read);
    tcase_add_test(t, an_inner_error_stands_beside_the_outer_one);
    tcase_add_test(t, a_fault_of_validation_names_its_place);
    tcase_add_test(t, what_is_no_json_is_its_own_message);
    tcase_add_test(t, a_message_is_decoded_and_has_a_limit);
    tcase_add_test(t, a_schema_that_is_refused_is_left_out_in_two_steps);
    tcase_add_test(t, the_part_that_is_named_is_left_out);
    tcase_add_test(t, a_role_that_is_refused_is_left_out);
    tcase_add_test(t, of_vectors_the_form_is_left_out);
    tcase_add_test(t, a_refusal_without_a_name_climbs_down_to_the_end);
    tcase_add_test(t, a_refusal_for_another_reason_changes_nothing);
    tcase_add_test(t, every_refusal_comes_to_an_end);
    tcase_add_test(t, what_is_too_large_is_known);
    tcase_add_test(t, a_limit_is_known);
    tcase_add_test(t, a_content_filter_is_known);
    tcase_add_test(t, a_usual_refusal_is_none_of_them);
    return tap_run("provider/dialect", t);
}

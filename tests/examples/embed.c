/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the published examples as C source, for openapi.json: each file as one
   array of bytes, its JSON in one form, of several equal keys the last. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "create-person.request" of "tests/examples/create-person.request.json". */
static void print_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    printf("%.*s", (int)(strlen(name) - strlen(".json")), name);
}

static int print_bytes(const char *path, int index)
{
    json_t *json = json_load_file(path, 0, NULL);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    size_t i;

    json_decref(json);
    if (!text) {
        fprintf(stderr, "embed: %s is no JSON\n", path);
        return 0;
    }
    printf("static const char bytes%d[] = {", index);
    for (i = 0; text[i]; i++) {
        printf("%d,", text[i]);
    }
    puts("0};");
    free(text);
    return 1;
}

int main(int argc, const char *const *argv)
{
    int i;

    puts("#include \"endpoint/ci_examples.h\"");
    for (i = 1; i < argc; i++) {
        if (!print_bytes(argv[i], i)) {
            return 1;
        }
    }
    puts("const ci_example_t ci_examples[] = {");
    for (i = 1; i < argc; i++) {
        printf("{\"");
        print_name(argv[i]);
        printf("\", bytes%d},\n", i);
    }
    puts("{0, 0}};");
    return 0;
}

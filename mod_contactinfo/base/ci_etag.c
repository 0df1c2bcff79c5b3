/* SPDX-License-Identifier: Apache-2.0 */
/* Entity tags as clients send them. */
#include "base/ci_etag.h"

#include <string.h>

#include "base/ci_field.h"
#include "base/ci_number.h"

/* Bytes of the opaque part of a tag that begins after its quotation mark; -1 if
   the text is no tag (RFC 9110, section 8.8.3: etagc). */
static int opaque_length(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p == '!' || (*p > '"' && *p != 0x7f)) {
        p++;
    }
    return *p == '"' ? (int)(p - (const unsigned char *)text) : -1;
}

static int has_version(const char *opaque, int length, apr_int64_t version)
{
    const char *dash = memchr(opaque, '-', (apr_size_t)length);
    apr_int64_t found;

    return dash &&
           ci_integer_parse(&found, opaque, (apr_size_t)(dash - opaque)) &&
           found == version;
}

int ci_etag_applies(const char *if_match, apr_int64_t version)
{
    const char *next = if_match;
    int is_weak;
    int length;

    if (!if_match || strcmp(if_match, "*") == 0) {
        return 1;
    }
    for (;;) {
        next += strspn(next, ", \t");
        is_weak = strncmp(next, "W/", 2) == 0;
        next += is_weak ? 2 : 0;
        length = *next == '"' ? opaque_length(next + 1) : -1;
        if (length < 0) {
            return 0;
        }
        if (!is_weak && has_version(next + 1, length, version)) {
            return 1;
        }
        next += length + 2;
    }
}

void ci_etag_unmark(char *tags)
{
    static const char *const marks[] = {"-gzip\"", "-br\""};
    char *mark;
    int i;

    for (i = 0; i < CI_ALEN(marks); i++) {
        while ((mark = strstr(tags, marks[i]))) {
            memmove(mark, mark + strlen(marks[i]) - 1,
                    strlen(mark + strlen(marks[i]) - 1) + 1);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a date that is accepted is written back byte by byte, and comes
 * back from its time. */
#include "base/ci_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    char out[CI_DATETIME_SIZE];
    ci_datetime_t dt, back;

    if (!ci_datetime_parse(&dt, text, size)) {
        return 0;
    }
    require(ci_date_valid(dt.year, dt.month, dt.day));
    require(ci_name_day_valid(dt.month, dt.day));
    ci_datetime_format(out, &dt);
    require(size == strlen(out) && memcmp(out, text, size) == 0);
    ci_datetime_now(&back, ci_datetime_time(&dt));
    ci_datetime_format(out, &back);
    require(memcmp(out, text, size) == 0);
    return 0;
}

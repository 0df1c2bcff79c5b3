/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/ci_text: texts and the small forms; for dates see
 * test_datetime.c. */
#include "base/ci_text.h"
#include "unit.h"

#include <check.h>

#include <string.h>

#define ALEN(a) (sizeof(a) / sizeof *(a))

/* A text that may hold NULs, and what is expected of it. */
typedef struct {
    const char *text;
    apr_size_t len;
    int valid;
    apr_size_t characters;
} case_t;

#define YES(text, characters)                                                  \
    {                                                                          \
        text, sizeof(text) - 1, 1, characters                                  \
    }
#define NO(text)                                                               \
    {                                                                          \
        text, sizeof(text) - 1, 0, 0                                           \
    }

static const case_t utf8_cases[] = {
    YES("", 0),
    YES("a\0b", 3),
    YES("12345678", 8),
    YES("1234567890123456\x7f", 17),
    YES("\xc2\x80", 1),
    YES("\xdf\xbf", 1),
    YES("\xe0\xa0\x80", 1),
    YES("\xed\x9f\xbf", 1),
    YES("\xee\x80\x80", 1),
    YES("\xf0\x90\x80\x80", 1),
    YES("\xf4\x8f\xbf\xbf", 1),
    YES("1234567\xc3\xa9"
        "12345678\xe2\x82\xac\xf0\x9f\x8d\xa3"
        "123456789",
        27),
    NO("\x80"),
    NO("\xbf"),
    NO("\xc0\xaf"),
    NO("\xc1\xbf"),
    NO("\xc2"),
    NO("\xc2"
       "a"),
    NO("\xe0\x80\x80"),
    NO("\xe0\x9f\xbf"),
    NO("\xed\xa0\x80"),
    NO("\xed\xbf\xbf"),
    NO("\xe2\x82"),
    NO("\xf0\x8f\xbf\xbf"),
    NO("\xf4\x90\x80\x80"),
    NO("\xf5\x80\x80\x80"),
    NO("\xf0\x9f\x8d"),
    NO("\xfe"),
    NO("\xff"),
    NO("12345678\xff"),
    NO("1234567\xc3"),
};

START_TEST(utf8_is_told_from_other_bytes)
{
    const case_t *c = &utf8_cases[_i];
    apr_size_t characters = 99;

    ck_assert_int_eq(ci_utf8_valid(c->text, c->len, &characters), c->valid);
    ck_assert_uint_eq(characters, c->valid ? c->characters : 99);
    ck_assert_int_eq(ci_utf8_valid(c->text, c->len, NULL), c->valid);
}
END_TEST

START_TEST(a_bad_byte_is_found_at_every_place)
{
    char text[] = "123456789012345678901234";

    ck_assert(ci_utf8_valid(text, 24, NULL));
    text[_i] = '\xff';
    ck_assert(!ci_utf8_valid(text, 24, NULL));
    ck_assert(ci_utf8_valid(text, (apr_size_t)_i, NULL));
}
END_TEST

/* What RFC 3629 says, written in another way than the code under test. */
static apr_size_t encode(char *out, unsigned long code)
{
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    apr_size_t len = code < 0x80      ? 1
                     : code < 0x800   ? 2
                     : code < 0x10000 ? 3
                                      : 4;
    apr_size_t i;

    for (i = len - 1; i > 0; --i) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(marks[len] | code);
    return len;
}

START_TEST(every_character_is_valid_except_surrogates)
{
    char text[4];
    unsigned long code;
    apr_size_t characters;
    apr_size_t len;
    int surrogate;

    for (code = 0; code < 0x110000; ++code) {
        surrogate = code >= 0xd800 && code <= 0xdfff;
        len = encode(text, code);
        characters = 0;
        if (ci_utf8_valid(text, len, &characters) == surrogate ||
            characters != (surrogate ? 0 : 1)) {
            ck_abort_msg("U+%04lX", code);
        }
    }
    for (; code < 0x200000; ++code) {
        if (ci_utf8_valid(text, encode(text, code), NULL)) {
            ck_abort_msg("%lX is above Unicode", code);
        }
    }
}
END_TEST

/* The character at s if encoding it again gives the same bytes, or -1. */
static long decode(const char *s, apr_size_t len, apr_size_t *used)
{
    unsigned char first = (unsigned char)s[0];
    unsigned long code;
    char again[4];
    apr_size_t i;

    *used = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (*used > len) {
        return -1;
    }
    code = *used == 1 ? first : first & (0x7fU >> *used);
    for (i = 1; i < *used; ++i) {
        code = code << 6 | ((unsigned char)s[i] & 0x3f);
    }
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ||
        encode(again, code) != *used || memcmp(again, s, *used) != 0) {
        return -1;
    }
    return (long)code;
}

static int reference_valid(const char *s, apr_size_t len)
{
    apr_size_t used;

    for (; len > 0; s += used, len -= used) {
        if (decode(s, len, &used) < 0) {
            return 0;
        }
    }
    return 1;
}

START_TEST(four_bytes_at_the_borders_are_judged_as_by_decoding)
{
    static const unsigned char borders[] = {
        0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
        0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    char text[4];
    apr_size_t i, place;
    apr_size_t rest;

    for (i = 0; i < ALEN(borders) * ALEN(borders) * ALEN(borders) * 24; ++i) {
        rest = i;
        for (place = 0; place < 4; ++place) {
            text[place] = (char)borders[rest % ALEN(borders)];
            rest /= ALEN(borders);
        }
        if (ci_utf8_valid(text, 4, NULL) != reference_valid(text, 4)) {
            ck_abort_msg("%02x %02x %02x %02x", text[0] & 0xff, text[1] & 0xff,
                         text[2] & 0xff, text[3] & 0xff);
        }
    }
    ck_assert_uint_eq(i, 331776);
}
END_TEST

/* Whether a character may be in a line, in notes: U+0000 to U+00A0. */
START_TEST(control_characters_are_refused_but_line_breaks_and_tabs_in_notes)
{
    char text[8] = "ab";
    unsigned long code;
    apr_size_t len;
    int control, layout;

    for (code = 0; code <= 0xa0; ++code) {
        control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        layout = code == 9 || code == 10 || code == 13;
        len = 2 + encode(text + 2, code);
        text[len] = 'c';
        ck_assert_int_eq(ci_text_clean(text, len + 1, 0), !control);
        ck_assert_int_eq(ci_text_clean(text, len + 1, 1), !control || layout);
    }
}
END_TEST

START_TEST(no_byte_of_another_character_is_taken_for_a_control_character)
{
    static const char text[] =
        "\xc3\x80 \xe2\x80\x8d \xf0\x9f\x80\x85 \xc2\xa0";

    ck_assert(ci_text_clean(text, sizeof text - 1, 0));
    ck_assert(ci_text_clean("", 0, 0));
}
END_TEST

START_TEST(blank_is_white_space_only)
{
    ck_assert(ci_text_blank("", 0));
    ck_assert(ci_text_blank(" \t\r\n ", 5));
    ck_assert(!ci_text_blank("   a", 4));
    ck_assert(ci_text_blank("   a", 3));
    ck_assert(!ci_text_blank("\0", 1));
    ck_assert(!ci_text_blank("\xc2\xa0", 2));
    ck_assert(!ci_text_blank("\v", 1));
}
END_TEST

START_TEST(digits_are_picked_out_of_a_text)
{
    static const char phone[] = "+357 (22) 45-67\xd9\xa5\0 8";
    char out[sizeof phone];

    ck_assert_uint_eq(ci_text_digits(out, phone, sizeof phone - 1), 10);
    ck_assert_str_eq(out, "3572245678");
    ck_assert_uint_eq(ci_text_digits(out, "none", 4), 0);
    ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(only_ascii_letters_are_put_into_lower_case)
{
    static const char text[] = "AZaz@[`{09 \xc3\x89\xc4\xb0";
    char out[sizeof text];

    ci_text_lower(out, text, sizeof text - 1);
    ck_assert_str_eq(out, "azaz@[`{09 \xc3\x89\xc4\xb0");
    ci_text_lower(out, "ABC", 2);
    ck_assert_str_eq(out, "ab");
}
END_TEST

static const struct {
    const char *word;
    apr_size_t len;
    const char *token; /* NULL: refused */
} tokens[] = {
    {"HOME", 4, "HOME"},
    {"home", 4, "HOME"},
    {"Family Member", 13, "FAMILY_MEMBER"},
    {"family_member", 13, "FAMILY_MEMBER"},
    {"az-{}9", 6, "AZ-{}9"},
    {" home", 5, "_HOME"},
    {"", 0, ""},
    {"123456789012345", 15, "123456789012345"},
    {"1234567890123456", 16, NULL},
    {"HOME\0", 5, NULL},
    {"HO\tME", 5, NULL},
    {"HOME\x7f", 5, NULL},
    {"HOM\xc3\x89", 5, NULL},
};

START_TEST(enumeration_words_are_brought_into_one_form)
{
    char out[16];
    int valid =
        ci_token_normalise(out, sizeof out, tokens[_i].word, tokens[_i].len);

    ck_assert_int_eq(valid, tokens[_i].token != NULL);
    if (valid) {
        ck_assert_str_eq(out, tokens[_i].token);
    }
}
END_TEST

#define TEN     "1234567890"
#define FIFTY   TEN TEN TEN TEN TEN
#define EURO    "\xe2\x82\xac"
#define EUROS10 EURO EURO EURO EURO EURO EURO EURO EURO EURO EURO
#define LABEL63 FIFTY TEN "abc"

static const case_t emails[] = {
    YES("mp@ministrator.com", 0),
    YES("a@b", 0),
    YES("first.last+tag@sub.example.org", 0),
    YES("!#$%&'*+-/=?^_`{|}~@example.org", 0),
    YES("-a-@a-b.c", 0),
    YES("j\xc3\xb6rg@m\xc3\xbcnchen.de", 0),
    YES("\xf0\x9f\x8d\xa3@x.y", 0),
    YES(FIFTY TEN "abcd@x.y", 0),
    YES(EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 "abcd@x.y", 0),
    YES("a@" LABEL63 ".x", 0),
    YES("a@" LABEL63 "." LABEL63 "." LABEL63 "." FIFTY TEN, 0),
    NO("a@" LABEL63 "." LABEL63 "." LABEL63 "." FIFTY TEN "a"),
    NO(FIFTY TEN "abcde@x.y"),
    NO(EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 EUROS10 "abcde@x.y"),
    NO("a@" LABEL63 "d.x"),
    NO(""),
    NO("@"),
    NO("a"),
    NO("a@"),
    NO("@b"),
    NO("a@b@c"),
    NO("a@@b"),
    NO(".a@b"),
    NO("a.@b"),
    NO("a..b@c"),
    NO("a@.b"),
    NO("a@b."),
    NO("a@b..c"),
    NO("a@-b.c"),
    NO("a@b-.c"),
    NO("a@b.-c"),
    NO("a@b.c-"),
    NO(" a@b"),
    NO("a@b "),
    NO("a b@c"),
    NO("a@b c"),
    NO("a\t@b"),
    NO("a@x\r\nBcc: b@c"),
    NO("a@b\n"),
    NO("a@b\0"),
    NO("a\0@b"),
    NO("a\x7f@b"),
    NO("a\xc2\x85@b"),
    NO("\"a\"@b"),
    NO("\"a b\"@c"),
    NO("a(comment)@b"),
    NO("a@[127.0.0.1]"),
    NO("A <a@b>"),
    NO("a@b,c@d"),
    NO("a\\@b"),
    NO("a\xff@b"),
    NO("a@\xc0\xaf"),
};

START_TEST(an_email_address_is_told_from_other_texts)
{
    const case_t *c = &emails[_i];

    ck_assert_int_eq(ci_email_valid(c->text, c->len), c->valid);
}
END_TEST

/* RFC 5322 section 3.2.3: what no atom has; the dot joins atoms. */
static const char specials[] = "()<>[]:;@\\,\" ";

START_TEST(no_special_is_part_of_an_email_address)
{
    char local[] = "a?b@c.d";
    char domain[] = "a@b?c.d";

    ck_assert(ci_email_valid(local, 7));
    ck_assert(ci_email_valid(domain, 7));
    local[1] = domain[3] = specials[_i];
    ck_assert(!ci_email_valid(local, 7));
    ck_assert(!ci_email_valid(domain, 7));
}
END_TEST

START_TEST(every_byte_becomes_two_digits_and_comes_back)
{
    unsigned char bytes[256];
    unsigned char back[256];
    char text[513];
    int i;

    for (i = 0; i < 256; ++i) {
        bytes[i] = (unsigned char)i;
    }
    ck_assert_ptr_eq(ci_hex_encode(text, bytes, 256), text);
    ck_assert_uint_eq(strlen(text), 512);
    ck_assert_int_eq(memcmp(text, "000102", 6), 0);
    ck_assert_str_eq(&text[342], "ABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBE"
                                 "BFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2"
                                 "D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6"
                                 "E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FA"
                                 "FBFCFDFEFF");
    ck_assert(ci_hex_decode(back, text, 512));
    ck_assert_int_eq(memcmp(bytes, back, 256), 0);
    ci_text_lower(text, text, 512);
    memset(back, 0, sizeof back);
    ck_assert(ci_hex_decode(back, text, 512));
    ck_assert_int_eq(memcmp(bytes, back, 256), 0);
}
END_TEST

START_TEST(only_pairs_of_hexadecimal_digits_are_decoded)
{
    unsigned char out[2];
    char text[2];
    int valid = 0;
    int i;

    for (i = 0; i < 0x10000; ++i) {
        text[0] = (char)(i >> 8);
        text[1] = (char)(i & 0xff);
        valid += ci_hex_decode(out, text, 2);
    }
    ck_assert_int_eq(valid, 484);
    ck_assert(!ci_hex_decode(out, "AB", 1));
    ck_assert(!ci_hex_decode(out, "ABCD", 3));
    ck_assert(ci_hex_decode(out, "", 0));
}
END_TEST

static TCase *text_case(void)
{
    TCase *tc = tcase_create("text");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, utf8_is_told_from_other_bytes, 0,
                        (int)ALEN(utf8_cases));
    tcase_add_loop_test(tc, a_bad_byte_is_found_at_every_place, 0, 24);
    tcase_add_test(tc, every_character_is_valid_except_surrogates);
    tcase_add_test(tc, four_bytes_at_the_borders_are_judged_as_by_decoding);
    tcase_add_test(
        tc, control_characters_are_refused_but_line_breaks_and_tabs_in_notes);
    tcase_add_test(
        tc, no_byte_of_another_character_is_taken_for_a_control_character);
    tcase_add_test(tc, blank_is_white_space_only);
    tcase_add_test(tc, digits_are_picked_out_of_a_text);
    tcase_add_test(tc, only_ascii_letters_are_put_into_lower_case);
    return tc;
}

static TCase *form_case(void)
{
    TCase *tc = tcase_create("form");

    tcase_add_loop_test(tc, enumeration_words_are_brought_into_one_form, 0,
                        (int)ALEN(tokens));
    tcase_add_loop_test(tc, an_email_address_is_told_from_other_texts, 0,
                        (int)ALEN(emails));
    tcase_add_loop_test(tc, no_special_is_part_of_an_email_address, 0,
                        (int)sizeof specials - 1);
    tcase_add_test(tc, every_byte_becomes_two_digits_and_comes_back);
    tcase_add_test(tc, only_pairs_of_hexadecimal_digits_are_decoded);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("text");

    suite_add_tcase(suite, text_case());
    suite_add_tcase(suite, form_case());
    return unit_run(suite);
}

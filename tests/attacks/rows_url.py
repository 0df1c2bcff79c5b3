# SPDX-License-Identifier: Apache-2.0
"""Section 1: URL and query string."""

from table import (BASE, CONTACT, FOREIGN, LIST, PLAIN, SHOW, TOKEN, WHICH,
                   Row, create, get, has_keys, is_empty, is_plain, show)

BAD_PERCENT = ["%zz", "%4", "%", "a%2", "%%41", "%u0041"]
BAD_UTF8 = ["%c0%af", "%e0%80%80", "%ed%a0%80", "%f4%90%80%80", "%ff", "%c3",
            "a%80"]
BAD_COUNT = ["-1", "0", "1e3", "%205", "5;", "%D9%A5", "0x10", "%2B5", "+5",
             "", "5.0", "05", "201", "9" * 400, "18446744073709551616",
             "true", "5%0a"]
BAD_OFFSET = ["-1", "9223372036854775807", "18446744073709551616", "9" * 400,
              "2147483648", "x"]
INJECTIONS = ["name;drop table contact", "name desc,(select sleep(5))",
              "`id`", "/*!50000 union select*/", "' or sleep(5)-- ",
              "1) or sleep(5)#", "\\' or 1=1", "%", "_" * 32, "*"]
FIELD_SETS = [",".join(["id"] * 1500), ",".join(["id"] * 2), ",,id,,", "id,*",
              "id,password_hash", "id,__proto__", "id,nothing,ID,%20id",
              "id,document,contact_seq,organisation_id,version"]


def listed(query):
    return get(LIST, query)


def outside(target):
    """What httpd answers; without a token, which it would log."""
    return get(target, token=None)


def quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


ROWS = [
    Row("U01 NUL in an identifier", show("id=ABC%00DEF"), "INVALID_REQUEST",
        WHICH),
    Row("U01 NUL behind a good identifier", show(f"id={PLAIN}%00"),
        "INVALID_REQUEST", WHICH),
    Row("U01 NUL in a name", show(f"id={PLAIN}", "a%00b=1"),
        "INVALID_REQUEST"),
    *[Row(f"U02 {text}", show(f"id={text}"), "INVALID_REQUEST", WHICH)
      for text in BAD_PERCENT],
    Row("U02 in a name", show(f"id={PLAIN}", "%zz=1"), "INVALID_REQUEST"),
    *[Row(f"U03 {text}", show(f"id={text}"), "INVALID_REQUEST", WHICH)
      for text in BAD_UTF8],
    Row("U03 in a name", show(f"id={PLAIN}", "%ff=1"), "INVALID_REQUEST"),
    Row("U04 dots within the API",
        outside(BASE + "contact_information/%2e%2e/%2e%2e/../etc/passwd"),
        (404,)),
    Row("U04 dots to another path",
        get(BASE + "x/%2e%2e/contact_information/%2e%2e/etc/passwd"),
        "NOT_FOUND"),
    Row("U04 dots out of the API", outside(BASE + "../../../etc/passwd"),
        (404,)),
    Row("U04 dots above the root",
        outside(BASE + "../../../../../etc/passwd"), (400,),
        logs=("AH10244",)),
    Row("U04 dots and a semicolon",
        get(BASE + "contact_information/..;/show"), "NOT_FOUND"),
    Row("U04 encoded slash", outside(BASE + "%2e%2e%2fetc/passwd"),
        (404,)),
    Row("U04 encoded twice", get(BASE + "%252e%252e/%252e%252e/passwd"),
        "NOT_FOUND"),
    Row("U05 token twice", show(f"id={PLAIN}", f"token={TOKEN}"),
        "INVALID_REQUEST", "token"),
    Row("U05 wrong token first", show(f"id={PLAIN}", "token=A"),
        "INVALID_REQUEST", "token"),
    Row("U05 identifier twice", show(f"id={PLAIN}", f"{WHICH}=id={FOREIGN}"),
        "INVALID_REQUEST", WHICH),
    Row("U05 filter twice", listed("id_number=1&id_number=2"),
        "INVALID_REQUEST", "id_number"),
    Row("U05 name encoded", show(f"id={PLAIN}", "%74oken=A"),
        "INVALID_REQUEST", "token"),
    *[Row(f"U06 {text[:20]!r}",
          listed(f"id_number=x&number_of_results={text}"),
          "INVALID_PARAMETER", "number_of_results") for text in BAD_COUNT],
    *[Row(f"U07 {text[:20]!r}", listed(f"id_number=x&offset={text}"),
          "INVALID_PARAMETER", "offset") for text in BAD_OFFSET],
    Row("U07 largest offset",
        listed("id_number=142536&offset=2147483647&number_of_results=200"),
        after=is_empty),
    Row("U09 a long query", show(f"id={PLAIN}", "x=" + "y" * 7900),
        after=is_plain),
    *[Row(f"U09 query of {length}",
          outside(f"{SHOW}?{'x' * length}"), (414,))
      for length in (8190, 8191, 100000)],
    Row("U10 one name 1,800 times", listed("&".join(["a=1"] * 1800)),
        "INVALID_REQUEST", "a"),
    Row("U10 1,300 names", listed("&".join(f"{i:x}=1" for i in range(1300))),
        "INVALID_REQUEST"),
    Row("U10 7,900 ampersands", show(f"id={PLAIN}", "&" * 7900),
        after=is_plain),
    *[Row(f"U11 {text[:20]}", show(f"id={PLAIN}", f"fields_set={text}"),
          after=has_keys("id")) for text in FIELD_SETS],
    Row("U11 nothing but commas", show(f"id={PLAIN}", "fields_set=,,"),
        after=has_keys()),
    Row("U11 5,000 names in JSON",
        create(fields_set=",".join(f"name{i}" for i in range(5000))),
        writes=CONTACT, after=has_keys()),
    *[Row(f"U12 {text}", listed(f"id_number={quoted(text + '~')}"),
          after=is_empty)
      for text in INJECTIONS],
    *[Row(f"U12 as a page {text}", listed(
        f"id_number=1&number_of_results={quoted(text)}"),
          "INVALID_PARAMETER", "number_of_results") for text in INJECTIONS],
    *[Row(f"U12 as a contact {text}", show(f"id_number={quoted(text + '~')}"),
          "NOT_FOUND") for text in INJECTIONS],
    *[Row(f"U12 as a field {text}", show(f"{quoted(text)}=1"),
          "INVALID_IDENTIFIER", WHICH) for text in INJECTIONS],
    Row("U12 sort is not known", show(f"id={PLAIN}", "sort=name;drop"),
        after=is_plain),
    Row("U16 case of the location",
        outside(BASE.upper() + "contact_information/show"), (404,)),
    Row("U16 case of the endpoint",
        get(BASE + "Contact_Information/Show"), "NOT_FOUND"),
    Row("U16 slashes", get("/" + SHOW.replace("/", "//"),
                           f"{WHICH}=id={PLAIN}"), after=is_plain),
    Row("U16 slash at the end", get(SHOW + "/", f"{WHICH}=id={PLAIN}"),
        after=is_plain),
    Row("U16 path parameter", get(SHOW + ";jsessionid=1"), "NOT_FOUND"),
    Row("U16 letter encoded",
        get(SHOW.replace("show", "%73how"), f"{WHICH}=id={PLAIN}"),
        after=is_plain),
    Row("U16 blank", get(SHOW + "%20"), "NOT_FOUND"),
    Row("U16 dot", get(SHOW + "/.", f"{WHICH}=id={PLAIN}"), after=is_plain),
    Row("U16 NUL", outside(SHOW + "%00"), (404, 400)),
    Row("U16 behind the location", outside(BASE[:-1] + "x/show"), (404,)),
    Row("U17 header", show(f"id={PLAIN}", "",
                           "X-HTTP-Method-Override: DELETE"), after=is_plain),
    Row("U17 parameter", show(f"id={PLAIN}", "_method=DELETE"),
        after=is_plain),
]

# SPDX-License-Identifier: Apache-2.0
"""Section 10: values of the classes that the well-known corpora have, made
here rather than copied.

JSON_YES, JSON_NO   texts that are, and are not, JSON values (RFC 8259)
NAUGHTY             strings that programs have stumbled over
PAYLOADS            SQL, templates and commands in the place of data
"""

import math

# --- JSON --------------------------------------------------------------------

NUMBERS = ["0", "-0", "1", "-1", "12", "1.5", "-0.5", "1e5", "1E5", "1e+5",
           "1e-5", "0e1", "0E+1", "0.0", "123.456e78", "1e-400",
           "9223372036854775807", "-9223372036854775808",
           "0." + "1" * 300, "1" * 18]
STRINGS = ['""', '"a"', '"\\""', '"\\\\"', '"\\/"', '"\\b\\f\\n\\r\\t"',
           '"\\u0041"', '"\\u00e9"', '"\\u20AC"', '"\\uD83D\\uDE00"',
           '"\\uFFFF"', '"\\u2028"', '"\u2028\u2029"', '"\x7f"', '"\u0080"',
           '"\ufeff"', '"\uffff"', '"\U0010ffff"', '"/**/"', '"//"',
           '"\\u005C"', '"\\\\u0000"', '"' + "a" * 5000 + '"', '" "']
OTHERS = ["true", "false", "null", "[]", "{}", "[[]]", '{"":0}', '{"a":{}}',
          '{"a":1,"a":2}', '{"a":1,"a":1}', "[1,2]", '[true,[null,{"x":[]}]]',
          '{"\\u0041":1}', "[ ]", "[\n1\t,\r2 ]", "[" * 500 + "]" * 500,
          '{"a":' * 400 + "1" + "}" * 400]
JSON_YES = [*NUMBERS, *STRINGS, *OTHERS]

NO_NUMBERS = ["+1", "01", "-01", "00", "1.", ".5", "-.5", "1e", "1e+", "1E-",
              "1.e1", "0x1", "0b1", "1_0", "1 0", "--1", "-", "-a", "1a",
              "NaN", "-NaN", "Infinity", "-Infinity", "inf", "1e400", "\u0661",
              "\uff11", "1.2.3", "1e1e1", "1e1.5", "0e", "0.e1", "2.e3", "1,0",
              "9" * 400, "9223372036854775808"]
NO_STRINGS = ["'a'", '"a', 'a"', '"\\x41"', '"\\a"', '"\\u00A"', '"\\u"',
              '"\\u{41}"', '"\\U0041"', '"\\uD83D"', '"\\uDE00"',
              '"\\uD83D\\u0041"', '"\\uDE00\\uD83D"', '"\\uD83Dx"', '"\\u0000"',
              '"\x00"', '"\x01"', '"\x1f"', '"\n"', '"\t"', '"\\', '"\\"',
              '"\\\U0001f600"', "a", "\u201ca\u201d", "`a`", '"a" "b"']
NO_OTHERS = ["", " ", "True", "FALSE", "nul", "nulll", "undefined", "[", "]",
             "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]",
             "[1;2]", "[}", "{]", '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}',
             "{a:1}", "{'a':1}", "{1:1}", "{null:1}", '{"a" 1}', '{"a":1 "b"}',
             '{"a"::1}', '{"a":1,,"b":2}', '{"a":1}}', "[1]]", "[[]", "/**/1",
             "1/**/", "//\n1", "#1", "(1)", "<1>", "\ufeff1", "\u00a01",
             "\x0c1", "\x0b1", "1;", "*", "[*]", "[a]", "[/]", "@", "{{}}"]
JSON_NO = [*NO_NUMBERS, *NO_STRINGS, *NO_OTHERS]
NO_UTF8 = [b'"\xff"', b'"\xc0\xaf"', b'"\xe0\x80\x80"', b'"\xed\xa0\x80"',
           b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b'"\x80"', b"\xff",
           b'"\xf8\x88\x80\x80\x80"', '"a"'.encode("utf-16"),
           '"a"'.encode("utf-32-le"), '"\xe9"'.encode("latin-1")]


def holds(value):
    """What the module's own limits leave out of what Python's reader takes:
    wide integers, infinities, NUL, halves of characters."""
    if isinstance(value, dict):
        return all(holds(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return all(map(holds, value))
    if isinstance(value, str):
        return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return -2 ** 63 <= value < 2 ** 63
    return math.isfinite(value)


# --- strings -----------------------------------------------------------------

def ranges():
    """Letters of many scripts and the signs that have no letter."""
    for first in (0xa1, 0x370, 0x400, 0x590, 0x600, 0x900, 0xe00, 0x1100,
                  0x1e00, 0x2000, 0x2070, 0x2190, 0x2460, 0x2600, 0x3040,
                  0x4e00, 0xac00, 0xe000, 0xf900, 0xfb00, 0xfe00, 0xff00,
                  0x10000, 0x1d400, 0x1f300, 0x1f900, 0x20000, 0xe0100,
                  0xf0000, 0x10fff0):
        yield "".join(chr(first + i) for i in range(14))


NAUGHTY = [
    "undefined", "undef", "null", "NULL", "nil", "None", "(null)", "NaN",
    "true", "False", "hasOwnProperty", "__proto__", "constructor", "then",
    "0", "1.00", "$1.00", "1/2", "1E2", "-1", "-$1.00", "0..0", ".", "0.0.0",
    ",", "0,00", "--", "-", "-.", "0x0", "0xffffffff", "999999999999999999999",
    "0 1", "1#INF", "1'000.00", "08", "09", "2.2250738585072011e-308",
    ",./;'[]\\-=", "<>?:\"{}|_+", "!@#$%^&*()`~", "'", '"', "''", '""', "'\"",
    "\u3002\uff0c", "\u00ad\u061c\u180e", "\u200b\u200c\u200d\u2060\ufeff",
    "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069", "\u202etest\u202c",
    "Z\u0351\u036b\u0343A\u034c\u0321L\u0337G\u0353O\u0321!",
    "\u02d9\u0250nb\u1d09l\u0250", "\uff34\uff48\uff45", "\u2080\u2081\u2082",
    "\U0001f468\U0001f3ff\u200d\U0001f4bb", "\U0001f1fa\U0001f1f8\U0001f1ea",
    "3\ufe0f\u20e3", "\u0e2d\u0e33", "\u1d2e\u1d35\u1d33", "K\u212a", "\u017f",
    "\u00c5\u212b", "\u0958", "\u1e9b\u0323", "\uac00\u1100\u1161",
    "<script>alert(0)</script>", "<img src=x onerror=alert(0)/>",
    "javascript:alert(0)", "\"><svg/onload=0>", "<a href=\"\\x0Bx\">",
    "--version", "--help; $USER", "/dev/null; touch x", "`touch x`",
    "$(touch x)", "@{[system 'x']}", "eval(\"puts 'x'\")", "%x('ls')",
    "<?xml version=\"1.0\"?><!DOCTYPE f [<!ENTITY x SYSTEM \"file:///x\">]>",
    "$HOME", "%(x)s", "%d", "%@%@%s%n", "{0}", "File:///", "../../../x%00",
    "() { 0; }; touch x", "CON", "PRN", "COM1", "DCC SEND STARTKEYLOGGER 0 0",
    "Scunthorpe General", "If you're reading this", "Roses are \x20red",
    "But now...\u202f\u2009", "\u2028", "\ufdfa", "\U000e0001\U000e0041",
    *ranges(),
]
PAYLOADS = [
    "' OR '1'='1", "' OR 1=1-- -", "') OR ('1'='1", "\" OR \"\"=\"", "1 OR 1=1",
    "' UNION SELECT NULL,NULL-- -", "'; SELECT SLEEP(5)-- -",
    "' AND SLEEP(5)#", "' AND (SELECT 1 FROM (SELECT SLEEP(5)) x)-- -",
    "1; WAITFOR DELAY '0:0:5'--", "' AND BENCHMARK(99999999,SHA2(1,512))#",
    "'||(SELECT password_hash FROM org_user LIMIT 1)||'", "'/**/OR/**/1=1#",
    "'%20OR%201=1", "%27%20OR%201=1--", "\u02bc OR 1=1", "\uff07 OR 1=1",
    "\\'; DROP TABLE contact;-- ", "\xbf' OR 1=1", "admin'--", "admin' #",
    "' OR 'x' LIKE '%", "%", "_", "' AND extractvalue(1,concat(0x7e,1))#",
    "' INTO OUTFILE '/tmp/x", "' AND LOAD_FILE('/etc/passwd')#", "0x27",
    "CHAR(39)", "@@version", "' ORDER BY 99-- -", "' GROUP BY 1 WITH ROLLUP#",
    "' PROCEDURE ANALYSE()#", "{\"$gt\":\"\"}", "*)(uid=*", "${7*7}",
    "{{7*7}}", "#{7*7}", "<%= 7*7 %>", "$(sleep 5)", "`sleep 5`", "|sleep 5",
    ";sleep 5", "&&sleep 5", "x' AND EXISTS(SELECT 1)#", "' = '", "'-'", "'+'",
]

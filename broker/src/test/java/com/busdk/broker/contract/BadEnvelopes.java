package com.busdk.broker.contract;

import static com.busdk.broker.contract.BadRequest.envelope;
import static com.busdk.broker.contract.BadRequest.posted;

import com.busdk.broker.contract.harness.Caller;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Bodies that are no envelope. */
final class BadEnvelopes {
    private static final String GOOD = "{\"name\":\"a.b\",\"payload\":1}";

    private BadEnvelopes() {}

    static List<BadRequest> all() {
        List<BadRequest> all = new ArrayList<>();
        all.addAll(notJson());
        all.addAll(wrongEncodings());
        all.addAll(tooMuch());
        all.addAll(wrongNames());
        all.addAll(wrongFields());
        all.addAll(fieldsTwice());
        return all;
    }

    private static List<BadRequest> notJson() {
        List<BadRequest> rows = new ArrayList<>();
        for (int cut = 0; cut < GOOD.length(); cut++) {
            rows.add(envelope("cut after " + cut + " bytes", GOOD.substring(0, cut)));
        }
        for (String whole : List.of("null", "true", "1", "\"a.b\"", "[]", "[" + GOOD + "]", " ", "\n\n", "}", "]")) {
            rows.add(envelope("no object: " + whole.strip(), whole));
        }
        for (String behind : List.of(" x", ",", "}", GOOD, "\n" + GOOD, " //", "\u0000")) {
            rows.add(envelope("something behind it: " + behind.strip(), GOOD + behind));
        }
        for (String value : List.of(
                "NaN",
                "Infinity",
                "-Infinity",
                "0x10",
                "01",
                "-01",
                "+1",
                ".5",
                "1.",
                "1.e5",
                "1e",
                "1e+",
                "-",
                "--1",
                "1_000",
                "1,2",
                "tru",
                "True",
                "nul",
                "NULL",
                "undefined",
                "'x'",
                "x",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{,}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{a:1}",
                "{1:2}",
                "[}",
                "{]",
                "[1}",
                "{\"a\":1]",
                "/* */1",
                "1//",
                "#1",
                "\"",
                "\"\\\"",
                "\"\\x41\"",
                "\"\\u12\"",
                "\"\\u12G4\"",
                "\"\\U00e9\"",
                "\"\\'\"",
                "\"a\nb\"",
                "\"a\tb\"",
                "\"a\rb\"",
                "\"a\u0000b\"",
                "\"a\u001fb\"",
                "\u000c1",
                "\u00a01",
                "\u2028" + "1",
                "")) {
            rows.add(envelope(
                    "payload " + value.replaceAll("\\p{Cntrl}", "?"), "{\"name\":\"a.b\",\"payload\":" + value + "}"));
            rows.add(envelope(
                    "unknown field " + value.replaceAll("\\p{Cntrl}", "?"), "{\"x\":" + value + ",\"name\":\"a.b\"}"));
        }
        rows.add(envelope("single quotes", "{'name':'a.b'}"));
        rows.add(envelope("a NUL between tokens", "{\"name\":\"a.b\",\u0000\"payload\":1}"));
        rows.add(envelope("a control character in a field name", "{\"na\u0001me\":1,\"name\":\"a.b\"}"));
        rows.add(envelope("a backslash between tokens", "{\"name\":\"a.b\"\\,\"payload\":1}"));
        return rows;
    }

    private static byte[] payload(int... bytes) {
        byte[] start = "{\"name\":\"a.b\",\"payload\":\"".getBytes(StandardCharsets.US_ASCII);
        byte[] body = new byte[start.length + bytes.length + 2];
        System.arraycopy(start, 0, body, 0, start.length);
        for (int i = 0; i < bytes.length; i++) {
            body[start.length + i] = (byte) bytes[i];
        }
        body[body.length - 2] = '"';
        body[body.length - 1] = '}';
        return body;
    }

    private static List<BadRequest> wrongEncodings() {
        List<BadRequest> rows = new ArrayList<>(List.of(
                envelope("UTF-8 that ends early", payload(0xc3)),
                envelope("UTF-8 with a wrong follower", payload(0xc3, 0x28)),
                envelope("a follower alone", payload(0x80)),
                envelope("an overlong slash", payload(0xc0, 0xaf)),
                envelope("an overlong NUL", payload(0xc0, 0x80)),
                envelope("an overlong form of three bytes", payload(0xe0, 0x80, 0xaf)),
                envelope("an overlong form of four bytes", payload(0xf0, 0x80, 0x80, 0xaf)),
                envelope("a surrogate in UTF-8", payload(0xed, 0xa0, 0x80)),
                envelope("a pair of surrogates in UTF-8", payload(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80)),
                envelope("above the last character", payload(0xf4, 0x90, 0x80, 0x80)),
                envelope("five bytes", payload(0xf8, 0x88, 0x80, 0x80, 0x80)),
                envelope("a byte that never occurs", payload(0xff)),
                envelope("Latin-1", payload(0xe9, 0x20)),
                envelope("a byte-order mark", "\ufeff" + GOOD)));
        for (String charset : List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "IBM500")) {
            rows.add(envelope(charset, GOOD.getBytes(Charset.forName(charset))));
        }
        for (String field : List.of("correlationId", "key", "idempotencyKey", "identityId")) {
            rows.add(
                    envelope("half a surrogate pair in " + field, "{\"name\":\"a.b\",\"" + field + "\":\"x\\ud800\"}"));
            rows.add(envelope(
                    "halves in the wrong order in " + field,
                    "{\"name\":\"a.b\",\"" + field + "\":\"\\ude00\\ud83d\"}"));
        }
        rows.add(envelope("half a surrogate pair in metadata", "{\"name\":\"a.b\",\"metadata\":{\"k\":\"\\udfff\"}}"));
        return rows;
    }

    private static List<BadRequest> tooMuch() {
        byte[] large =
                ("{\"name\":\"a.b\",\"payload\":\"" + "x".repeat(1 << 20) + "\"}").getBytes(StandardCharsets.US_ASCII);
        return List.of(
                envelope(
                        "nested 501 deep",
                        "{\"name\":\"a.b\",\"payload\":" + "[".repeat(500) + "]".repeat(500) + "}",
                        "500"),
                envelope(
                        "nested 501 deep in objects",
                        "{\"name\":\"a.b\",\"payload\":" + "{\"a\":".repeat(500) + "1" + "}".repeat(501),
                        "500"),
                envelope(
                        "nested 501 deep in what is ignored",
                        "{\"x\":" + "[".repeat(500) + "]".repeat(500) + ",\"name\":\"a.b\"}",
                        "500"),
                envelope(
                        "nested 500,000 deep and never closed",
                        "{\"name\":\"a.b\",\"payload\":" + "[".repeat(500_000),
                        "500"),
                envelope("nothing but brackets", "[".repeat(500_000)),
                envelope(
                        "metadata of 33 entries",
                        "{\"name\":\"a.b\",\"metadata\":{" + entries(33, 1) + "}}",
                        "metadata",
                        "32"),
                envelope(
                        "metadata of 5 KiB",
                        "{\"name\":\"a.b\",\"metadata\":{" + entries(5, 1_000) + "}}",
                        "metadata",
                        "4096"),
                posted("an event of more than 1 MiB", Caller.EVENTS, large, 413, "payload_too_large", "1 MiB"));
    }

    private static String entries(int count, int length) {
        StringBuilder entries = new StringBuilder();
        for (int i = 0; i < count; i++) {
            entries.append(i == 0 ? "" : ",")
                    .append("\"k")
                    .append(i)
                    .append("\":\"")
                    .append("v".repeat(length))
                    .append('"');
        }
        return entries.toString();
    }

    private static List<BadRequest> wrongNames() {
        List<BadRequest> rows = new ArrayList<>(
                List.of(envelope("no name", "{\"payload\":1}", "name"), envelope("nothing at all", "{}", "name")));
        for (String value : List.of("null", "1", "true", "{}", "[\"a.b\"]", "{\"a\":\"a.b\"}")) {
            rows.add(envelope("name " + value, "{\"name\":" + value + "}", "name"));
        }
        for (String name : List.of(
                "",
                ".",
                "a",
                "a.",
                ".a",
                "a..b",
                "A.b",
                "a.B",
                "a b.c",
                "a. b",
                "a/b.c",
                "../../etc/passwd",
                "a.b\\n",
                "a.b\\r\\nx: y",
                "a.b\\u0000",
                "\\u0000.a",
                "a.\\u00e9",
                "a.\u00e9",
                "\uff41.b",
                "a.b\\u200b",
                "a.*",
                "a.>",
                "*",
                ">",
                "a.b%2ec",
                "a,b.c",
                "a:b.c",
                "a.b?x",
                "a.b#x",
                "$.a",
                "a.b;drop",
                "a.b'",
                "a.b\\\"",
                "a.b\\\\",
                "a.\\ud800",
                "a.".repeat(127) + "bc",
                "a." + "b".repeat(300_000))) {
            String shown = name.length() > 40 ? "of " + name.length() + " bytes" : name;
            rows.add(envelope("name " + shown, "{\"name\":\"" + name + "\"}", "name"));
        }
        return rows;
    }

    private static List<BadRequest> wrongFields() {
        List<BadRequest> rows = new ArrayList<>();
        for (String field : List.of("correlationId", "correlation_id", "key", "idempotencyKey", "identityId")) {
            for (String value : List.of("1", "true", "{}", "[]", "[\"x\"]")) {
                rows.add(envelope(field + " " + value, "{\"name\":\"a.b\",\"" + field + "\":" + value + "}", field));
            }
            rows.add(envelope(
                    field + " of 256 bytes",
                    "{\"name\":\"a.b\",\"" + field + "\":\"" + "\u00e9".repeat(128) + "\"}",
                    field,
                    "255"));
            rows.add(envelope(
                    field + " of 256 bytes in escapes",
                    "{\"name\":\"a.b\",\"" + field + "\":\"" + "\\u00e9".repeat(128) + "\"}",
                    field,
                    "255"));
        }
        for (String value : List.of(
                "1",
                "\"x\"",
                "true",
                "[]",
                "{\"a\":1}",
                "{\"a\":null}",
                "{\"a\":true}",
                "{\"a\":{}}",
                "{\"a\":[\"x\"]}")) {
            rows.add(envelope("metadata " + value, "{\"name\":\"a.b\",\"metadata\":" + value + "}", "metadata"));
        }
        for (String value : List.of(
                "1",
                "\"x\"",
                "true",
                "[]",
                "{}",
                "{\"message\":\"x\"}",
                "{\"type\":1}",
                "{\"type\":\"a\",\"message\":1}")) {
            rows.add(envelope("error " + value, "{\"name\":\"a.b\",\"error\":" + value + "}", "error"));
        }
        return rows;
    }

    private static List<BadRequest> fieldsTwice() {
        List<BadRequest> rows = new ArrayList<>();
        for (String field : List.of(
                "\"name\":\"a.b\"",
                "\"payload\":1",
                "\"key\":\"k\"",
                "\"correlationId\":\"c\"",
                "\"idempotencyKey\":\"i\"",
                "\"identityId\":\"i\"",
                "\"metadata\":{}",
                "\"error\":{\"type\":\"t\"}")) {
            String name = field.startsWith("\"name") ? "" : "\"name\":\"a.b\",";
            rows.add(envelope("twice: " + field, "{" + name + field + "," + field + "}", "twice"));
        }
        rows.add(envelope("twice, once escaped", "{\"name\":\"a.b\",\"n\\u0061me\":\"a.c\"}", "twice"));
        rows.add(envelope(
                "two correlation ids",
                "{\"name\":\"a.b\",\"correlationId\":\"a\",\"correlation_id\":\"b\"}",
                "correlation"));
        rows.add(envelope(
                "a metadata key twice", "{\"name\":\"a.b\",\"metadata\":{\"k\":\"1\",\"\\u006b\":\"2\"}}", "twice"));
        return rows;
    }
}

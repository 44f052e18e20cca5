package com.busdk.broker.contract;

import static com.busdk.broker.contract.BadRequest.head;
import static com.busdk.broker.contract.BadRequest.headers;
import static com.busdk.broker.contract.BadRequest.message;
import static com.busdk.broker.contract.BadRequest.publish;
import static com.busdk.broker.contract.BadRequest.verb;

import java.util.ArrayList;
import java.util.List;

/** Requests that are wrong as HTTP, in their path or query, or in the body of another verb than publish. */
final class BadMessages {
    private static final String GOOD = "{\"name\":\"a.b\"}";
    private static final String JSON = "Content-Type: application/json\r\n";

    private BadMessages() {}

    static List<BadRequest> all() {
        List<BadRequest> all = new ArrayList<>();
        all.addAll(wrongMessages());
        all.addAll(wrongLengths());
        all.addAll(headerBombs());
        all.addAll(pathTricks());
        all.addAll(wrongQueries());
        all.addAll(wrongKeys());
        all.addAll(wrongVerbs());
        return all;
    }

    private static List<BadRequest> wrongMessages() {
        return List.of(
                message("no request at all", "hello\r\n\r\n", 400, "bad_request"),
                message("a version that there is not", "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n", 400, "bad_request"),
                message("no version", "GET /healthz\r\n\r\n", 400, "bad_request"),
                message(
                        "TLS",
                        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n",
                        400,
                        "bad_request"),
                message("binary", "\u0000\u0001\u0002\u0003\u00ff\r\n\r\n", 400, "bad_request"),
                headers("a header without a colon", "nonsense\r\n", 400, "bad_request"),
                headers("a header without a name", ": x\r\n", 400, "bad_request"),
                headers("a space before the colon", "X-A : x\r\n", 400, "bad_request"),
                headers("a NUL in a header", "X-A: a\u0000b\r\n", 400, "bad_request"),
                headers("a control character in a header's name", "X\u0001A: x\r\n", 400, "bad_request"),
                headers("two tokens", "Authorization: Bearer other\r\n", 401, "invalid_auth"));
    }

    private static List<BadRequest> wrongLengths() {
        return List.of(
                publish("a length that is no number", JSON + "Content-Length: ten\r\n", GOOD, 400, "bad_request"),
                publish("a negative length", JSON + "Content-Length: -1\r\n", GOOD, 400, "bad_request"),
                publish("a length with a sign", JSON + "Content-Length: +14\r\n", GOOD, 400, "bad_request"),
                publish("two lengths", JSON + "Content-Length: 14\r\nContent-Length: 15\r\n", GOOD, 400, "bad_request"),
                publish("a list of lengths", JSON + "Content-Length: 14, 15\r\n", GOOD, 400, "bad_request"),
                publish(
                        "a length beyond 64 bits",
                        JSON + "Content-Length: 99999999999999999999\r\n",
                        GOOD,
                        400,
                        "bad_request"),
                publish(
                        "a chunk size that is none",
                        JSON + "Transfer-Encoding: chunked\r\n",
                        "zz\r\n" + GOOD + "\r\n0\r\n\r\n",
                        400,
                        "bad_request"),
                publish(
                        "a negative chunk size",
                        JSON + "Transfer-Encoding: chunked\r\n",
                        "-1\r\n" + GOOD + "\r\n0\r\n\r\n",
                        400,
                        "bad_request"),
                publish(
                        "a chunk size beyond all bounds",
                        JSON + "Transfer-Encoding: chunked\r\n",
                        "fffffffffffffffff\r\n" + GOOD,
                        400,
                        "bad_request"),
                publish("a coding that is none", JSON + "Transfer-Encoding: identity\r\n", GOOD, 400, "bad_request"),
                publish(
                        "a coding behind chunks",
                        JSON + "Transfer-Encoding: chunked, gzip\r\n",
                        "e\r\n" + GOOD + "\r\n0\r\n\r\n",
                        400,
                        "bad_request"),
                publish(
                        "two codings",
                        JSON + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                        "e\r\n" + GOOD + "\r\n0\r\n\r\n",
                        400,
                        "bad_request"),
                publish("no length and no chunks", JSON, "", 400, "bad_request"),
                publish(
                        "a compressed body",
                        JSON + "Content-Encoding: gzip\r\nContent-Length: 14\r\n",
                        GOOD,
                        415,
                        "unsupported_media_type",
                        "gzip"),
                publish(
                        "no content type",
                        "Content-Length: 14\r\n",
                        GOOD,
                        415,
                        "unsupported_media_type",
                        "application/json"),
                publish(
                        "two content types",
                        JSON + "Content-Type: text/plain\r\nContent-Length: 14\r\n",
                        GOOD,
                        415,
                        "unsupported_media_type"));
    }

    private static List<BadRequest> headerBombs() {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            many.append("X-").append(i).append(": x\r\n");
        }
        return List.of(
                headers("a header of 20 KB", "X-A: " + "x".repeat(20_000) + "\r\n", 431, "bad_request"),
                headers("a header's name of 20 KB", "X".repeat(20_000) + ": x\r\n", 431, "bad_request"),
                headers("5,000 headers", many.toString(), 431, "bad_request"),
                headers("the same header 2,000 times", "X-Again: x\r\n".repeat(2_000), 431, "bad_request"),
                headers("a cookie of 100 KB", "Cookie: " + "a=b; ".repeat(20_000) + "\r\n", 431, "bad_request"),
                head("a path of 100 KB", "GET /" + "x".repeat(100_000), 414, "bad_request"),
                head("a query of 1 MB", "GET /api/v1/events/stream?name=" + "x".repeat(1_000_000), 414, "bad_request"));
    }

    private static List<BadRequest> pathTricks() {
        List<BadRequest> rows = new ArrayList<>();
        for (String path : List.of(
                "//api/v1/events/names",
                "/api//v1/events/names",
                "/api/v1/events//names",
                "/api/v1/events/../events/names",
                "/api/v1/./events/names",
                "/api/v1/events/%2e%2e/events/names",
                "/api/v1/events/%2E%2E/%2e%2e/healthz",
                "/..%2fapi/v1/events/names",
                "/api/v1/events%2fnames",
                "/api%2Fv1/events/names",
                "/api/v1/events/names;x=1",
                "/api/v1/events;/names",
                "/API/v1/events/names",
                "/api/v1/Events/names",
                "/api/v1/events/names%00",
                "/api/v1/events/names%0d%0aX-Injected:1",
                "/api/v1/events/names%20",
                "/api\\v1\\events\\names",
                "/api/v1/events/..%5c..%5chealthz",
                "/%2e/healthz",
                "/healthz/..",
                "/api/v1/events/%c0%ae%c0%ae/healthz",
                "/api/v1/events/names/.",
                "/api/v1/events/%",
                "/api/v1/events/%zz",
                "/api/v1/events/%u0041")) {
            rows.add(head("path " + path, "GET " + path, 404, "not_found"));
        }
        rows.add(head("no path", "GET api/v1/events/names", 400, "bad_request"));
        return rows;
    }

    private static List<BadRequest> wrongQueries() {
        List<BadRequest> rows = new ArrayList<>();
        for (String query : List.of(
                "name=a.b&limit=%",
                "name=a.b&limit=%zz",
                "name=a.b&correlationId=%c3%28",
                "name=a.b&correlationId=%ff",
                "name=%u0061.b",
                "name=a.b&=x",
                "name=a.b&%00=x",
                "name=a.b&name%00=a.c",
                "name=a.b&limit=1%00",
                "name=a.b&limit=1%0d%0aX:1",
                "name=a.b&limit=0x10",
                "name=a.b&limit=1e3",
                "name=a.b&limit=%D9%A1",
                "name=a.b;limit=1",
                "name=a.b&limit[]=1",
                "name[]=a.b",
                "name=a.b&limit=NaN",
                "name=a.b&since=99999999999h",
                "name=a.b&since=1h1",
                "name=a.b&since=2026-02-30T00:00:00Z",
                "name=a.b&since=0000-00-00T00:00:00Z",
                "name=a.b&since=+999999999-01-01T00:00:00Z",
                "name=a.b&heartbeat=1ns",
                "name=a.b&heartbeat=99999999h",
                "name=a.b&after=evt_%00",
                "name=a.b&after=../../x",
                "name=a.b&after=evt_" + "f".repeat(26),
                "name=a.b&after=evt_" + "f".repeat(10_000),
                "name=a.b&delivery=unicast&group=..%2f..",
                "name=a.b&delivery=unicast&group=g%00",
                "name=a.b&delivery=unicast&group=g%0a",
                "name=a.b&replay=TRUE",
                "name=a.b&notices=1e0",
                "name=a.b&x",
                "name=a.b&authorization=Bearer%20x")) {
            String shown = query.length() > 80 ? query.substring(0, 80) + "\u2026" : query;
            rows.add(head("query " + shown, "GET /api/v1/events/stream?" + query, 400, "bad_request"));
        }
        rows.add(head("groups of a bad name", "GET /api/v1/events/groups?name=Bad", 400, "bad_request", "name"));
        rows.add(head("groups by what is not there", "GET /api/v1/events/groups?nam=a.b", 400, "bad_request", "nam"));
        rows.add(head("dead letters of no group", "GET /api/v1/events/dead-letters", 400, "bad_request", "group"));
        rows.add(head(
                "dead letters of a bad group",
                "GET /api/v1/events/dead-letters?group=a%20b",
                400,
                "bad_request",
                "group"));
        return rows;
    }

    private static List<BadRequest> wrongKeys() {
        List<BadRequest> rows = new ArrayList<>();
        for (String[] row : new String[][] {
            {"an empty idempotency key", ""},
            {"an idempotency key of 256 bytes", "k".repeat(256)},
            {"an idempotency key that is not ASCII", "\u00e9"},
            {"an idempotency key of control characters", "a\u0001b"}
        }) {
            String headers = JSON + "Content-Length: 14\r\nIdempotency-Key: " + row[1] + "\r\n";
            rows.add(publish(row[0], headers, GOOD, 400, "bad_request"));
        }
        rows.add(publish(
                "two idempotency keys",
                JSON + "Content-Length: 14\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n",
                GOOD,
                400,
                "bad_request",
                "idempotency"));
        return rows;
    }

    private static List<BadRequest> wrongVerbs() {
        List<BadRequest> rows = new ArrayList<>();
        for (String body : List.of(
                "",
                "{",
                "[]",
                "null",
                "{\"ack\":[\"x\"]}",
                "{\"group\":1,\"ack\":[]}",
                "{\"group\":\"a b\",\"ack\":[]}",
                "{\"group\":\"\",\"ack\":[]}",
                "{\"group\":\"g\",\"ack\":\"x\"}",
                "{\"group\":\"g\",\"ack\":[1]}",
                "{\"group\":\"g\",\"ack\":[null]}",
                "{\"group\":\"g\",\"ack\":{\"a\":1}}",
                "{\"group\":\"g\",\"nack\":[\"x\"],\"nack\":[]}",
                "{\"group\":\"g\",\"nack\":[{}]}",
                "{\"group\":\"g\",\"nack\":[{\"token\":1}]}",
                "{\"group\":\"g\",\"nack\":[{\"token\":\"x\",\"delay\":\"soon\"}]}",
                "{\"group\":\"g\",\"nack\":[{\"token\":\"x\",\"delay\":\"-1s\"}]}",
                "{\"group\":\"g\",\"nack\":[{\"token\":\"x\",\"delay\":5}]}",
                "{\"group\":\"g\",\"nack\":[{\"token\":\"x\",\"reason\":1}]}",
                "{\"group\":\"g\",\"extend\":[{}]}",
                "{\"group\":\"g\",\"ack\":[" + "[".repeat(100_000) + "]}",
                "{\"group\":\"g\",\"ack\":[\"x\"]} x")) {
            String shown = body.length() > 80 ? body.substring(0, 80) + "\u2026" : body;
            rows.add(verb("ack " + shown, "/ack", body));
        }
        for (String body : List.of(
                "",
                "{",
                "{}",
                "{\"all\":true}",
                "{\"group\":\"g\"}",
                "{\"group\":\"g\",\"all\":false}",
                "{\"group\":\"g\",\"all\":\"true\"}",
                "{\"group\":\"g\",\"ids\":\"x\"}",
                "{\"group\":\"g\",\"ids\":[1]}",
                "{\"group\":\"g\",\"ids\":[\"nonsense\"]}",
                "{\"group\":\"g\",\"ids\":[\"evt_1\"],\"all\":true}")) {
            rows.add(verb("redrive " + body, "/dead-letters/redrive", body));
        }
        for (String body : List.of(
                "", "{", "{}", "[]", "{\"name\":\"a.b\"}", "{\"name\":\"request\"}", "{\"name\":\".request\"}")) {
            rows.add(verb("request " + body, "/request", body));
        }
        return rows;
    }
}

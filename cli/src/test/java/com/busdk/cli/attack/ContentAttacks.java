package com.busdk.cli.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** What stands in paths, parameters and bodies. The whole table of bad requests is the broker's {@code BadInputTest}. */
final class ContentAttacks {
    private static final int DEPTH = 400_000;
    private static final int BOMB_BYTES = 64 << 20;
    private static final int ROUNDS = 20;

    /** A header that nobody has, broken out of a value. */
    private static final String BREAK = "%0d%0aX-Injected:%201";

    private ContentAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack("deep JSON", "400 at the limit", (target, _) -> deep(target)),
                new Attack("compressed bombs", "415, nothing is unpacked", (target, _) -> bombs(target)),
                new Attack("path tricks", "400 or 404, none reaches a route", (target, _) -> paths(target)),
                new Attack("line breaks in parameters", "400, or one line", (target, _) -> parameters(target)),
                new Attack("line breaks in events", "each event is one line", (target, _) -> events(target)));
    }

    private static String deep(Target target) throws IOException {
        String token = Target.user("mallory");
        Tally tally = new Tally();
        for (String deep : List.of(
                "[".repeat(DEPTH), "{\"a\":".repeat(DEPTH / 5), "[".repeat(DEPTH / 2) + "]".repeat(DEPTH / 2))) {
            String event = "{\"name\":\"attack.deep\",\"payload\":" + deep + "}";
            for (int i = 0; i < ROUNDS; i++) {
                tally.add(target.ask(Requests.post(Requests.EVENTS, token, Requests.JSON, event))
                        .status());
                tally.add(target.ask(Requests.post(Requests.EVENTS, token, Requests.LINES, event + "\n"))
                        .status());
                tally.add(target.ask(Requests.post(Requests.EVENTS + "/ack", token, Requests.JSON, deep))
                        .status());
            }
        }
        return tally.only("400").toString();
    }

    private static String bombs(Target target) throws IOException {
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(gzip)) {
            out.write(new byte[BOMB_BYTES]);
        }
        ByteArrayOutputStream deflate = new ByteArrayOutputStream();
        try (OutputStream out = new DeflaterOutputStream(deflate)) {
            out.write(new byte[BOMB_BYTES]);
        }
        Tally tally = new Tally();
        for (String path : List.of("", "/ack", "/request", "/dead-letters/redrive")) {
            for (String type : path.isEmpty() ? List.of(Requests.JSON, Requests.LINES) : List.of(Requests.JSON)) {
                for (String encoding : List.of("gzip", "x-gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP")) {
                    byte[] bomb = (encoding.equals("deflate") ? deflate : gzip).toByteArray();
                    try (Wire wire = target.open()) {
                        wire.send(Requests.postHead(
                                Requests.EVENTS + path,
                                Target.user("mallory"),
                                type,
                                "Content-Encoding: " + encoding + "\r\nContent-Length: " + bomb.length + "\r\n"));
                        wire.send(bomb);
                        tally.add(wire.answer().status());
                    }
                }
            }
        }
        return tally.only("415", "403").toString();
    }

    private static String paths(Target target) throws IOException {
        String token = Target.user("mallory");
        List<String> paths = new ArrayList<>();
        for (String trick : List.of(
                "//",
                "/./",
                "/../events/",
                "/%2e%2e/events/",
                "/%2e/",
                "%2f",
                "%5c",
                "\\",
                ";/",
                "/%00",
                "/\u0000",
                "/%c0%af",
                "/%c0%ae%c0%ae/",
                "/%ef%bc%8f",
                "/%e0%80%af",
                "/\u00e0\u0080\u00af",
                "/%252e%252e/",
                "/%",
                "/%u002f",
                "/\t",
                "/..;/events/")) {
            paths.add(Requests.EVENTS + trick + "names");
            paths.add("/api/v1" + trick + "events/names");
            paths.add("/healthz" + trick + "api/v1/events/names");
        }
        Tally tally = new Tally();
        for (String path : paths) {
            Wire.Answer answer = target.ask(Requests.get(path, token));
            tally.add(answer.status());
            assertFalse(answer.status() == 200, () -> path + " was answered " + answer);
            assertFalse(answer.body().contains("\"names\""), path);
        }
        return tally.only("400", "404").toString();
    }

    private static String parameters(Target target) throws IOException {
        String token = Target.user("mallory");
        List<String> requests = new ArrayList<>();
        for (String query : List.of(
                "name=a.b" + BREAK,
                "name=a.b&group=g" + BREAK + "&delivery=unicast",
                "name=a.b&consumer=c" + BREAK + "&delivery=unicast",
                "name=a.b&after=evt_1" + BREAK,
                "name=a.b&since=1h" + BREAK,
                "name=a.b&heartbeat=1s" + BREAK,
                "name=a.b&limit=1" + BREAK,
                "name=a.b&x" + BREAK + "=1")) {
            requests.add(Requests.get(Requests.EVENTS + "/stream?" + query, token));
        }
        for (String path : List.of(
                "/" + BREAK,
                Requests.EVENTS + "/evt_1" + BREAK,
                Requests.EVENTS + "/groups?name=a.b" + BREAK,
                Requests.EVENTS + "/groups?x" + BREAK + "=1",
                Requests.EVENTS + "/dead-letters?group=g" + BREAK,
                Requests.EVENTS + "/dead-letters?group=g&owner=o" + BREAK,
                Requests.EVENTS + "/request?timeout=1s" + BREAK)) {
            requests.add(Requests.get(path, token));
        }
        requests.add("FO" + BREAK + " /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        requests.add("GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\rX-Injected: 1\r\n\r\n");
        requests.add(Requests.get(Requests.EVENTS + "/stream?name=a.b&follow=false", token)
                .replace("Host: localhost", "Host: localhost\r\nLast-Event-ID: evt_1\rX-Injected: 1"));
        Tally tally = new Tally();
        for (String request : requests) {
            Wire.Answer answer = target.ask(request);
            tally.add(answer.status());
            assertEquals("", answer.header("x-injected"), request);
        }
        return tally.only("400", "403", "404", "405").toString();
    }

    /** A value with line breaks goes out as JSON has it, to listeners of both formats. */
    private static String events(Target target) throws IOException {
        String token = Target.user("mallory");
        String evil = "\\r\\n\\r\\nid: evt_0\\r\\nevent: forged\\r\\ndata: 1\\u2028\\u0000\\u0085";
        String event = "{\"name\":\"attack.lines\",\"payload\":\"" + evil + "\",\"correlationId\":\"" + evil
                + "\",\"key\":\"" + evil + "\",\"metadata\":{\"" + evil + "\":\"" + evil + "\"},\"error\":{\"type\":\""
                + evil
                + "\",\"message\":\"" + evil + "\"}}";
        for (String bad : List.of("name\":\"a.b\\r\\nc", "name\":\"a.b\\u0000", "name\":\"a.b\u0085")) {
            assertEquals(
                    400,
                    target.ask(Requests.post(Requests.EVENTS, token, Requests.JSON, "{\"" + bad + "\"}"))
                            .status());
        }
        int rounds = 200;
        for (int i = 0; i < rounds; i++) {
            assertEquals(
                    202,
                    target.ask(Requests.post(Requests.EVENTS, token, Requests.JSON, event))
                            .status());
        }
        String path = Requests.EVENTS + "/stream?name=attack.lines&follow=false&limit=" + rounds;
        String lines = target.ask(Requests.get(path, token)).body();
        assertEquals(rounds, lines.lines().count());
        String sse = target.ask(Requests.get(path, token).replace("\r\n\r\n", "\r\nAccept: text/event-stream\r\n\r\n"))
                .body();
        assertEquals(
                rounds, sse.lines().filter(line -> line.startsWith("id: evt_")).count());
        assertTrue(
                sse.lines()
                        .allMatch(line -> line.isEmpty()
                                || line.startsWith(":")
                                || line.startsWith("id: evt_")
                                || line.equals("event: attack.lines")
                                || line.startsWith("data: {")),
                sse);
        return rounds + " events, a line each";
    }
}

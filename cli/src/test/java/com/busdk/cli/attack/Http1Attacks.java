package com.busdk.cli.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What HTTP/1.1 itself makes possible: requests without reading, ambiguous ones, too long ones, nonsense. */
final class Http1Attacks {
    private static final int PIPELINED = 20_000;
    private static final int BLOBS = 300;
    private static final int EVENT_BYTES = 1_000_000;

    /** Beyond what any buffer of the system holds, in answers that nobody reads. */
    private static final int UNREAD_REQUESTS = 400;

    private static final int UNREAD_CONNECTIONS = 4;
    private static final int LEAK_BYTES = 96 << 20;

    private Http1Attacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "pipelining",
                        "each is answered, in order, when the client reads",
                        (target, _) -> pipelining(target)),
                new Attack(
                        "answers that are never read",
                        "not asked for any more, and closed as idle",
                        (target, _) -> unread(target)),
                new Attack("garbage", "400, or closed", (target, _) -> garbage(target)),
                new Attack(
                        "lines without an end", "refused when the limit is reached", (target, _) -> longLines(target)),
                new Attack("two lengths", "400, and the connection is closed", (target, _) -> smuggling(target)),
                new Attack(
                        "upgrades to nothing",
                        "refused, and what follows is not kept",
                        (target, _) -> upgrades(target)),
                new Attack("connection churn", "each is answered", Http1Attacks::churn));
    }

    private static String pipelining(Target target) throws Exception {
        String requests = Requests.get("/healthz").repeat(PIPELINED);
        try (Wire wire = target.open()) {
            Thread writer = Thread.ofVirtual().start(() -> wire.send(requests));
            Pause.millis(500);
            for (int i = 0; i < PIPELINED; i++) {
                assertEquals(200, wire.answer().status());
            }
            writer.join();
        }
        return "200 \u00d7 " + PIPELINED;
    }

    private static String unread(Target target) throws Exception {
        String token = Target.user("mallory");
        String id = publishLarge(target, token);
        String requests = Requests.get(Requests.EVENTS + "/" + id, token).repeat(UNREAD_REQUESTS);
        List<Wire> all = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        AtomicInteger cut = new AtomicInteger();
        long begun = System.nanoTime();
        try {
            for (int i = 0; i < UNREAD_CONNECTIONS; i++) {
                Wire wire = Wire.openSmall(target.port(), 4 << 10);
                all.add(wire);
                writers.add(Thread.ofVirtual().start(() -> {
                    wire.send(requests);
                    // A byte that cannot be sent tells that the connection is closed without reading from it.
                    while (wire.send(" ")) {
                        Pause.millis(50);
                    }
                    cut.incrementAndGet();
                }));
            }
            Pause.untilSo("that each connection is closed", () -> cut.get() == UNREAD_CONNECTIONS);
        } finally {
            SlowAttacks.closeAll(all);
            for (Thread writer : writers) {
                writer.join();
            }
        }
        return UNREAD_CONNECTIONS + " closed after " + Math.round(SlowAttacks.secondsSince(begun)) + " s";
    }

    /** The id of an event of nearly the largest size. */
    static String publishLarge(Target target, String token) throws IOException {
        Wire.Answer answer = target.ask(Requests.publish(token, "attack.large", "\"" + "x".repeat(EVENT_BYTES) + "\""));
        assertEquals(202, answer.status());
        return answer.body().replaceAll(".*\"id\":\"([^\"]+)\".*", "$1").strip();
    }

    private static String garbage(Target target) throws IOException {
        Random random = new Random(7);
        Tally tally = new Tally();
        for (int i = 0; i < BLOBS; i++) {
            byte[] blob = new byte[1 + random.nextInt(4_000)];
            random.nextBytes(blob);
            try (Wire wire = target.open()) {
                wire.send(blob);
                wire.endOutput();
                tally.add(wire.answer().status());
            }
        }
        return tally.only("400", "414", "431", "closed").toString();
    }

    private static String longLines(Target target) throws IOException {
        String token = Target.user("mallory");
        String mebibyte = "x".repeat(1 << 20);
        String chunked = Requests.postHead(Requests.EVENTS, token, Requests.LINES, "Transfer-Encoding: chunked\r\n");
        Tally tally = new Tally();
        for (String request : List.of(
                mebibyte,
                "GET /" + mebibyte,
                "GET /healthz HTTP/1.1\r\nX-Long: " + mebibyte,
                "GET /healthz HTTP/1.1\r\n" + mebibyte,
                "GET /healthz HTTP/1.1\r\n" + "X-Many: 1\r\n".repeat(100_000),
                "GET /healthz HTTP/1.1\r\nX-Folded: 1\r\n" + " x\r\n".repeat(100_000),
                chunked + "1;" + mebibyte,
                chunked + "0".repeat(1 << 20),
                chunked + Requests.chunk("{}") + "0\r\nX-Trailer: " + mebibyte)) {
            try (Wire wire = target.open()) {
                wire.send(request);
                tally.add(wire.answer().status());
                wire.untilClosed();
            }
        }
        String line = "{\"name\":\"a.b\",\"payload\":\"" + mebibyte;
        try (Wire wire = target.open()) {
            wire.send(chunked + Requests.chunk(line) + Requests.chunk(mebibyte));
            assertEquals(413, wire.answer().status());
            tally.add(413);
        }
        return tally.only("400", "413", "414", "431", "closed").toString();
    }

    /** A request within the body of another: whoever reads the lengths in the other way would answer it. */
    private static String smuggling(Target target) throws IOException {
        String token = Target.user("mallory");
        String hidden = Requests.get("/healthz");
        String event = "{\"name\":\"attack.smuggled\"}";
        String whole = Requests.chunk(event) + "0\r\n\r\n";
        Tally tally = new Tally();
        for (String headers : List.of(
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                "Transfer-Encoding: identity\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: gzip, chunked\r\n",
                "Transfer-Encoding: chunked, gzip\r\n",
                "Transfer-Encoding : chunked\r\n",
                "Transfer-Encoding:\u000bchunked\r\n",
                "X: y\rTransfer-Encoding: chunked\r\n",
                "X: y\nTransfer-Encoding: chunked\n",
                "Content-Length: 0x1f\r\n",
                "Content-Length: 5, 5\r\n",
                "Content-Length: 5\r\nContent-Length: 6\r\n")) {
            try (Wire wire = target.open()) {
                wire.send(Requests.postHead(Requests.EVENTS, token, Requests.JSON, headers) + whole + hidden);
                Wire.Answer answer = wire.answer();
                tally.add(answer.status());
                if (answer.status() == 202) {
                    assertEquals(200, wire.answer().status(), headers); // the body was taken as a whole
                } else if (answer.status() != Wire.CLOSED) {
                    String rest = wire.untilClosed();
                    assertEquals("", rest, () -> headers + "was answered " + answer + rest);
                }
            }
        }
        return tally.only("202", "400", "closed").toString();
    }

    /** The server of HTTP waits for the settings of HTTP/2 in the head of an upgrade; here are none, and a long body. */
    private static String upgrades(Target target) throws Exception {
        String upgrade = "POST " + Requests.EVENTS + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\n";
        String endless = "Transfer-Encoding: chunked\r\n\r\n";
        String chunk = Requests.chunk("x".repeat(1 << 20));
        Tally tally = new Tally();
        for (String head : List.of(
                upgrade + "Connection: Upgrade\r\n" + endless,
                upgrade + "Connection: Upgrade, HTTP2-Settings\r\n" + endless,
                upgrade + "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: !!!\r\n" + endless,
                upgrade + "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n" + endless,
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + endless)) {
            try (Wire wire = target.open()) {
                wire.send(head);
                int status = wire.answer().status();
                int sent = 0;
                while (sent < LEAK_BYTES && wire.send(chunk)) {
                    sent += chunk.length();
                }
                tally.add(status + (sent < LEAK_BYTES ? " and closed" : " and passed over"));
            }
        }
        return tally.toString();
    }

    private static String churn(Target target, Attack.Force force) throws IOException {
        Tally tally = new Tally();
        for (int i = 0; i < force.connections() / 2; i++) {
            try (Wire wire = target.open()) {
                wire.send(Requests.get("/healthz"));
                if (i % 3 == 0) {
                    wire.reset(); // without having read
                } else {
                    tally.add(wire.answer().status());
                }
            }
        }
        return tally.only("200").toString();
    }
}

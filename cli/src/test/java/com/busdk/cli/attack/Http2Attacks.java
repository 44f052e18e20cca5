package com.busdk.cli.attack;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** What HTTP/2 makes possible beyond that: many streams on one connection, and frames that cost the other side more. */
final class Http2Attacks {
    private static final int FLOOD = 50_000;

    /** Frames in one write, so that it is the service that has the work. */
    private static final int BATCH = 100;

    /** "Enhance your calm" (RFC 9113, section 7). */
    private static final String CALM = "goaway 11";

    /** With any code: some floods are an error of the protocol as well. */
    private static final String FAREWELL = "goaway ";

    /** Below what the service allows. */
    private static final int STREAMS = 900;

    /** More than the heap holds, on two connections. */
    private static final int LARGE_ANSWERS = 300;

    private static final int SMALL_BODY = 4_000;

    private Http2Attacks() {}

    static List<Attack> all() {
        String calm = "the connection is closed, where it goes on too long";
        return List.of(
                new Attack(
                        "HTTP/2 rapid reset",
                        calm,
                        (target, _) -> closed(target, CALM, publishing(Http2.RST_STREAM, 8))),
                new Attack(
                        "HTTP/2 made to reset",
                        calm,
                        (target, _) -> closed(target, CALM, publishing(Http2.WINDOW_UPDATE, 0))),
                new Attack(
                        "HTTP/2 continuations without an end",
                        calm,
                        (target, _) -> closed(
                                target,
                                FAREWELL,
                                i -> i == 0
                                        ? Http2.headers(1, 0, "GET", "/healthz")
                                        : Http2.frame(Http2.CONTINUATION, 0, 1))),
                new Attack(
                        "HTTP/2 headers without an end",
                        calm,
                        (target, _) -> closed(
                                target,
                                FAREWELL,
                                i -> i == 0
                                        ? Http2.headers(1, 0, "GET", "/healthz")
                                        : Http2.frame(Http2.CONTINUATION, 0, 1, longField()))),
                new Attack(
                        "HTTP/2 empty data",
                        calm,
                        (target, _) -> closed(
                                target,
                                FAREWELL,
                                i -> i == 0
                                        ? Http2.headers(
                                                1,
                                                Http2.END_HEADERS,
                                                "POST",
                                                Requests.EVENTS,
                                                "authorization",
                                                "Bearer " + Target.user("mallory"),
                                                "content-type",
                                                Requests.LINES)
                                        : Http2.frame(Http2.DATA, 0, 1))),
                new Attack("HTTP/2 settings", calm, (target, _) -> unread(target, Http2.frame(Http2.SETTINGS, 0, 0))),
                new Attack(
                        "HTTP/2 pings",
                        calm,
                        (target, _) -> unread(target, Http2.frame(Http2.PING, 0, 0, new byte[8]))),
                new Attack(
                        "HTTP/2 streams beyond the limit",
                        "those beyond are refused, the connection lives",
                        (target, _) -> tooMany(target)),
                new Attack(
                        "HTTP/2 answers without a window",
                        "what waits to be sent is bounded",
                        Http2Attacks::withoutWindow),
                new Attack(
                        "HTTP/2 bodies without an end", "what waits for its end is bounded", Http2Attacks::unfinished),
                new Attack("HTTP/2 frames that are wrong", "refused, or closed", (target, _) -> wrong(target)));
    }

    /** A request on each stream whose body does not come, and a frame that ends it. */
    private static IntFunction<byte[]> publishing(int type, int number) {
        String token = Target.user("mallory");
        return i -> join(
                Http2.headers(
                        2 * i + 1,
                        Http2.END_HEADERS,
                        "POST",
                        Requests.EVENTS,
                        "authorization",
                        "Bearer " + token,
                        "content-type",
                        Requests.JSON),
                Http2.frame(type, 2 * i + 1, number));
    }

    /** Sends frames until the service closes the connection, which has to be with that farewell. */
    private static String closed(Target target, String farewell, IntFunction<byte[]> frames) throws Exception {
        try (Http2 connection = Http2.open(target)) {
            int sent = 0;
            for (boolean open = true; open && sent < FLOOD; ) {
                ByteArrayOutputStream batch = new ByteArrayOutputStream();
                for (int i = 0; i < BATCH; i++) {
                    batch.writeBytes(frames.apply(sent++));
                }
                open = connection.send(batch.toByteArray());
            }
            Tally tally = connection.untilClosed();
            if (!tally.toString().contains(farewell)) {
                throw new AssertionError("no " + farewell + ": " + tally);
            }
            return "closed behind at most " + sent + ": " + tally;
        }
    }

    /** Frames that each want an answer which nobody reads. */
    private static String unread(Target target, byte[] frame) throws Exception {
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        for (int i = 0; i < BATCH; i++) {
            batch.writeBytes(frame);
        }
        try (Http2 connection = Http2.openUnread(target, 1 << 20)) {
            Thread closer = Thread.ofVirtual().start(() -> {
                Pause.millis(Wire.PATIENCE_MILLIS / 3);
                connection.read();
            });
            int sent = 0;
            while (sent < 20 * FLOOD && connection.send(batch.toByteArray())) {
                sent += BATCH;
            }
            closer.interrupt();
            return sent < 20 * FLOOD ? "closed behind " + sent : sent + " answered";
        }
    }

    private static String tooMany(Target target) throws Exception {
        String token = Target.user("mallory");
        try (Http2 connection = Http2.open(target)) {
            for (int i = 0; i < 2_000; i++) {
                connection.send(Http2.headers(
                        2 * i + 1,
                        Http2.END_HEADERS,
                        "POST",
                        Requests.EVENTS,
                        "authorization",
                        "Bearer " + token,
                        "content-type",
                        Requests.JSON));
            }
            connection.send(Http2.frame(Http2.PING, 0, 0, new byte[8]));
            Pause.untilSo(
                    "an answer to the ping, or the end; there came " + connection.tally(),
                    () -> connection.tally().of("ping") + connection.tally().of("closed") > 0);
            return connection.tally().toString();
        }
    }

    private static String withoutWindow(Target target, Attack.Force force) throws Exception {
        String token = Target.user("mallory");
        String path = Requests.EVENTS + "/" + Http1Attacks.publishLarge(target, token);
        return keepOpen(target, force, 2, connection -> {
            for (int i = 0; i < LARGE_ANSWERS; i++) {
                connection.send(Http2.headers(
                        2 * i + 1,
                        Http2.END_STREAM | Http2.END_HEADERS,
                        "GET",
                        path,
                        "authorization",
                        "Bearer " + token));
            }
        });
    }

    private static String unfinished(Target target, Attack.Force force) throws Exception {
        String token = Target.user("mallory");
        return keepOpen(target, force, force.connections() / 300, connection -> {
            for (int i = 0; i < STREAMS; i++) {
                connection.send(
                        Http2.headers(
                                2 * i + 1,
                                Http2.END_HEADERS,
                                "POST",
                                Requests.EVENTS,
                                "authorization",
                                "Bearer " + token,
                                "content-type",
                                Requests.JSON),
                        Http2.frame(Http2.DATA, 0, 2 * i + 1, new byte[SMALL_BODY]));
            }
        });
    }

    private interface Opening {
        void on(Http2 connection);
    }

    /** Several connections without a window, with many streams each, kept from being idle by pings. */
    private static String keepOpen(Target target, Attack.Force force, int number, Opening opening) throws Exception {
        List<Http2> all = new ArrayList<>();
        Tally tally = new Tally();
        try {
            for (int i = 0; i < number; i++) {
                Http2 connection = Http2.openUnread(target, 0);
                all.add(connection);
                connection.read();
                opening.on(connection);
            }
            long end = Math.max(force.end(), System.nanoTime() + 2 * Target.IDLE.toNanos());
            while (System.nanoTime() < end) {
                for (Http2 connection : all) {
                    connection.send(Http2.frame(Http2.PING, 0, 0, new byte[8]));
                }
                Pause.millis(200);
            }
            for (Http2 connection : all) {
                tally.add(connection.tally().of("closed") > 0 ? "closed" : "open");
            }
        } finally {
            for (Http2 connection : all) {
                connection.close();
            }
        }
        return tally + " of these connections";
    }

    private static String wrong(Target target) throws Exception {
        byte[] good = Http2.headers(1, Http2.END_STREAM | Http2.END_HEADERS, "GET", "/healthz");
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        // One entry of 4,000 bytes for the table, then two thousand times a byte that stands for it.
        bomb.write(0x40);
        Http2.text(bomb, "x-bomb");
        Http2.text(bomb, "y".repeat(3_900));
        for (int i = 0; i < 2_000; i++) {
            bomb.write(0x80 | 62);
        }
        List<byte[]> rows = List.of(
                Http2.frame(Http2.DATA, 0, 0, new byte[10]),
                Http2.frame(Http2.DATA, 0, 1, new byte[10]),
                Http2.frame(Http2.CONTINUATION, Http2.END_HEADERS, 1, new byte[10]),
                Http2.frame(Http2.HEADERS, Http2.END_HEADERS, 2, new byte[10]),
                Http2.frame(Http2.HEADERS, Http2.END_HEADERS, 0, new byte[10]),
                Http2.frame(Http2.HEADERS, Http2.END_HEADERS, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff),
                Http2.frame(Http2.HEADERS, Http2.END_HEADERS | Http2.END_STREAM, 1, bomb.toByteArray()),
                Http2.frame(Http2.PUSH_PROMISE, Http2.END_HEADERS, 1, new byte[10]),
                Http2.frame(Http2.SETTINGS, 0, 0, new byte[5]),
                Http2.frame(Http2.SETTINGS, 0, 1),
                Http2.frame(Http2.SETTINGS, 1, 0, new byte[6]),
                settings(Http2.INITIAL_WINDOW_SIZE, -1),
                settings(5, 1),
                Http2.frame(Http2.WINDOW_UPDATE, 0, 0),
                join(Http2.frame(Http2.WINDOW_UPDATE, 0, -1 >>> 1), Http2.frame(Http2.WINDOW_UPDATE, 0, -1 >>> 1)),
                Http2.frame(Http2.PING, 0, 0, new byte[7]),
                Http2.frame(Http2.PRIORITY, 0, 1, new byte[4]),
                Http2.frame(Http2.RST_STREAM, 99, 8),
                Http2.frame(Http2.DATA, 0, 1, new byte[17_000]),
                join(good, good),
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10).getBytes(StandardCharsets.US_ASCII),
                Http2.headers(1, 5, "GET", "healthz"),
                Http2.headers(1, 5, "GET", ""),
                Http2.headers(1, 5, "GET", "/health\r\nz"),
                Http2.headers(1, 5, "GE T", "/healthz"),
                Http2.headers(1, 5, "GET", "/healthz", "X-Upper", "x"),
                Http2.headers(1, 5, "GET", "/healthz", "x-break", "a\r\nb: c"),
                Http2.headers(1, 5, "GET", "/healthz", "x\r\ny", "z"),
                Http2.headers(1, 5, "GET", "/healthz", "connection", "close"),
                Http2.headers(1, 5, "GET", "/healthz", "transfer-encoding", "chunked"),
                Http2.headers(1, 5, "GET", "/healthz", ":path", "/metrics"),
                Http2.headers(1, 5, "GET", "/healthz", ":status", "200"),
                Http2.headers(1, 5, "GET", "/healthz", "content-length", "-1"));
        Tally tally = new Tally();
        for (byte[] row : rows) {
            try (Http2 connection = Http2.open(target)) {
                connection.send(row);
                connection.send(Http2.frame(Http2.PING, 0, 0, new byte[8]));
                Pause.untilSo(
                        "an answer to the ping, or the end, behind row " + rows.indexOf(row),
                        () -> connection.tally().of("ping") + connection.tally().of("closed") > 0);
                if (connection.tally().of("answer 200") > 0) {
                    tally.add("answer 200");
                }
                tally.add(connection.tally().of("closed") > 0 ? "closed" : "open");
            }
        }
        return tally.toString();
    }

    private static byte[] settings(int setting, int value) {
        return Http2.frame(
                Http2.SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6).putShort((short) setting).putInt(value).array());
    }

    private static byte[] longField() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        Http2.field(block, "x-long", "x".repeat(8_000));
        return block.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}

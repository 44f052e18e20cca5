package com.busdk.cli.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

/** Those who take their time: to ask, to send a body, to read what they are sent. */
final class SlowAttacks {
    private static final int SLOW_CLIENTS = 200;
    private static final long DRIP_MILLIS = 200;

    /** Beyond the idle time-out: what the service's own timers, and a slow machine, may take. */
    private static final double LATE_SECONDS = 10;

    /** Beyond what the system itself may hold for a connection in both directions. */
    private static final int FLOOD_BYTES = 12 << 20;

    private static final int FLOOD_EVENT_BYTES = 256 << 10;
    private static final int DEAF_LISTENERS = 30;

    /** The most that waits for its end without being counted against the room of bodies. */
    private static final int SMALL_BODY = 4_000;

    private static final int LARGE_BODIES = 120;

    /** Above 100,000 connections in all where a process may have 20,000 files open, which many systems have as their limit. */
    private static final int WAVES = 6;

    private SlowAttacks() {}

    static List<Attack> all() {
        String closed = "each is closed within the idle time-out, whatever drips";
        return List.of(
                new Attack("slow heads", closed, (target, _) -> drip(target, _ -> "GET /healthz HTTP/1.1\r\nX-Slow: ")),
                new Attack("slow bodies", closed, (target, _) -> {
                    String head = Requests.postHead(
                            Requests.EVENTS, Target.user("mallory"), Requests.JSON, "Content-Length: 10000\r\n");
                    return drip(target, _ -> head + "{\"name\":\"");
                }),
                new Attack("slow questions", closed, (target, _) -> {
                    String head = Requests.postHead(
                            Requests.EVENTS + "/ack",
                            Target.user("mallory"),
                            Requests.JSON,
                            "Content-Length: 10000\r\n");
                    return drip(target, _ -> head + "{\"group\":\"");
                }),
                new Attack("slow lines", closed, (target, _) -> {
                    String head = Requests.postHead(
                            Requests.EVENTS, Target.user("mallory"), Requests.LINES, "Content-Length: 10000\r\n");
                    return drip(target, _ -> head + "{\"name\":\"");
                }),
                new Attack("silent connections", closed, (target, force) -> hold(target, force.connections(), "")),
                new Attack(
                        "silent connections, wave after wave",
                        "each wave is closed, and the next finds room",
                        (target, force) -> {
                            for (int i = 0; i < WAVES; i++) {
                                hold(target, force.connections(), "");
                            }
                            return WAVES * force.connections() + " closed, " + force.connections() + " at a time";
                        }),
                new Attack("small bodies without an end", closed, (target, force) -> {
                    String head = Requests.postHead(
                            Requests.EVENTS, Target.user("mallory"), Requests.JSON, "Content-Length: 10000\r\n");
                    return hold(target, force.connections() / 3, head + "x".repeat(SMALL_BODY));
                }),
                new Attack(
                        "large bodies without an end",
                        "503 where there is no room, the others are closed",
                        SlowAttacks::largeBodies),
                new Attack(
                        "listeners that never read",
                        "each is closed within the stall time-out",
                        SlowAttacks::neverRead));
    }

    /** Many connections that send a byte now and then, until the service has closed each of them. */
    private static String drip(Target target, IntFunction<String> begin) throws IOException {
        List<Wire> all = new ArrayList<>();
        long begun = System.nanoTime();
        try {
            for (int i = 0; i < SLOW_CLIENTS; i++) {
                Wire wire = target.open();
                wire.send(begin.apply(i));
                all.add(wire);
            }
            List<Wire> open = new ArrayList<>(all);
            while (!open.isEmpty()) {
                Pause.millis(DRIP_MILLIS);
                open.removeIf(wire -> !wire.send("x"));
                if (secondsSince(begun) > Target.IDLE.toSeconds() + LATE_SECONDS) {
                    throw new AssertionError(open.size() + " of " + SLOW_CLIENTS + " are still open");
                }
            }
        } finally {
            closeAll(all);
        }
        return closedText(SLOW_CLIENTS, begun);
    }

    /** Many connections that say so much and no more, until the service has closed each of them. */
    private static String hold(Target target, int number, String first) throws IOException {
        List<Wire> all = new ArrayList<>();
        long begun = System.nanoTime();
        try {
            for (int i = 0; i < number; i++) {
                Wire wire = Wire.openNumber(target.port(), i);
                all.add(wire);
                wire.send(first);
            }
            begun = System.nanoTime();
            for (Wire wire : all) {
                assertEquals("", wire.untilClosed());
            }
            if (secondsSince(begun) > Target.IDLE.toSeconds() + LATE_SECONDS) {
                throw new AssertionError(closedText(number, begun));
            }
        } finally {
            closeAll(all);
        }
        return closedText(number, begun);
    }

    private static String closedText(int number, long begun) {
        return String.format(Locale.ROOT, "%d closed, the last after %.1f s", number, secondsSince(begun));
    }

    private static String largeBodies(Target target, Attack.Force force) throws IOException {
        String body = "{\"name\":\"a.b\",\"payload\":\"" + "x".repeat((1 << 20) - 40);
        String request = Requests.postHead(
                        Requests.EVENTS,
                        Target.user("mallory"),
                        Requests.JSON,
                        "Content-Length: " + (body.length() + 1) + "\r\n")
                + body;
        Tally tally = new Tally();
        List<Wire> all = new ArrayList<>();
        try {
            for (int i = 0; i < LARGE_BODIES; i++) {
                Wire wire = target.open();
                all.add(wire);
                wire.send(request);
            }
            for (Wire wire : all) {
                tally.add(wire.answer().status());
            }
        } finally {
            closeAll(all);
        }
        if (tally.of("503") == 0) {
            throw new AssertionError("all of them had room: " + tally);
        }
        return tally.only("503", "closed").toString();
    }

    /** Half of them live, half of them from the beginning. */
    private static String neverRead(Target target, Attack.Force force) throws Exception {
        double before = target.figure("bus_events_streams_stalled_total");
        String token = Target.user("mallory");
        String event = Requests.publish(token, "attack.flood", "\"" + "x".repeat(FLOOD_EVENT_BYTES) + "\"");
        List<Wire> all = new ArrayList<>();
        try (Wire publisher = target.open()) {
            for (int i = 0; i < DEAF_LISTENERS; i++) {
                Wire wire = Wire.openSmall(target.port(), 4 << 10);
                all.add(wire);
                wire.send(Requests.get(Requests.EVENTS + "/stream?name=attack.flood&replay=" + (i % 2 == 0), token));
                assertEquals(200, wire.head().status());
            }
            for (int sent = 0; sent < FLOOD_BYTES; sent += FLOOD_EVENT_BYTES) {
                publisher.send(event);
                assertEquals(202, publisher.answer().status());
            }
            long begun = System.nanoTime();
            Pause.untilSo(
                    "that each listener is closed",
                    () -> target.figure("bus_events_streams_stalled_total") >= before + DEAF_LISTENERS);
            for (Wire wire : all) {
                Pause.untilSo("that its connection is closed as well", () -> !wire.send(" "));
            }
            return closedText(DEAF_LISTENERS, begun);
        } finally {
            closeAll(all);
        }
    }

    static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    static void closeAll(List<Wire> wires) throws IOException {
        for (Wire wire : wires) {
            wire.close();
        }
    }
}

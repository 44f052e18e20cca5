package com.busdk.cli.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** More of everything than one user needs, each with a token that is right. */
final class NumberAttacks {
    /** Beyond what one user may have. */
    private static final int GROUPS = 1_500;

    private static final int NAMES = 20_000;
    private static final int KEYS = 50_000;
    private static final int LINES_OF_A_BODY = 10_000;

    private NumberAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack("groups by one user", "refused beyond a thousand", (target, _) -> groups(target)),
                new Attack("streams by one user", "429 beyond the limit", (target, _) -> streams(target)),
                new Attack(
                        "names by one user",
                        "taken, and the neighbour's list of names is answered",
                        (target, _) -> names(target)),
                new Attack("idempotency keys by one user", "taken, within a bound", (target, _) -> keys(target)),
                new Attack("publishing as fast as it goes", "taken, others have their turn", NumberAttacks::flood));
    }

    private static String groups(Target target) throws IOException {
        String token = Target.user("mallory-groups");
        Tally tally = new Tally();
        try (Wire wire = target.open()) {
            for (int i = 0; i < GROUPS; i++) {
                wire.send(Requests.get(
                        Requests.EVENTS + "/stream?name=attack.groups&delivery=unicast&follow=false&group=g" + i,
                        token));
                tally.add(wire.answer().status());
            }
        }
        if (tally.of("200") > 1_000) {
            throw new AssertionError("one user made as many groups: " + tally);
        }
        return tally.only("200", "429", "503").toString();
    }

    private static String streams(Target target) throws IOException {
        String token = Target.user("mallory");
        Tally tally = new Tally();
        List<Wire> all = new ArrayList<>();
        try {
            for (int i = 0; i < Target.MAX_STREAMS_OF_AN_IDENTITY + 100; i++) {
                Wire wire = target.open();
                all.add(wire);
                wire.send(Requests.get(Requests.EVENTS + "/stream?name=attack.streams", token));
                tally.add(wire.head().status());
            }
        } finally {
            SlowAttacks.closeAll(all);
        }
        assertEquals(Target.MAX_STREAMS_OF_AN_IDENTITY, tally.of("200"));
        return tally.only("200", "429").toString();
    }

    private static String names(Target target) throws IOException {
        String token = Target.user("mallory");
        List<String> events = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            events.add("{\"name\":\"attack." + "n".repeat(200) + i + "\"}\n");
        }
        int taken = publish(target, token, events);
        Wire.Answer listed = target.ask(Requests.get(Requests.EVENTS + "/names", Target.user("neighbour")));
        assertEquals(200, listed.status());
        return taken + " taken";
    }

    private static String keys(Target target) throws IOException {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            events.add("{\"name\":\"attack.keys\",\"idempotencyKey\":\"" + "k".repeat(200) + i + "\"}\n");
        }
        return publish(target, Target.user("mallory"), events) + " taken";
    }

    /** Publishes lines, so many with each request; how many there were. */
    private static int publish(Target target, String token, List<String> lines) throws IOException {
        try (Wire wire = target.open()) {
            for (int from = 0; from < lines.size(); from += LINES_OF_A_BODY) {
                String body = String.join("", lines.subList(from, Math.min(lines.size(), from + LINES_OF_A_BODY)));
                wire.send(Requests.post(Requests.EVENTS, token, Requests.LINES, body));
                assertEquals(202, wire.answer().status());
            }
        }
        return lines.size();
    }

    private static String flood(Target target, Attack.Force force) throws Exception {
        String token = Target.user("mallory");
        String body = ("{\"name\":\"attack.load\",\"payload\":\"" + "x".repeat(100) + "\"}\n").repeat(LINES_OF_A_BODY);
        String request = Requests.post(Requests.EVENTS, token, Requests.LINES, body);
        int sent = 0;
        try (Wire wire = target.open()) {
            for (long end = force.end(); System.nanoTime() < end; sent += LINES_OF_A_BODY) {
                wire.send(request);
                assertEquals(202, wire.answer().status());
            }
        }
        return sent + " taken";
    }
}

package com.busdk.cli.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.ExitCode;
import com.busdk.cli.events.FakeService.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code bus events listen} asks, prints and ends with. */
class ListenCommandTest extends WithFakeService {
    @Test
    void shouldPrintLinesAsTheyCameAndEndWithTheSnapshot() {
        service.on("GET /api/v1/events/stream", Answer.lines(LINE, SECOND));

        var result = bus().run("events", "listen", "--name", "example.ping", "--name", "example.pong", "--no-follow");

        assertEquals(0, result.code(), result.err());
        assertEquals(LINE + "\n" + SECOND + "\n", result.out());
        assertEquals("", result.err());
        String query = service.asked().getFirst().query();
        assertTrue(query.contains("name=example.ping&name=example.pong"), query);
        assertTrue(query.contains("follow=false"), query);
        assertTrue(query.contains("heartbeat="), query);
    }

    @Test
    void shouldAskForWhatTheOptionsSay() {
        service.on("GET /api/v1/events/stream", Answer.lines());

        bus().run(
                        "events",
                        "listen",
                        "--name",
                        "a.b",
                        "--after",
                        "evt_9",
                        "--limit",
                        "3",
                        "--correlation-id",
                        "c",
                        "--no-follow");
        bus().run("events", "listen", "--name", "a.b", "--since", "15m", "--replay", "--no-follow");

        String first = service.asked().get(0).query();
        assertTrue(
                first.contains("after=evt_9") && first.contains("limit=3") && first.contains("correlationId=c"), first);
        String second = service.asked().get(1).query();
        assertTrue(second.contains("since=15m") && second.contains("follow=false"), second);
    }

    @Test
    void shouldPrintColumnsWhenAsked() {
        service.on("GET /api/v1/events/stream", Answer.lines(LINE));

        var result = bus().run("events", "listen", "--name", "example.ping", "--no-follow", "-f", "tsv");

        assertEquals(
                "id\tsequence\tcreated_at\tname\tcorrelation_id\tpayload\nevt_1\t7\t\texample.ping\t\t{\"n\": 1.50}\n",
                result.out());
    }

    @Test
    void shouldAcknowledgeWhatItHasPrinted() {
        String leased = "{\"name\":\"a.b\",\"payload\":1,\"id\":\"evt_1\",\"sequence\":1,\"delivery\":"
                + "{\"group\":\"g\",\"consumer\":\"c\",\"attempt\":1,\"token\":\"t-1\"}}";
        service.on("GET /api/v1/events/stream", Answer.lines(leased));
        service.on(
                "POST /api/v1/events/ack",
                Answer.json(200, "{\"ack\":1,\"nack\":0,\"reject\":0,\"extend\":0,\"stale\":[],\"unknown\":[]}"));

        var result = bus().run(
                        "events",
                        "listen",
                        "--name",
                        "a.b",
                        "--delivery",
                        "unicast",
                        "--group",
                        "g",
                        "--consumer",
                        "c",
                        "--ack",
                        "explicit",
                        "--no-follow");

        assertEquals(0, result.code(), result.err());
        assertEquals(leased + "\n", result.out());
        String query = service.asked().get(0).query();
        assertTrue(query.contains("delivery=unicast&group=g&consumer=c&ack=explicit"), query);
        var ack = service.asked().get(1);
        assertEquals("POST /api/v1/events/ack", ack.method() + " " + ack.path());
        assertTrue(ack.body().contains("\"group\":\"g\"") && ack.body().contains("\"t-1\""), ack.body());
    }

    @Test
    void shouldRunACommandForEachEventAndGiveBackWhatFailed() {
        service.on("GET /api/v1/events/stream", Answer.lines(leased(1, "ok"), leased(2, "bad"), leased(3, "ok")));
        service.on(
                "POST /api/v1/events/ack",
                Answer.json(200, "{\"ack\":1,\"nack\":0,\"reject\":0,\"extend\":0,\"stale\":[],\"unknown\":[]}"));

        var result = bus().run(
                        "events",
                        "listen",
                        "--name",
                        "a.b",
                        "--delivery",
                        "unicast",
                        "--group",
                        "g",
                        "--no-follow",
                        "--exec",
                        "read line; case $line in *bad*) echo no >&2; exit 3;; esac; echo \"did $line\"");

        assertEquals(ExitCode.FAILED, result.code());
        assertEquals("did " + leased(1, "ok") + "\ndid " + leased(3, "ok") + "\n", result.out());
        assertTrue(result.err().contains("no\n"), result.err());
        assertTrue(result.err().contains("exit code 3"), result.err());
        assertTrue(
                service.asked().get(0).query().contains("ack=explicit"),
                service.asked().get(0).query());
        assertTrue(
                service.asked().get(0).query().contains("max_in_flight=1"),
                service.asked().get(0).query());
        List<String> settled =
                service.asked().stream().skip(1).map(FakeService.Asked::body).toList();
        assertEquals(3, settled.size());
        assertTrue(settled.get(0).contains("\"ack\":[\"t-1\"]"), settled.get(0));
        assertTrue(settled.get(1).contains("\"nack\":[{\"token\":\"t-2\",\"delay\":\"2s\""), settled.get(1));
        assertTrue(settled.get(2).contains("\"ack\":[\"t-3\"]"), settled.get(2));
    }

    private static String leased(int number, String payload) {
        return "{\"name\":\"a.b\",\"payload\":\"" + payload + "\",\"id\":\"evt_" + number + "\",\"sequence\":" + number
                + ",\"delivery\":{\"group\":\"g\",\"consumer\":\"default\",\"attempt\":2,\"token\":\"t-" + number
                + "\"}}";
    }

    @Test
    void shouldRunACommandThatDoesNotReadItsInput() {
        String large = "{\"name\":\"a.b\",\"payload\":\"" + "x".repeat(200_000) + "\",\"id\":\"evt_1\",\"sequence\":1}";
        service.on("GET /api/v1/events/stream", Answer.lines(large));

        var result = bus().run("events", "listen", "--name", "a.b", "--no-follow", "--exec", "echo done");

        assertEquals(0, result.code(), result.err());
        assertEquals("done\n", result.out());
    }

    @Test
    void shouldForwardEachEvent() {
        service.on("GET /api/v1/events/stream", Answer.lines(LINE, SECOND));
        try (var receiver = new FakeService()) {
            receiver.on(
                    "POST /hook",
                    asked -> new Answer(asked.body().contains("evt_2") ? 500 : 204, "text/plain", "", Map.of()));

            var result = bus().run(
                            "events",
                            "listen",
                            "--name",
                            "example.ping",
                            "--no-follow",
                            "--forward-to",
                            receiver.url() + "/hook");

            assertEquals(ExitCode.FAILED, result.code());
            assertTrue(result.err().contains("evt_2 failed"), result.err());
            assertTrue(result.err().contains("answered 500"), result.err());
            assertEquals(
                    List.of(LINE, SECOND),
                    receiver.asked().stream().map(FakeService.Asked::body).toList());
            assertEquals("null", receiver.asked().getFirst().authorization());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--name Ping",
                "--name a.b --group g",
                "--name a.b --ack explicit",
                "--name a.b --delivery multicast",
                "--name a.b --delivery unicast --ack maybe",
                "--name a.b --delivery unicast --group no/slash",
                "--name a.b --delivery unicast --after evt_1",
                "--name a.b --delivery unicast --ack-wait 5s",
                "--name a.b --limit 0",
                "--name a.b --limit x",
                "--name a.b --exec true --forward-to http://x/",
                "--name a.b --forward-to file:///etc/passwd",
                "--name a.b --forward-to http://user:pw@host/",
                "--name a.b --ordered key"
            })
    void shouldRefuseOptionsOfListenThatDoNotFit(String options) {
        var result = bus().run(("events listen " + options).strip().split(" ", -1));

        assertEquals(ExitCode.USAGE, result.code(), result.err());
        assertEquals(1, result.errLines().size(), result.err());
        assertFalse(result.err().contains("pw@"), result.err());
        assertEquals(List.of(), service.asked());
    }
}

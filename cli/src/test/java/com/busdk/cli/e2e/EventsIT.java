package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bus events} against a real service, in real processes. */
@Timeout(180)
class EventsIT {
    private static final String SECRET = "BUS_AUTH_HS256_SECRET=a-secret-of-more-than-32-bytes-for-these-tests";

    private Bus bus;

    @BeforeEach
    void layOut(@TempDir Path folder) {
        bus = new Bus(folder);
    }

    @AfterEach
    void stopAll() {
        bus.close();
    }

    private void up() throws Exception {
        bus.up();
    }

    private void publish(String name, int from, int to) throws IOException, InterruptedException {
        String lines = IntStream.rangeClosed(from, to)
                .mapToObj(n -> "{\"name\":\"" + name + "\",\"payload\":" + n + "}\n")
                .collect(Collectors.joining());
        var result = bus.reading(lines, "events", "send", "--ndjson");
        assertEquals(0, result.code(), result.err());
    }

    private static List<String> payloads(String lines) {
        return lines.lines()
                .map(line -> line.replaceAll(".*\"payload\":([^,}]+).*", "$1"))
                .toList();
    }

    @Test
    void shouldRunTheSeedsOfTheManual() throws Exception {
        bus.with(SECRET);
        Bus.Running service =
                bus.start("api", "provider", "events", "--addr", "127.0.0.1:0", "--events-backend", "memory");
        String listens = service.awaitOut(line -> line.startsWith("events service at"));
        String url = listens.replaceAll(".*(http://[0-9.:]+).*", "$1");
        bus.with("BUS_EVENTS_API_URL=" + url + "/api/v1/events");
        var token = bus.run(
                "operator",
                "token",
                "--format",
                "token",
                "issue",
                "--local",
                "--audience",
                "ai.hg.fi/api",
                "--scope",
                "events:send events:listen vm:read");
        assertEquals(0, token.code(), token.err());
        bus.with("BUS_API_TOKEN=" + token.out().strip());

        assertEquals(
                0,
                bus.run("events", "send", "--name", "example.history", "--payload", "{\"ok\":true}")
                        .code());
        var history = bus.run("events", "listen", "--name", "example.history", "--replay", "--no-follow");
        assertEquals(1, history.out().lines().count(), history.err());
        var empty = bus.run("events", "listen", "--api-url", url, "--name", "bus.vm.status.response", "--no-follow");
        assertEquals(0, empty.code(), empty.err());
        assertEquals("", empty.out());
        var denied = bus.run("events", "send", "--name", "bus.vm.start.request");
        assertEquals(77, denied.code());
        assertTrue(denied.err().contains("vm:write"), denied.err());

        service.signal("TERM");
        assertEquals(0, service.end().code());
    }

    @Test
    void shouldEndQuietlyWhenTheReaderHasEnough() throws Exception {
        up();
        publish("example.many", 1, 20_000);

        var result = bus.shell("bus events listen --name example.many --replay --no-follow | head -1;"
                + " bus events listen --name example.many --replay 2>err.txt | head -2");

        assertEquals(0, result.code());
        assertEquals(3, result.out().lines().count(), result.out());
        assertEquals("", result.err());
        assertEquals("", bus.file("err.txt"));
    }

    /** No further event comes that could tell it. */
    @Test
    void shouldEndQuietlyWhenTheReaderOfAQuietStreamHasGone() throws Exception {
        up();
        publish("example.one", 1, 1);

        var result = bus.shell("bus events listen --name example.one --replay | head -1");

        assertEquals(0, result.code());
        assertEquals(1, result.out().lines().count(), result.out());
        assertEquals("", result.err());
    }

    @Test
    void shouldShareEventsBetweenTheConsumersOfAGroup() throws Exception {
        up();
        String[] line = {
            "events",
            "listen",
            "--name",
            "example.job",
            "--delivery",
            "unicast",
            "--group",
            "workers",
            "-v",
            "--consumer",
            ""
        };
        line[line.length - 1] = "worker-a";
        Bus.Running a = bus.start(line);
        line[line.length - 1] = "worker-b";
        Bus.Running b = bus.start(line);
        a.awaitErr(text -> text.equals("connected"));
        b.awaitErr(text -> text.equals("connected"));

        publish("example.job", 1, 1_000);

        // Whoever gets the last ones: together they get each one once.
        a.signal("INT");
        b.signal("INT");
        var rest = bus.run(
                "events",
                "listen",
                "--name",
                "example.job",
                "--delivery",
                "unicast",
                "--group",
                "workers",
                "--no-follow");
        String all = a.end().out() + b.end().out() + rest.out();
        assertEquals(1_000, payloads(all).stream().distinct().count());
    }

    @Test
    void shouldDoWorkInAGroupUntilItIsDone() throws Exception {
        up();
        String work = "read line; n=$(echo \"$line\" | sed 's/.*\"attempt\":\\([0-9]*\\).*/\\1/');"
                + " echo \"attempt $n\"; test \"$n\" -ge 2";
        Bus.Running worker = bus.start(
                "events",
                "listen",
                "--name",
                "example.job",
                "--delivery",
                "unicast",
                "--group",
                "g",
                "-v",
                "--exec",
                work);
        worker.awaitErr(line -> line.equals("connected"));

        bus.run("events", "send", "--name", "example.job");

        worker.awaitOut(line -> line.equals("attempt 2"));
        worker.signal("INT");
        worker.end();
        var groups = bus.run("events", "groups", "-f", "json");
        assertTrue(groups.out().contains("\"redeliveries\":1"), groups.out());
    }

    @Test
    void shouldAcknowledgeWhatWasPrintedAndNothingElse() throws Exception {
        up();
        String[] listen = {
            "events",
            "listen",
            "--name",
            "example.job",
            "--delivery",
            "unicast",
            "--group",
            "g",
            "--ack",
            "explicit",
            "--replay",
            "--limit",
            "2"
        };
        publish("example.job", 1, 5);

        var first = bus.run(listen);
        var second = bus.run(listen);

        assertEquals(0, first.code(), first.err());
        assertEquals(List.of("1", "2"), payloads(first.out()));
        assertEquals(List.of("3", "4"), payloads(second.out()), second.err());
    }

    @Test
    void shouldComeBackWhereItLeftOffWhenTheServiceDoes() throws Exception {
        Bus.Running first = bus.start("up", "--containers", "static", "--port", "0", "--events-port", "0");
        String url = first.awaitOut(line -> line.contains("export BUS_EVENTS_API_URL="))
                .replaceAll(".*=", "");
        bus.with("BUS_EVENTS_API_URL=" + url);
        first.awaitOut(line -> line.startsWith("One-time passwords"));
        Bus.Running listener = bus.start("events", "listen", "--name", "example.ping", "-v");
        listener.awaitErr(line -> line.equals("connected"));
        bus.run("events", "send", "--name", "example.ping", "--payload", "1");
        listener.awaitOut(line -> line.contains("\"payload\":1"));

        first.signal("TERM");
        first.end();
        listener.awaitErr(line -> line.contains("trying again in"));
        String port = url.substring(url.lastIndexOf(':') + 1);
        Bus.Running second = bus.start("up", "--containers", "static", "--port", "0", "--events-port", port);
        second.awaitOut(line -> line.startsWith("One-time passwords"));
        bus.run("events", "send", "--name", "example.ping", "--payload", "2");

        listener.awaitOut(line -> line.contains("\"payload\":2"));
        listener.signal("INT");
        var ended = listener.end();
        assertEquals(130, ended.code());
        assertEquals(List.of("1", "2"), payloads(ended.out()));
        assertTrue(ended.err().contains("connected again"), ended.err());
    }

    @Test
    void shouldStopListeningWhenItsTimeIsOver() throws Exception {
        up();

        var result = bus.run("events", "listen", "--name", "example.ping", "--timeout", "200ms");

        assertEquals(124, result.code(), result.err());
    }

    @Test
    void shouldAskAndBeAnswered() throws Exception {
        up();
        var nobody = bus.run("events", "request", "--name", "example.sum.request");
        assertEquals(69, nobody.code(), nobody.err());

        String answer = "read line; id=$(echo \"$line\" | sed 's/.*\"correlationId\":\"\\([^\"]*\\)\".*/\\1/');"
                + " \"$BUS\" events send --name example.sum.response --correlation-id \"$id\" --payload 3";
        bus.with("BUS=" + Path.of("..", "scripts", "bus").toAbsolutePath().normalize());
        Bus.Running worker = bus.start(
                "events", "listen", "--name", "example.sum.request", "--delivery", "unicast", "-v", "--exec", answer);
        worker.awaitErr(line -> line.equals("connected"));
        var result = bus.run("events", "request", "--name", "example.sum.request", "--payload", "[1,2]");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains("\"payload\":3"), result.out());
    }

    @Test
    void shouldFindNothingLostRepeatedOrOutOfOrder() throws Exception {
        up();

        var result = bus.run("events", "verify", "--count", "5000", "-f", "json");

        assertEquals(0, result.code(), result.out() + result.err());
        assertTrue(result.out().startsWith("{\"ok\":true,"), result.out());
    }

    @Test
    void shouldRunAFileOfCommands() throws Exception {
        up();
        bus.file("tour.bus", """
            # what a newcomer types
            events send --name example.tour \\
                --payload '{"step": 1}'
            events send --name example.tour --payload "{\\"step\\": 2}"
            show.bus
            """);
        bus.file("show.bus", "events listen --name example.tour --replay --no-follow\n");

        var result = bus.run("--trace", "tour.bus");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains("{\"step\": 1}") && result.out().contains("{\"step\": 2}"), result.out());
        assertEquals(
                3,
                result.err().lines().filter(line -> line.startsWith("+ bus ")).count(),
                result.err());
    }

    @Test
    void shouldSettleDeadLetters() throws Exception {
        up();
        Bus.Running worker = bus.start(
                "events",
                "listen",
                "--name",
                "example.bad",
                "--delivery",
                "unicast",
                "--group",
                "g",
                "--exec",
                "false",
                "--max-deliveries",
                "1",
                "-v");
        worker.awaitErr(line -> line.equals("connected"));
        Bus.Running watcher = bus.start("events", "listen", "--name", "bus.events.dead_letter", "-v");
        watcher.awaitErr(line -> line.equals("connected"));

        bus.run("events", "send", "--name", "example.bad");
        watcher.awaitOut(line -> line.contains("example.bad"));
        worker.signal("INT");
        worker.end();

        var list = bus.run("events", "dead-letters", "list", "--group", "g", "-f", "tsv");
        assertEquals(2, list.out().lines().count(), list.out() + list.err());
        assertTrue(list.out().contains("exit code 1"), list.out());
        String id = list.out().lines().skip(1).findFirst().orElseThrow().split("\t", -1)[0];
        var shown = bus.run("events", "show", id);
        assertTrue(shown.out().contains("dead"), shown.out());
        assertEquals(
                "purged 1\n",
                bus.run("events", "dead-letters", "purge", "--group", "g", id).out());
        assertFalse(bus.run("events", "dead-letters", "list", "--group", "g", "-f", "json")
                .out()
                .contains(id));
    }
}

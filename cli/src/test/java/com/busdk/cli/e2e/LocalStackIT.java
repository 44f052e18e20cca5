package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bus up} as a newcomer meets it: real processes, real files, real ports. */
@Timeout(180)
class LocalStackIT {
    private Path directory;
    private Bus bus;

    @BeforeEach
    void layOut(@TempDir Path folder) {
        directory = folder;
        bus = new Bus(folder);
    }

    @AfterEach
    void stopAll() {
        bus.close();
    }

    @Test
    void shouldBringAnEventFromOneTerminalToAnother() throws Exception {
        bus.up();
        Bus.Running listener = bus.start("events", "listen", "--name", "example.ping", "-v");
        listener.awaitErr(line -> line.equals("connected"));

        var sent = bus.run("events", "send", "--name", "example.ping", "--payload", "{\"ok\":true}");

        assertEquals(0, sent.code(), sent.err());
        assertTrue(sent.out().startsWith("accepted example.ping as evt_"), sent.out());
        String line = listener.awaitOut(text -> text.contains("\"example.ping\""));
        assertTrue(line.contains("\"payload\":{\"ok\":true}"), line);
    }

    @Test
    void shouldPassTheDoctor() throws Exception {
        bus.up();

        var result = bus.run("doctor", "-f", "json");

        assertEquals(0, result.code(), result.out());
        assertTrue(result.out().startsWith("{\"ok\":true,"), result.out());
        assertTrue(result.out().contains("{\"check\":\"clock\",\"state\":\"ok\""), result.out());
    }

    @Test
    void shouldServeTheSameThroughTheGateway() throws Exception {
        var up = bus.start("up", "--containers", "static", "--port", "0", "--events-port", "0", "-f", "json");
        String json = up.awaitOut(line -> line.startsWith("{"));
        String gateway = json.replaceAll(".*\"gatewayUrl\":\"([^\"]+)\".*", "$1");

        var sent = bus.run("events", "send", "--name", "example.ping", "--api-url", gateway);

        assertEquals(0, sent.code(), sent.err());
    }

    /** Each of several servers on free ports of one process has its own. */
    @Test
    void shouldListenOnPortsOfItsOwnWhereAnyWillDo() throws Exception {
        var up = bus.start("up", "--containers", "static", "--port", "0", "--events-port", "0", "-f", "json");
        String json = up.awaitOut(line -> line.startsWith("{"));
        String gateway = json.replaceAll(".*\"gatewayUrl\":\"([^\"]+)\".*", "$1");
        String events = json.replaceAll(".*\"eventsUrl\":\"([^\"]+)\".*", "$1");

        assertNotEquals(gateway, events);
        for (int i = 0; i < 4; i++) {
            var status = bus.run("vm", "status", "--api-url", gateway);
            assertEquals(0, status.code(), status.err());
        }
    }

    @Test
    void shouldKeepItsStateAcrossARestartAndRenewItsToken() throws Exception {
        Bus.Running first = bus.up();
        bus.run("events", "send", "--name", "example.history", "--payload", "1");
        String token = bus.file("config/auth/api-token");
        String secret = bus.file("state/bus/jwt-secret");
        first.signal("INT");
        assertEquals(130, first.end().code());

        bus.up();
        var history = bus.run("events", "listen", "--name", "example.history", "--replay", "--no-follow");

        assertEquals(0, history.code(), history.err());
        assertEquals(1, history.out().lines().count(), history.out());
        assertEquals(secret, bus.file("state/bus/jwt-secret"));
        assertNotEquals(token, bus.file("config/auth/api-token"));
    }

    /** The machine is a pretence, and as the history of events has it; so are the lists of runs. */
    @Test
    void shouldKnowItsMachineAndItsRunsAfterARestart() throws Exception {
        Bus.Running first = bus.up();
        assertEquals(0, bus.run("vm", "stop").code());
        var ran = bus.run("containers", "run", "--profile", "codex", "-f", "json", "--", "true");
        assertEquals(0, ran.code(), ran.err());
        String id = ran.out().replaceAll("(?s).*\"run_id\":\"([^\"]+)\".*", "$1");
        first.signal("INT");
        assertEquals(130, first.end().code());

        Bus.Running second = bus.up();

        assertTrue(state().contains("\"state\":\"stopped\""), state());
        assertEquals(0, bus.run("vm", "start").code());
        Patience.until(
                "its runs are listed", () -> bus.run("containers", "runs").code() == 0, () -> "they are not");
        var runs = bus.run("containers", "runs", "-f", "json");
        assertTrue(runs.out().contains("\"run_id\":\"" + id + "\""), runs.out());
        assertTrue(runs.out().contains("\"state\":\"finished\""), runs.out());
        second.signal("INT");
        assertEquals(130, second.end().code());

        bus.up();

        assertTrue(state().contains("\"state\":\"ready\""), state());
    }

    private String state() throws IOException, InterruptedException {
        return bus.run("vm", "status", "-f", "json").out();
    }

    @Test
    void shouldRunTheFirstContainerForReal() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("podman"));
        try {
            bus.with("BUS_PODMAN=" + RunnerMachine.realPodman(folder));
            bus.with("BUS_CONTAINER_RUN_NETWORK=" + RunnerMachine.network());
            bus.up("--containers", "podman");

            var ran = bus.run(
                    "containers", "run", "--image", RunnerMachine.IMAGE, "-f", "json", "--", "cat", "/etc/passwd");

            assertEquals(0, ran.code(), ran.err());
            assertTrue(ran.out().contains("\"runtime\":\"podman\""), ran.out());
            assertTrue(ran.out().contains("\"exit_code\":0"), ran.out());
            // That of the image, which is no other machine's.
            assertTrue(ran.out().contains("\"stdout\":\"root:x:0:0:root:/:/bin/sh\\n\""), ran.out());
        } finally {
            bus.close();
            RunnerMachine.empty(folder);
        }
    }

    /** A worker that a service manager stops has ended well. */
    @Test
    void shouldEndAWorkerWellThatIsToldToStop() throws Exception {
        bus.up();
        Bus.Running worker = bus.start("integration", "vm", "--group", "another");
        worker.awaitErr(line -> line.contains("takes requests"));
        worker.signal("TERM");
        Bus.Ended ended = worker.end();
        assertEquals(0, ended.code(), ended.err());
    }

    @ParameterizedTest
    @CsvSource({"auto, 127, 0, podman", "podman, 127, 0, podman", "auto, 1, 0, static", "podman, 1, 1, ''"})
    void shouldRunContainersWithPodmanWhereItWorks(String chosen, int probe, int exit, String taken) throws Exception {
        bus.file(
                "podman",
                "#!/bin/sh\ncase \"$*\" in *bus-probe*) echo '/bus-probe: not found' >&2; exit " + probe
                        + " ;; *version*) echo 5.0.0 ;; *) echo '[]' ;; esac\n");
        Path podman = directory.resolve("podman");
        Files.setPosixFilePermissions(podman, PosixFilePermissions.fromString("rwx------"));
        bus.with("BUS_PODMAN=" + podman);

        var up = bus.start("up", "--containers", chosen, "--port", "0", "--events-port", "0", "-f", "json");

        if (exit == 0) {
            String json = up.awaitOut(line -> line.startsWith("{"));
            assertTrue(json.contains("\"containers\":\"" + taken + "\""), json);
        } else {
            Bus.Ended ended = up.end();
            assertEquals(exit, ended.code());
            assertTrue(ended.err().contains("podman cannot run a container here"), ended.err());
        }
    }

    @Test
    void shouldKeepSecretsToTheirOwner() throws Exception {
        bus.up();

        for (String file : new String[] {
            "state/bus/jwt-secret", "state/bus/internal-key", "state/bus/api-token", "config/auth/api-token"
        }) {
            var permissions = Files.getPosixFilePermissions(directory.resolve(file));
            assertEquals("rw-------", PosixFilePermissions.toString(permissions), file);
        }
    }

    @Test
    void shouldSayHowTheAuthServiceIssuesATokenAndWhoMayAskForIt() throws Exception {
        Bus.Running up = bus.up();
        String hint = up.awaitOut(line -> line.contains("--internal-key-file")).strip();

        var issued = bus.shell("export BUS_API_TOKEN=\"$(" + hint.replace("token issue", "token --format token issue")
                + ")\"; bus vm status");
        bus.file("wrong-key", "a-key-that-nobody-gave-out\n");
        var refused = bus.run("operator", "token", "issue", "--internal-key-file", "wrong-key", "--scope", "vm:read");

        assertEquals(0, issued.code(), issued.err());
        assertTrue(issued.out().contains("static"), issued.out());
        assertEquals(77, refused.code(), refused.out());
        assertFalse(refused.err().contains(bus.file("state/bus/internal-key").strip()), refused.err());
    }

    @Test
    void shouldLeaveATokenOfOtherOriginAlone() throws Exception {
        Files.createDirectories(directory.resolve("config/auth"));
        bus.file("config/auth/api-token", "somebody.elses.token\n");
        Bus.Running up = bus.up();

        assertEquals("somebody.elses.token\n", bus.file("config/auth/api-token"));
        String export = up.awaitOut(line -> line.contains("export BUS_API_TOKEN="));
        var sent = bus.shell(export.strip() + "; bus events send --name example.ping");
        assertEquals(0, sent.code(), sent.err());
        assertEquals(77, bus.run("events", "send", "--name", "example.ping").code());
    }

    @Test
    void shouldRefuseASecondStackOnTheSameData() throws Exception {
        bus.up();
        String token = bus.file("config/auth/api-token");

        var second = bus.run("up", "--containers", "static", "--port", "0", "--events-port", "0");

        assertEquals(1, second.code());
        assertTrue(second.err().contains("open in another process"), second.err());
        assertEquals(token, bus.file("config/auth/api-token"));
    }

    @Test
    void shouldSayWhichPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());

            var events = bus.run("up", "--containers", "static", "--port", "0", "--events-port", port);
            var gateway = bus.run("up", "--containers", "static", "--port", port, "--events-port", "0");

            assertEquals(1, events.code());
            assertTrue(events.err().contains("cannot listen on 127.0.0.1:" + port), events.err());
            assertEquals(1, gateway.code());
            assertTrue(gateway.err().contains("cannot listen on 127.0.0.1:" + port), gateway.err());
            assertFalse(Files.exists(directory.resolve("config/auth/api-token")));
        }
    }

    /** The tests' own helper: what is free may be somebody else's a moment later. */
    @Test
    void shouldBeStartedAnewWhereAPortHasBeenTakenMeanwhile() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var given = new ArrayDeque<>(List.of(taken.getLocalPort()));

            bus.up(() -> given.isEmpty() ? Bus.freePort() : given.pop());

            var sent = bus.run("events", "send", "--name", "example.ping");
            assertEquals(0, sent.code(), sent.err());
        }
    }

    @Test
    void shouldStopCleanlyWhenAskedPolitely() throws Exception {
        Bus.Running up = bus.up();

        up.signal("TERM");

        var ended = up.end();
        assertEquals(0, ended.code(), ended.err());
        assertEquals("", ended.err());
    }
}

package com.busdk.broker.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.broker.contract.harness.Event;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Json;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk fills up under the service. */
class DiskFullTest {
    private static final String NAME = "fault.disk";
    private static final String PADDING = "x".repeat(20_000);

    private final History history = new History();
    private long number;

    @TempDir
    Path folder;

    private Path disk;

    @BeforeEach
    void mountSmallDisk() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean mounted = mount.waitFor() == 0;
        String otherwise = "a small disk cannot be mounted here, as root can: " + said;
        if (!mounted && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(
                    otherwise); // everything has to be there, and a test that was left out proves nothing
        }
        Assumptions.assumeTrue(mounted, otherwise);
    }

    @AfterEach
    void unmount() throws Exception {
        new ProcessBuilder("umount", disk.toString()).start().waitFor();
    }

    @Test
    void shouldRefusePublishesServeTheRestAndRecoverByItself() throws IOException {
        Path ballast = disk.resolve("ballast");
        write(ballast, 8 << 20);
        try (ServiceProcess service = ServiceProcess.start(disk.resolve("data"), "segment-bytes=1MiB")) {
            Caller caller = service.caller();
            publish(caller).expect(202);
            try (EventStream live = caller.listen("name=" + NAME)) {
                Answer refused = Deadline.until("the disk to be full", () -> publish(caller), a -> a.status() != 202);
                refused.expectError(503, "unavailable", "disk");
                assertTrue(refused.header("retry-after").isPresent());
                int stored = history.acceptedCount();
                assertEquals(stored - 1, live.next(stored - 1).size());

                history.check(caller.read("name=" + NAME + "&follow=false")); // what is stored is served
                caller.get("/healthz").expect(200);
                caller.get("/readyz").expectError(503, "unavailable", "disk");

                Files.delete(ballast);
                Deadline.until("publishing to recover", () -> publish(caller).status() == 202);
                Event first = live.next();
                assertTrue(first.sequence() > 0);
                caller.get("/readyz").expect(200);
                for (int i = 0; i < 20; i++) {
                    publish(caller).expect(202);
                }
                history.check(caller.read("name=" + NAME + "&follow=false"));
            }
        }
        try (ServiceProcess again = ServiceProcess.start(disk.resolve("data"))) {
            List<Event> log = again.caller().read("name=" + NAME + "&follow=false");
            history.check(log);
        }
    }

    @Test
    void shouldStartAgainOnAFullDiskAndServeWhatIsThere() throws IOException {
        Path ballast = disk.resolve("ballast");
        write(ballast, 8 << 20);
        try (ServiceProcess service = ServiceProcess.start(disk.resolve("data"), "segment-bytes=1MiB")) {
            Caller caller = service.caller();
            Deadline.until("the disk to be full", () -> publish(caller).status() != 202);
        } // killed
        try (ServiceProcess again = ServiceProcess.start(disk.resolve("data"), "segment-bytes=1MiB")) {
            history.check(again.caller().read("name=" + NAME + "&follow=false"));
            Files.delete(ballast);
            Deadline.until(
                    "publishing to recover", () -> publish(again.caller()).status() == 202);
            history.check(again.caller().read("name=" + NAME + "&follow=false"));
        }
    }

    /** Acknowledgements are written too, and so is what is handed out: without room a group stands still. */
    @Test
    void shouldKeepAGroupAsItStandsUntilThereIsRoom() throws IOException {
        Path ballast = disk.resolve("ballast");
        write(ballast, 8 << 20);
        String job = "fault.job";
        String member = "name=" + job + "&delivery=unicast&ack=explicit&ack_wait=10m&group=";
        try (ServiceProcess service = ServiceProcess.start(disk.resolve("data"), "segment-bytes=1MiB")) {
            Caller caller = service.caller();
            try (EventStream stream = caller.listen(member + "workers&max_in_flight=2")) {
                caller.sendNumbers(job, 0, 10);
                List<Event> out = stream.next(2);
                Deadline.until("the disk to be full", () -> publish(caller).status() != 202);

                String done = "\"ack\":[" + Json.quote(out.get(0).token()) + ","
                        + Json.quote(out.get(1).token()) + "]";
                Answer refused = caller.ack("workers", done);
                refused.expectError(503, "unavailable", "disk");
                assertTrue(refused.header("retry-after").isPresent());
                JsonNode group = caller.group("workers", job);
                // Two may have followed those two before it was known that they cannot be settled.
                int handedOut = group.path("in_flight").asInt();
                assertTrue(handedOut >= 2 && handedOut <= 4, group::toString);
                assertEquals(10 - handedOut, group.path("lag").asInt(), group::toString);
                assertTrue(group.path("idle_because").asText().contains("takes no writes"), group::toString);
                caller.listenRefused(member + "new").expectError(503, "unavailable", "disk");

                Files.delete(ballast);
                Answer settled = Deadline.until(
                        "acknowledgements to be taken",
                        () -> caller.ack("workers", done),
                        answer -> answer.status() == 200);
                assertEquals(2, settled.json().path("ack").asInt(), settled::body);
                for (int i = 2; i < 10; i++) {
                    Event event = stream.next();
                    assertEquals(Integer.toString(i), event.payload(), "none is lost, and none comes twice");
                    caller.done("workers", event);
                }
            }
        } // killed
        try (ServiceProcess again = ServiceProcess.start(disk.resolve("data"), "segment-bytes=1MiB")) {
            try (EventStream rest = again.caller().listen(member + "workers&follow=false")) {
                rest.expectEnd();
            }
        }
    }

    private Answer publish(Caller caller) {
        long mine = number++;
        history.sending("p", mine);
        Answer answer = caller.publish(
                "{\"name\":\"%s\",\"key\":\"p\",\"payload\":{\"n\":%d,\"x\":\"%s\"}}".formatted(NAME, mine, PADDING));
        if (answer.status() == 202) {
            history.accepted("p", mine, answer.json().path("id").asText());
        }
        return answer;
    }

    private static void write(Path file, int bytes) throws IOException {
        byte[] block = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int done = 0; done < bytes; done += block.length) {
                out.write(block);
            }
        }
    }
}

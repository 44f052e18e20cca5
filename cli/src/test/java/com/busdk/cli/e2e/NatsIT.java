package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two services before one NATS server, in real processes. */
@Timeout(180)
class NatsIT {
    private static final String SECRET = "BUS_AUTH_HS256_SECRET=a-secret-of-more-than-32-bytes-for-these-tests";

    @TempDir
    Path folder;

    private Bus bus;
    private Process server;

    @BeforeEach
    void startServer() throws Exception {
        Optional<Path> program = List.of("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin").stream()
                .map(place -> Path.of(place, "nats-server"))
                .filter(Files::isExecutable)
                .findFirst();
        Assumptions.assumeTrue(program.isPresent(), "nats-server is not installed");
        bus = new Bus(folder).with(SECRET);
        int port = Bus.freePort();
        server = new ProcessBuilder(
                        program.orElseThrow().toString(),
                        "-a",
                        "127.0.0.1",
                        "-p",
                        "" + port,
                        "-js",
                        "-sd",
                        folder.resolve("streams").toString(),
                        "-l",
                        folder.resolve("nats.log").toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Patience.until("nats-server to listen", () -> isListening(port), () -> "it does not");
        bus.with("BUS_EVENTS_NATS_URL=nats://127.0.0.1:" + port);
        bus.with("BUS_EVENTS_NATS_REPLICAS=1");
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.getInputStream().read() == 'I'; // NFO
        } catch (IOException e) {
            return false;
        }
    }

    @AfterEach
    void stopAll() throws InterruptedException {
        if (bus != null) {
            bus.close();
        }
        if (server != null) {
            server.destroy();
            if (!server.waitFor(10, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
    }

    private String service(String name) throws Exception {
        Bus.Running service = bus.start(
                "api",
                "provider",
                "events",
                "--addr",
                "127.0.0.1:0",
                "--events-backend",
                "nats",
                "--data-dir",
                folder.resolve(name).toString());
        String listens = service.awaitOut(line -> line.startsWith("events service at"));
        return listens.replaceAll(".*(http://[0-9.:]+).*", "$1");
    }

    @Test
    void shouldLoseNothingWhatIsPublishedAtOneServiceAndListenedToAtTheOther() throws Exception {
        String one = service("one");
        String other = service("other");
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
                "events:send events:listen");
        assertEquals(0, token.code(), token.err());
        bus.with("BUS_API_TOKEN=" + token.out().strip());
        for (List<String> urls : List.of(List.of(one, other), List.of(other, one))) {
            var verified = bus.run(
                    "events",
                    "verify",
                    "--api-url",
                    urls.getFirst(),
                    "--through",
                    urls.getLast(),
                    "--count",
                    "3000",
                    "-f",
                    "json");
            assertEquals(0, verified.code(), verified.out() + verified.err());
            assertTrue(verified.out().contains("\"ok\":true"), verified.out());
        }
    }
}

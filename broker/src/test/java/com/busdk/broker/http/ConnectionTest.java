package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.broker.backend.log.DelayedFiles;
import com.busdk.broker.backend.log.DiskFiles;
import com.busdk.client.config.ConfigException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTest {
    private static final String PING = "{\"name\":\"example.ping\"}";

    @Test
    void shouldCloseAConnectionOnWhichNothingIsAsked() throws Exception {
        try (TestService service = TestService.start("idle-timeout", "300ms");
                RawConnection silent = new RawConnection(service.port());
                RawConnection once = new RawConnection(service.port());
                RawConnection dripping = new RawConnection(service.port())) {
            once.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            dripping.send("GET /healthz HTTP/1.1\r\nHos");
            assertTrue(once.answer().startsWith("HTTP/1.1 200 "));
            assertEquals("", once.rest());
            assertEquals("", silent.rest());
            assertEquals("", dripping.rest());
        }
    }

    @Test
    void shouldLeaveAStreamOpenOnWhichNothingHappens() throws Exception {
        try (TestService service = TestService.start("idle-timeout", "200ms");
                RawConnection stream = new RawConnection(service.port())) {
            stream.send("GET /api/v1/events/stream?name=example.ping HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                    + TestService.token() + "\r\n\r\n");
            assertTrue(stream.head().startsWith("HTTP/1.1 200 "));
            for (int i = 0; i < 4; i++) {
                // Each is closed for being idle, after the stream has been so for as long.
                try (RawConnection idle = new RawConnection(service.port())) {
                    idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
                    idle.answer();
                    assertEquals("", idle.rest());
                }
            }
            assertEquals(202, service.publish(TestService.token(), PING).statusCode());
            assertTrue(stream.chunkLine().contains("\"name\":\"example.ping\""));
        }
    }

    /** The disk takes longer for each flush than a connection may be idle; a large body is not read meanwhile. */
    @ParameterizedTest
    @ValueSource(ints = {1, 20_000})
    void shouldLeaveAConnectionOpenThatWaitsForTheDisk(int lines, @TempDir Path directory) throws Exception {
        DelayedFiles slow = new DelayedFiles(DiskFiles.INSTANCE, Duration.ofSeconds(1));
        String line = "{\"name\":\"example.ping\",\"payload\":\"" + "x".repeat(80) + "\"}\n";
        try (TestService service = TestService.startOn(
                slow, "events-backend", "file", "data-dir", directory.toString(), "idle-timeout", "300ms")) {
            HttpResponse<String> answer = service.post(TestService.token(), "application/x-ndjson", line.repeat(lines));
            assertEquals(202, answer.statusCode());
            assertTrue(answer.body().contains("\"count\":" + lines + ","), answer.body());
        }
    }

    /** A piece now and then is no progress: the whole of it has to come in the time in which a connection may be idle. */
    @ParameterizedTest
    @CsvSource({
        "'',application/json",
        "'',application/x-ndjson",
        "/request,application/json",
        "/ack,application/json",
        "/dead-letters/redrive,application/json"
    })
    void shouldCloseAConnectionWhoseBodyDripsIn(String path, String type) throws Exception {
        String token = TestService.user("user-1", "events:send events:listen events:admin");
        try (TestService service = TestService.start("idle-timeout", "500ms");
                RawConnection dripping = new RawConnection(service.port())) {
            dripping.send("POST /api/v1/events" + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
                    + "\r\nContent-Type: " + type + "\r\nContent-Length: 100000\r\n\r\n{\"name\":\"");
            assertTrue(dripping.isClosedWhileDripping(50, 30_000));
        }
    }

    @Test
    void shouldLeaveABodyOfLinesOpenWhoseLinesComeSlowly() throws Exception {
        try (TestService service = TestService.start("idle-timeout", "500ms");
                RawConnection slow = new RawConnection(service.port())) {
            String line = PING + "\n";
            slow.send("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + TestService.token()
                    + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " + 6 * line.length() + "\r\n\r\n");
            for (int i = 0; i < 6; i++) {
                // The first half stays behind as the rest of a read for a while.
                slow.send(line.substring(0, 10));
                assertFalse(slow.isClosedWithin(150));
                slow.send(line.substring(10));
                assertFalse(i < 5 && slow.isClosedWithin(150));
            }
            assertTrue(slow.answer().contains("\"count\":6"));
        }
    }

    /** Who asks without reading is not answered any more, and then closed as any other on whom nothing comes. */
    @ParameterizedTest
    @ValueSource(strings = {"/", "/stream?name=example.large&follow=false&after="})
    void shouldNotAnswerForEverWhoDoesNotRead(String path) throws Exception {
        int asked = 400;
        String large = "{\"name\":\"example.large\",\"payload\":\"" + "x".repeat(200_000) + "\"}";
        try (TestService service = TestService.start("idle-timeout", "1s", "stall-timeout", "1s");
                RawConnection deaf = new RawConnection(service.port())) {
            String before = idOf(service.publish(TestService.token(), large).body());
            String last = idOf(service.publish(TestService.token(), large).body());
            String url = "/api/v1/events" + path + (path.equals("/") ? last : before);
            double requests = service.figure("bus_events_requests_total");
            deaf.sendAll(
                    ("GET " + url + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + TestService.token() + "\r\n\r\n")
                            .repeat(asked)
                            .getBytes(StandardCharsets.US_ASCII));
            deaf.sendUntilClosed();
            double answered = service.figure("bus_events_requests_total") - requests;
            assertTrue(answered < asked / 2.0, answered + " of " + asked + " were answered");
        }
    }

    private static String idOf(String receipt) {
        return receipt.replaceAll(".*\"id\":\"([^\"]+)\".*", "$1").strip();
    }

    @Test
    void shouldAnswerAllThatWasAskedAtOnceToWhoReads() throws Exception {
        int asked = 300;
        String large = "{\"name\":\"example.large\",\"payload\":\"" + "x".repeat(20_000) + "\"}";
        try (TestService service = TestService.start();
                RawConnection reader = new RawConnection(service.port())) {
            String id = idOf(service.publish(TestService.token(), large).body());
            reader.sendAll(("GET /api/v1/events/" + id + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "
                            + TestService.token() + "\r\n\r\nGET /openapi.yaml HTTP/1.1\r\nHost: a\r\n\r\n")
                    .repeat(asked)
                    .getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < asked; i++) {
                assertTrue(reader.answer().contains(id));
                assertTrue(reader.answer().contains("openapi:"));
            }
        }
    }

    @Test
    void shouldRefuseHeadersThatAreTooLarge() throws Exception {
        try (TestService service = TestService.start("max-header-bytes", "2KiB");
                RawConnection raw = new RawConnection(service.port())) {
            raw.send("GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(3_000) + "\r\n\r\n");
            String answer = raw.answer();
            assertTrue(answer.startsWith("HTTP/1.1 431 "), answer);
            assertTrue(answer.contains("\"error\""), answer);
            assertEquals("", raw.rest());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET\r\n\r\n", "%%% nonsense %%%\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n"})
    void shouldAnswerWhatIsNotHttp(String garbage) throws Exception {
        try (TestService service = TestService.start();
                RawConnection raw = new RawConnection(service.port())) {
            raw.send(garbage);
            String answer = raw.rest();
            assertTrue(answer.startsWith("HTTP/1.") && answer.contains(" 400 "), answer);
            assertTrue(answer.contains("{\"error\":{\"type\":\"bad_request\""), answer);
        }
    }

    @Test
    void shouldRefuseUrlsThatAreTooLong() throws Exception {
        try (TestService service = TestService.start();
                RawConnection raw = new RawConnection(service.port())) {
            raw.send("GET /" + "x".repeat(200_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
            String answer = raw.answer();
            assertTrue(answer.startsWith("HTTP/1.") && answer.contains(" 414 "), answer);
        }
    }

    @Test
    void shouldHoldSoManyConnectionsAndNoMore() throws Exception {
        try (TestService service = TestService.start("max-connections", "2");
                RawConnection one = new RawConnection(service.port());
                RawConnection two = new RawConnection(service.port());
                RawConnection three = new RawConnection(service.port())) {
            for (RawConnection connection : new RawConnection[] {one, two}) {
                connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
                assertTrue(connection.answer().startsWith("HTTP/1.1 200 "));
            }
            three.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThrows(IOException.class, three::answer);
        }
    }

    @Test
    void shouldCountConnectionsThatHaveNotSpokenYet() throws Exception {
        try (TestService service = TestService.start("max-connections", "2");
                RawConnection one = new RawConnection(service.port());
                RawConnection silent = new RawConnection(service.port());
                RawConnection beyond = new RawConnection(service.port())) {
            assertEquals("", beyond.restOrReset());
            assertFalse(silent.isClosedWithin(1));
            one.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            assertTrue(one.answer().startsWith("HTTP/1.1 200 "));
        }
    }

    /** Where the end of a request is not known, or a proxy may see another one, what follows is no request. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
                "GET /healthz HTTP/1.1\r\n: a\r\n\r\n",
                "POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
                "POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n"
            })
    void shouldAnswerNothingBehindABadRequest(String bad) throws Exception {
        try (TestService service = TestService.start();
                RawConnection raw = new RawConnection(service.port())) {
            raw.send(bad + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
            String answers = raw.restOrReset();
            assertTrue(answers.startsWith("HTTP/1.1 400 "), answers);
            assertFalse(answers.contains("HTTP/1.1 200 "), answers);
        }
    }

    @Test
    void shouldSpeakHttp2InTheClear() throws Exception {
        try (TestService service = TestService.start()) {
            for (boolean upgrade : new boolean[] {true, false}) {
                publishByHttp2(
                        service,
                        new HttpClientOptions()
                                .setProtocolVersion(HttpVersion.HTTP_2)
                                .setHttp2ClearTextUpgrade(upgrade));
            }
        }
    }

    @Test
    void shouldSpeakHttp2OverTls(@TempDir Path directory) throws Exception {
        Pem pem = Pem.make(directory);
        try (TestService service =
                TestService.start("tls-cert", pem.certificate.toString(), "tls-key", pem.key.toString())) {
            publishByHttp2(
                    service,
                    new HttpClientOptions()
                            .setProtocolVersion(HttpVersion.HTTP_2)
                            .setSsl(true)
                            .setUseAlpn(true)
                            .setVerifyHost(false)
                            .setTrustAll(true));
        }
    }

    @Test
    void shouldSayThatAnAddressIsTaken() throws Exception {
        try (TestService service = TestService.start()) {
            ExecutionException e = assertThrows(
                    ExecutionException.class, () -> TestService.start("addr", "127.0.0.1:" + service.port()));
            assertEquals(ConfigException.class, e.getCause().getClass());
            assertTrue(
                    e.getCause().getMessage().contains("cannot be listened on"),
                    e.getCause().getMessage());
        }
    }

    @Test
    void shouldSayThatACertificateIsNone(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("cert.pem"), "nothing of the kind");
        ExecutionException e = assertThrows(
                ExecutionException.class,
                () -> TestService.start("tls-cert", file.toString(), "tls-key", file.toString()));
        assertTrue(
                e.getCause().getMessage().contains("--tls-cert"), e.getCause().getMessage());
    }

    @Test
    void shouldWantSomethingToVerifyTokensWith() {
        EventsOptions options = EventsOptions.read(Map.of("addr", "127.0.0.1:0", "events-backend", "memory"), Map.of());
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> TestService.await(EventsService.start(null, options)));
        assertEquals(ConfigException.class, e.getCause().getClass());
    }

    private static void publishByHttp2(TestService service, HttpClientOptions options) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            HttpClient client = vertx.createHttpClient(options);
            String answer =
                    TestService.await(client.request(HttpMethod.POST, service.port(), "127.0.0.1", "/api/v1/events")
                            .compose(request -> request.putHeader("Authorization", "Bearer " + TestService.token())
                                    .putHeader("Content-Type", "application/json")
                                    .send(Buffer.buffer(PING)))
                            .compose(response -> response.body()
                                    .map(body -> response.version() + " " + response.statusCode() + " " + body)));
            assertTrue(answer.startsWith("HTTP_2 202 {\"accepted\":true,"), answer);
        } finally {
            TestService.await(vertx.close());
        }
    }

    /** A certificate of its own making, by the JDK's keytool. */
    private record Pem(Path certificate, Path key) {
        private static final String PASSWORD = "changeit";

        static Pem make(Path directory) throws Exception {
            Path store = directory.resolve("store.p12");
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "a",
                            "-keyalg",
                            "EC",
                            "-dname",
                            "CN=localhost",
                            "-keystore",
                            store.toString(),
                            "-storepass",
                            PASSWORD)
                    .redirectErrorStream(true)
                    .start();
            try (OutputStream input = keytool.getOutputStream()) {
                assertTrue(input != null);
            }
            String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(keytool.waitFor(60, TimeUnit.SECONDS) && keytool.exitValue() == 0, said);
            KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
            Key key = keys.getKey("a", PASSWORD.toCharArray());
            return new Pem(
                    write(
                            directory.resolve("cert.pem"),
                            "CERTIFICATE",
                            keys.getCertificate("a").getEncoded()),
                    write(directory.resolve("key.pem"), "PRIVATE KEY", key.getEncoded()));
        }

        private static Path write(Path file, String kind, byte[] der) throws IOException {
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
            return Files.writeString(
                    file, "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
        }
    }
}

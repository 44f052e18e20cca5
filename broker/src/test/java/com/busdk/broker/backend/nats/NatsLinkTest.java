package com.busdk.broker.backend.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.nats.NatsLink.Stored;
import com.busdk.broker.contract.harness.Deadline;
import com.busdk.client.config.ConfigException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class NatsLinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    static final OneServer SERVER = new OneServer();

    @TempDir
    Path folder;

    private String stream;
    private NatsLink link;

    @BeforeEach
    void open() throws Exception {
        stream = SERVER.newStream();
        link = NatsLink.open(Streams.options(SERVER.servers(), stream), "test");
        Streams.make(link, SERVER.servers(), stream);
    }

    @AfterEach
    void close() {
        if (link != null) {
            link.close();
        }
    }

    private static <T> T got(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static NatsRefusal.Kind refused(CompletableFuture<?> future) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> got(future));
        return NatsRefusal.of(failure.getCause()).kind();
    }

    private CompletableFuture<Stored> publish(String name) {
        return link.publish(stream + ".e." + name, name.getBytes(UTF_8), null, -1);
    }

    // ---- streams

    @Test
    void shouldStoreWhatOneThreadPublishesInItsOrder() throws Exception {
        List<CompletableFuture<Stored>> answers = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            answers.add(publish("a"));
        }
        List<Long> sequences = new ArrayList<>();
        for (CompletableFuture<Stored> answer : answers) {
            sequences.add(got(answer).sequence());
        }
        assertEquals(LongStream.rangeClosed(1, 5_000).boxed().toList(), sequences);
    }

    @Test
    void shouldSayOfARepeatWhereTheFirstOneIs() throws Exception {
        String subject = stream + ".e.a";
        assertEquals(new Stored(1, false), got(link.publish(subject, new byte[0], "id", -1)));
        assertEquals(new Stored(2, false), got(link.publish(subject, new byte[0], "other", -1)));
        assertEquals(new Stored(1, true), got(link.publish(subject, new byte[0], "id", -1)));
    }

    @Test
    void shouldRefuseAMessageBehindAnotherThanIsNamed() throws Exception {
        String subject = stream + ".e.a";
        assertEquals(1, got(link.publish(subject, new byte[0], null, 0)).sequence());
        assertEquals(2, got(publish("b")).sequence());
        assertEquals(NatsRefusal.Kind.WRONG_LAST, refused(link.publish(subject, new byte[0], null, 0)));
        assertEquals(3, got(link.publish(subject, new byte[0], null, 1)).sequence());
    }

    @Test
    void shouldRefuseWhatNoStreamTakes() {
        assertEquals(NatsRefusal.Kind.NO_RESPONDERS, refused(link.publish("nobody.has.this", new byte[0], null, -1)));
    }

    @Test
    void shouldRefuseAMessageThatIsTooLargeAndStayConnected() throws Exception {
        int payload = Math.toIntExact(link.maxPayload());
        // The server counts the headers, and ends the connection of who sends more.
        CompletableFuture<Stored> tooLarge = link.publish(stream + ".e.a", new byte[payload], "id", -1);
        assertEquals(NatsRefusal.Kind.TOO_LARGE, refused(tooLarge));
        assertEquals(1, got(publish("b")).sequence());
    }

    @Test
    void shouldTellWhereAStreamStands() throws Exception {
        got(publish("a"));
        got(publish("b"));
        got(publish("a"));
        got(link.purgeBelow(stream, stream + ".e.a", 3));
        NatsLink.StreamState state = got(link.state(stream));
        assertEquals(2, state.first());
        assertEquals(3, state.last());
        assertEquals(2, state.messages());
        assertEquals(NatsRefusal.Kind.OTHER, refused(link.state("NOT-THERE")));
    }

    // ---- from process to process

    @Test
    void shouldHearAtOnceThatNobodyIsThere() {
        assertEquals(NatsRefusal.Kind.NO_RESPONDERS, refused(link.ask("nobody.here", new byte[0], PATIENCE)));
    }

    @Test
    void shouldGiveUpOnOneWhoDoesNotAnswer() throws Exception {
        try (AutoCloseable _ = link.serve("silent." + stream, (_, _, _) -> {})) {
            assertEquals(
                    NatsRefusal.Kind.TIMEOUT,
                    refused(link.ask("silent." + stream, new byte[0], Duration.ofMillis(200))));
        }
    }

    @Test
    void shouldBringAnAnswerToWhoHasAsked() throws Exception {
        try (NatsLink other = NatsLink.open(Streams.options(SERVER.servers(), stream), "other");
                AutoCloseable _ = other.serve("echo." + stream, (_, body, to) -> other.answer(to, body))) {
            byte[] said = "hello".getBytes(UTF_8);
            // The subscription of another connection is on its way.
            Deadline.until(
                    "somebody to answer",
                    () -> link.ask("echo." + stream, said, PATIENCE)
                            .handle((_, failure) -> failure == null)
                            .join());
            assertArrayEquals(said, got(link.ask("echo." + stream, said, PATIENCE)));
        }
        assertEquals(NatsRefusal.Kind.NO_RESPONDERS, refused(link.ask("echo." + stream, new byte[0], PATIENCE)));
    }

    @Test
    void shouldTakeMessagesInTheirOrderAndGoOnBehindOneThatFails() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>(10);
        try (AutoCloseable _ = link.serve("told." + stream, (_, body, _) -> {
            heard.add(new String(body, UTF_8));
            throw new IllegalStateException("a handler that fails");
        })) {
            for (String word : List.of("one", "two", "three")) {
                link.tell("told." + stream, word.getBytes(UTF_8));
            }
            for (String word : List.of("one", "two", "three")) {
                assertEquals(word, heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void shouldKnowOfInterestAsLongAsOneOfThoseWhoToldOfItIsThere() throws Exception {
        Interest interest = new Interest(link);
        String subject = "interest." + stream;
        assertFalse(got(interest.anyone(subject, PATIENCE)));
        interest.add(subject);
        interest.add(subject);
        assertTrue(got(interest.anyone(subject, PATIENCE)));
        interest.remove(subject);
        assertTrue(got(interest.anyone(subject, PATIENCE)));
        interest.remove(subject);
        assertFalse(got(interest.anyone(subject, PATIENCE)));
    }

    // ---- the connection

    @Test
    void shouldFailAtOnceWithoutAConnectionAndComeBackWithAllSubscriptions() throws Exception {
        Interest interest = new Interest(link);
        String subject = "again." + stream;
        interest.add(subject);
        try (AutoCloseable _ = link.serve("silent." + stream, (_, _, _) -> {})) {
            CompletableFuture<byte[]> underWay = link.ask("silent." + stream, new byte[0], PATIENCE);
            assertTrue(got(interest.anyone(subject, PATIENCE)));
            SERVER.servers().kill(0);
            assertEquals(NatsRefusal.Kind.DISCONNECTED, refused(underWay));
            assertEquals(NatsRefusal.Kind.DISCONNECTED, refused(publish("a")));
            assertFalse(link.connected());
            SERVER.servers().restart(0);
        }
        Deadline.until("the connection", link::connected);
        Deadline.until(
                "a stored message",
                () -> publish("a").handle((_, failure) -> failure == null).join());
        assertTrue(got(interest.anyone(subject, PATIENCE)));
    }

    @Test
    void shouldSayWhatToDoWhereNoServerIsThere() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        NatsOptions options = new NatsOptions(List.of("nats://user:secret@127.0.0.1:" + port), null, null, 1, stream);
        IOException failure = assertThrows(IOException.class, () -> NatsLink.open(options, "test"));
        assertTrue(failure.getMessage().contains("--nats-url"), failure.getMessage());
        assertFalse(failure.getMessage().contains("secret"), failure.getMessage());
    }

    @Test
    void shouldNameTheOptionOfCredentialsThatCannotBeUsed() throws Exception {
        Path none = folder.resolve("none");
        Path wrong = Files.writeString(folder.resolve("wrong"), "no credentials\n");
        for (Path file : List.of(none, wrong)) {
            NatsOptions options = new NatsOptions(SERVER.servers().urls(), file, null, 1, stream);
            ConfigException failure = assertThrows(ConfigException.class, () -> NatsLink.open(options, "test"));
            assertTrue(failure.option().contains("--nats-creds"), failure.getMessage());
        }
    }
}

package com.busdk.broker.backend.nats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.nats.StreamSetup.Facts;
import com.busdk.broker.backend.nats.StreamSetup.Limits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StreamSetupTest {
    private static final Limits WEEK = new Limits(Duration.ofDays(7), 1L << 30, 1_000_000, Duration.ofMinutes(5));

    @RegisterExtension
    static final OneServer SERVER = new OneServer();

    private final List<String> warnings = new ArrayList<>();
    private String stream;

    @BeforeEach
    void nameStream() {
        stream = SERVER.newStream();
    }

    private Facts ensure(int replicas, Limits limits) throws Exception {
        warnings.clear();
        return ensure(replicas, limits, warnings::add);
    }

    private Facts ensure(int replicas, Limits limits, Consumer<String> warn) throws Exception {
        NatsOptions options = new NatsOptions(SERVER.servers().urls(), null, null, replicas, stream);
        try (NatsLink link = NatsLink.open(options, "test")) {
            return StreamSetup.ensure(link, options, limits, warn);
        }
    }

    @Test
    void shouldFindWhatItHasMade() throws Exception {
        Facts made = ensure(1, WEEK);
        assertEquals(List.of(), warnings);
        assertEquals(0, made.last());
        NatsOptions options = Streams.options(SERVER.servers(), stream);
        try (NatsLink link = NatsLink.open(options, "test")) {
            var _ = link.publish(stream + ".e.a", new byte[0], null, -1).get(30, TimeUnit.SECONDS);
            var _ = link.publish(stream + ".g.a", new byte[0], null, -1).get(30, TimeUnit.SECONDS);
        }
        Facts found = ensure(1, WEEK);
        assertEquals(List.of(), warnings);
        assertEquals(made.epoch(), found.epoch());
        assertNotEquals(0, found.epoch());
        assertEquals(0, found.epoch() >>> 48);
        assertEquals(
                List.of(1L, 1L, 1L, 1L), List.of(found.first(), found.last(), found.groupsFirst(), found.groupsLast()));
    }

    @Test
    void shouldLetSeveralProcessesMakeTheStreamsAtOnce() throws Exception {
        List<CompletableFuture<Facts>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            CompletableFuture<Facts> one = new CompletableFuture<>();
            all.add(one);
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    one.complete(ensure(1, WEEK, _ -> {}));
                } catch (Exception e) {
                    one.completeExceptionally(e);
                }
            });
        }
        long epoch = all.getFirst().get(60, TimeUnit.SECONDS).epoch();
        for (CompletableFuture<Facts> one : all) {
            assertEquals(epoch, one.get(60, TimeUnit.SECONDS).epoch());
        }
    }

    @Test
    void shouldTellEachDifferenceOfAStreamThatIsThere() throws Exception {
        ensure(1, WEEK);
        ensure(1, new Limits(Duration.ofDays(1), 1L << 20, 1_000, Duration.ofMinutes(1)));
        assertEquals(4, warnings.size(), warnings::toString);
        assertTrue(warnings.stream().allMatch(text -> text.contains("the stream " + stream + " ")), warnings::toString);
        for (String option : List.of("--retention-age", "--retention-bytes", "--retention-count")) {
            assertEquals(
                    1, warnings.stream().filter(text -> text.contains(option)).count(), warnings::toString);
        }
        ensure(1, WEEK);
        assertEquals(List.of(), warnings); // it has been left as it was
    }

    @Test
    void shouldKeepAnEventOnceWhereOneServerIsNoCluster() throws Exception {
        ensure(3, WEEK);
        assertTrue(warnings.stream().anyMatch(text -> text.contains("--nats-replicas")), warnings::toString);
        assertEquals(List.of(), warningsOf(1));
    }

    private List<String> warningsOf(int replicas) throws Exception {
        ensure(replicas, WEEK);
        return List.copyOf(warnings);
    }

    @Test
    void shouldMakeTheWindowOfIdsNoLongerThanEventsAreKept() throws Exception {
        Limits minute = new Limits(Duration.ofMinutes(1), 0, 0, Duration.ofHours(1));
        ensure(1, minute);
        ensure(1, minute);
        assertEquals(List.of(), warnings);
    }

    @Test
    void shouldSayWhereThereIsNoRoom() {
        Limits large = new Limits(Duration.ZERO, 1L << 50, 0, Duration.ofMinutes(1));
        IOException failure = assertThrows(IOException.class, () -> ensure(1, large));
        assertTrue(failure.getMessage().contains("--retention-bytes"), failure.getMessage());
    }
}

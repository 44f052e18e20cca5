package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.broadcast;
import static com.busdk.broker.backend.embedded.HubFixture.eventually;
import static com.busdk.broker.backend.embedded.HubFixture.explicit;
import static com.busdk.broker.backend.embedded.HubFixture.member;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.Listening;
import com.busdk.broker.backend.ListenRequest.Start;
import com.busdk.broker.backend.log.FlushPolicy;
import com.busdk.broker.backend.log.LogOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is dropped in the middle of an event that is being written in parts. */
@Timeout(120)
class HubRetentionTest {
    private static final String NAME = "example.large";
    private static final int BYTES = 700 << 10;
    private static final Path MAPS = Path.of("/proc/self/maps");

    @TempDir
    Path directory;

    private static final LogOptions SMALL =
            new LogOptions(new FlushPolicy.Never(), 1 << 20, Duration.ofDays(7), 1 << 20, 0, Duration.ofMinutes(10));

    private HubFixture start() {
        return HubFixture.onDisk(directory, SMALL);
    }

    private static void publish(HubFixture it, int number) {
        it.on(0, () -> it.hub.publish(HubFixture.large(NAME, number, BYTES)));
    }

    /** Publishes more until the first event and those behind it are no longer there. */
    private static void dropTheFirst(HubFixture it) {
        for (int number = 1; number <= 4; number++) {
            publish(it, number);
        }
        eventually("the first ones to be dropped", () -> it.hub.log().firstSequence() > 4); // nothing more goes then
    }

    /** The files of the log that are deleted, and still take room since somebody has them in memory. */
    private boolean keepsWhatIsDeleted() {
        try {
            return Files.readAllLines(MAPS).stream()
                    .anyMatch(line -> line.contains(directory.toString()) && line.endsWith("(deleted)"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldWriteTheRestToAListenerAndSayThenThatSomeAreMissing(boolean onDisk) {
        try (HubFixture it = onDisk ? start() : HubFixture.inMemory(SMALL)) {
            publish(it, 0);
            RecordingSink sink = new RecordingSink(it.loops.get(1));
            sink.fillUpWithTheNext();
            it.listen(1, broadcast(NAME, new Start.Oldest(), true), sink);
            eventually("a part of the first", () -> sink.begun() > 0);
            dropTheFirst(it);
            sink.full(false);
            eventually("the newest", () -> sink.payloads().contains(4));
            assertEquals(0, sink.payloads().getFirst());
            assertTrue(sink.lines().getFirst().length() > BYTES, "all of it");
            eventually("to be live", () -> sink.notices().contains("caught_up"));
            assertEquals(List.of("truncated", "caught_up"), sink.notices());
            assertNull(sink.ended());
            Assumptions.assumeTrue(Files.exists(MAPS), "this system does not tell what is in memory");
            eventually("what was dropped to be let go", () -> !keepsWhatIsDeleted());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldWriteTheRestToAConsumer(int parts) {
        try (HubFixture it = start()) {
            publish(it, 0);
            RecordingSink sink = new RecordingSink(it.loops.get(1));
            sink.takesLater();
            it.listen(1, member(NAME, new Start.Oldest(), explicit("g", "c", 1, Duration.ofSeconds(60), 5)), sink);
            eventually("the first part", () -> sink.begun() > 0);
            int first = sink.begun();
            if (parts == 2) {
                sink.takeSoFar();
                eventually("the second part", () -> sink.begun() > first);
            }
            dropTheFirst(it);
            sink.takeAll();
            eventually("the event", () -> !sink.payloads().isEmpty());
            assertEquals(List.of(0), sink.payloads());
            assertNull(sink.ended());
        }
    }

    @Test
    void shouldLetGoOfWhatWasDroppedWhenAListenerOrAConsumerLeaves() {
        Assumptions.assumeTrue(Files.exists(MAPS), "this system does not tell what is in memory");
        try (HubFixture it = start()) {
            publish(it, 0);
            RecordingSink listener = new RecordingSink(it.loops.get(1));
            listener.fillUpWithTheNext();
            Listening listening = it.listen(1, broadcast(NAME, new Start.Oldest(), true), listener);
            RecordingSink consumer = new RecordingSink(it.loops.get(2));
            consumer.takesLater();
            Listening consuming = it.listen(
                    2, member(NAME, new Start.Oldest(), explicit("g", "c", 1, Duration.ofSeconds(60), 5)), consumer);
            eventually("a part for the consumer", () -> consumer.begun() > 0);
            int first = consumer.begun();
            consumer.takeSoFar();
            eventually("a part for both", () -> listener.begun() > 0 && consumer.begun() > first);
            dropTheFirst(it);
            eventually("its file to be deleted", this::keepsWhatIsDeleted);
            it.leave(1, listening);
            assertTrue(keepsWhatIsDeleted(), "the consumer goes on");
            it.leave(2, consuming);
            eventually("what was dropped to be let go", () -> !keepsWhatIsDeleted());
        }
    }
}

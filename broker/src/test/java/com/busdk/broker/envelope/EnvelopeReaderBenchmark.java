package com.busdk.broker.envelope;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it takes to check an envelope and to write the line that is stored; {@code scripts/bench --pieces}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EnvelopeReaderBenchmark {
    private static final int EVENTS = 256;

    private final EnvelopeReader reader = new EnvelopeReader();
    private final Publisher publisher = new Publisher("bench", false);
    private byte[] envelope = {};
    private EventBatch batch = new EventBatch(0, 0);

    /** Bytes of the envelope, about. */
    @Param({"200", "4096"})
    public int size;

    @Setup
    public void make() {
        String start = "{\"name\":\"example.bench\",\"correlationId\":\"run-1\",\"payload\":{\"text\":\"";
        envelope = (start + "x".repeat(size - start.length() - 3) + "\"}}").getBytes(StandardCharsets.UTF_8);
    }

    /** Only checks. */
    @Benchmark
    public boolean read() throws EnvelopeException {
        reader.read(envelope, 0, envelope.length, publisher);
        return reader.payload.given();
    }

    /** Checks and writes, into a batch that begins anew when it has as many events as a commit may. */
    @Benchmark
    public int readAndAppend() throws EnvelopeException {
        if (batch.count() == 0 || batch.count() == EVENTS) {
            batch = new EventBatch(EVENTS * (size + 100), EVENTS);
        }
        reader.read(envelope, 0, envelope.length, publisher);
        reader.appendTo(batch, publisher);
        return batch.size();
    }
}

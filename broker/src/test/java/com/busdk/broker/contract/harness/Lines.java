package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a body that may never end, split at line feeds alone and decoded strictly, so that whatever else a line
 * has in it is seen. A virtual thread reads; the test's thread takes.
 */
public final class Lines implements AutoCloseable {
    /** Lines read ahead at most: then the reader waits, and the connection's flow control does the rest. */
    private static final int READ_AHEAD = 10_000;

    private final BlockingQueue<Line> queue = new LinkedBlockingQueue<>(READ_AHEAD);
    private final InputStream body;
    private @Nullable Line last;

    private Lines(InputStream body) {
        this.body = body;
    }

    /** Reads that body from now on. */
    static Lines of(InputStream body) {
        Lines lines = new Lines(body);
        Thread.ofVirtual().name("lines").start(lines::read);
        return lines;
    }

    /** The next line without its line feed. Fails where the body ends instead, or nothing comes. */
    public String next() {
        return switch (take()) {
            case Text(String text) -> text;
            case End(String how) -> fail("a line was expected, but the stream is over: " + how);
        };
    }

    /** The next line, or empty where the stream is over, however that came. */
    public Optional<String> nextUnlessOver() {
        return switch (take()) {
            case Text(String text) -> Optional.of(text);
            case End end -> Optional.empty();
        };
    }

    /** All further lines up to the end, which has to come and has to be a clean one. */
    public List<String> rest() {
        List<String> rest = new ArrayList<>();
        while (true) {
            switch (take()) {
                case Text(String text) -> rest.add(text);
                case End(String how) -> {
                    assertEquals("", how, "the stream has to end as a whole body does");
                    return rest;
                }
            }
        }
    }

    /** Takes lines up to the end, whichever way that comes: cleanly or by the connection's loss. */
    public List<String> untilGone() {
        List<String> rest = new ArrayList<>();
        while (true) {
            Optional<String> line = nextUnlessOver();
            if (line.isEmpty()) {
                return rest;
            }
            rest.add(line.get());
        }
    }

    /** Gives the connection up, as a peer that dies does. */
    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            // it was to be ended, and so it is
        }
    }

    private Line take() {
        if (last instanceof End) {
            return last;
        }
        try {
            Line line = queue.poll(Deadline.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (line == null) {
                return fail("nothing came on the stream");
            }
            last = line;
            return line;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void read() {
        try {
            End end;
            try (InputStream in = new BufferedInputStream(body, 1 << 16)) {
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                int b;
                while ((b = in.read()) >= 0) {
                    if (b == '\n') {
                        queue.put(new Text(decode(line.toByteArray())));
                        line.reset();
                    } else {
                        line.write(b);
                    }
                }
                end = new End(line.size() == 0 ? "" : "in the middle of a line: " + line);
            } catch (IOException e) {
                end = new End("broken off: " + e);
            }
            queue.put(end);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String decode(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    private sealed interface Line {}

    private record Text(String text) implements Line {}

    /** @param how empty for a clean end */
    private record End(String how) implements Line {}
}

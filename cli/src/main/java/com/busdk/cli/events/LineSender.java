package com.busdk.cli.events;

import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Progress;
import com.busdk.client.events.BatchReceipt;
import com.busdk.client.events.PublishStream;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Publishes the lines of a file or of standard input as they are, with constant memory: nothing is read while the service
 * is slower. Lives on the command's thread.
 */
final class LineSender {
    /** A read is at most so large; lines are handed over many at a time. */
    private static final int CHUNK_BYTES = 64 * 1024;

    /** A line may grow the buffer up to here. Services refuse much shorter ones; this keeps memory bounded. */
    private static final int MAX_LINE_BYTES = 64 * 1024 * 1024;

    private final EventsSession session;
    private final PublishStream stream;
    private final Progress progress;
    private byte[] buffer = new byte[CHUNK_BYTES];
    private int filled;
    private long lines;
    private long bytes;

    private LineSender(EventsSession session, PublishStream stream, Progress progress) {
        this.session = session;
        this.stream = stream;
        this.progress = progress;
    }

    /**
     * Publishes all lines.
     *
     * @param source a file; {@code -} or nothing for standard input
     * @throws CliException when the service refuses a line or is lost
     */
    static BatchReceipt send(Invocation invocation, String source) throws IOException, InterruptedException {
        boolean standard = source.isEmpty() || source.equals("-");
        Path file = invocation.resolve(standard ? "." : source);
        try (InputStream in = standard ? invocation.in() : Files.newInputStream(file);
                EventsSession session = EventsSession.open(invocation)) {
            boolean shown = invocation.environment().terminals().err()
                    && !invocation.common().quiet();
            var progress = new Progress(invocation.err(), shown, standard ? 0 : Files.size(file));
            try {
                PublishStream stream = session.await(session.client().openPublishStream());
                return new LineSender(session, stream, progress).sendAll(in);
            } finally {
                progress.clear();
            }
        }
    }

    private BatchReceipt sendAll(InputStream in) throws IOException, InterruptedException {
        try {
            while (true) {
                int read = in.read(buffer, filled, buffer.length - filled);
                if (read < 0) {
                    break;
                }
                int searchFrom = filled;
                filled += read;
                bytes += read;
                handOver(searchFrom);
                progress.update(lines, bytes);
            }
            if (filled > 0) {
                // The last line may lack its end.
                if (filled == buffer.length) {
                    grow();
                }
                buffer[filled++] = '\n';
                hand(filled);
            }
        } catch (IOException e) {
            stream.abort();
            throw e;
        }
        return session.await(stream.end());
    }

    /** Hands over all whole lines; bytes before {@code searchFrom} hold no end of a line. */
    private void handOver(int searchFrom) throws InterruptedException {
        int end = -1;
        for (int i = searchFrom; i < filled; i++) {
            if (buffer[i] == '\n') {
                lines++;
                end = i + 1;
            }
        }
        if (end > 0) {
            hand(end);
        } else if (filled == buffer.length) {
            grow();
        }
    }

    private void hand(int end) throws InterruptedException {
        Future<Void> room = stream.writeLines(Buffer.buffer(end).appendBytes(buffer, 0, end));
        System.arraycopy(buffer, end, buffer, 0, filled - end);
        filled -= end;
        if (!room.succeeded()) {
            session.await(room);
        }
    }

    private void grow() {
        if (buffer.length >= MAX_LINE_BYTES) {
            stream.abort();
            throw CliException.failed("line " + (lines + 1) + " is longer than 64 MiB: is this one envelope a line?");
        }
        buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
}

package com.busdk.broker.backend.nats;

import com.busdk.broker.backend.embedded.KeyTable;
import com.busdk.broker.backend.log.FileLayer;
import com.busdk.broker.backend.log.FlushPolicy;
import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.broker.backend.log.LogOptions;
import com.busdk.broker.backend.log.LogState;
import com.busdk.broker.backend.log.SegmentLog;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of this process's copy of a stream: {@code nats-STREAM-0} in the data directory, or the first one behind it
 * that no other process has. A copy is nobody's only one: what is damaged, of another stream, or too old to be gone on with
 * is taken away and made anew.
 *
 * <p>Thread: the opener's, which may block.
 */
final class CopyFolder implements Closeable {
    /** Processes on one machine that share a data directory. */
    private static final int MOST = 64;

    private static final Logger LOG = LoggerFactory.getLogger(CopyFolder.class);

    private final Path folder;
    private final Closeable lock;
    private final FileLayer files;

    private CopyFolder(Path folder, Closeable lock, FileLayer files) {
        this.folder = folder;
        this.lock = lock;
        this.files = files;
    }

    /** Takes the first folder that is free. */
    static CopyFolder take(Path dataDir, String stream, FileLayer files) throws IOException {
        files.createDirectories(dataDir);
        for (int i = 0; i < MOST; i++) {
            Path folder = dataDir.resolve("nats-" + stream + "-" + i);
            try {
                return new CopyFolder(folder, files.lock(dataDir.resolve(folder.getFileName() + ".lock")), files);
            } catch (IOException e) {
                LOG.debug("{} is another process's: {}", folder, e.getMessage());
            }
        }
        throw new IOException("none of the folders " + dataDir.resolve("nats-" + stream + "-0") + " to " + (MOST - 1)
                + " can be locked: see that the directory may be written, or choose another (--data-dir)");
    }

    /**
     * Opens the copy.
     *
     * @param keys is told the idempotency keys of the last minutes
     * @throws IOException what is wrong, for an operator: also where the stream lacks what this copy has
     */
    SegmentLog open(LogOptions options, KeyTable keys, StreamSetup.Facts facts, InstantSource clock)
            throws IOException {
        LogOptions copy = new LogOptions(
                new FlushPolicy.Never(),
                options.segmentBytes(),
                options.retentionAge(),
                options.retentionBytes(),
                options.retentionCount(),
                options.keysFor());
        long first = Math.max(1, facts.first());
        SegmentLog log = open(copy, keys, facts.epoch(), first, clock);
        if (log != null && log.epoch() == facts.epoch() && log.head() > facts.last() + 1) {
            long head = log.head();
            log.close();
            throw new IOException("the stream ends with event " + facts.last() + ", and this service has had event "
                    + (head - 1) + " from it: the cluster has lost events. Bring them back; or, to go on without them,"
                    + " stop all services of this cluster, and remove " + folder + " on each machine");
        }
        if (log != null && log.epoch() == facts.epoch() && log.head() >= first) {
            return log;
        }
        if (log != null) {
            LOG.info("the copy of the stream in {} is of another one, or too old: it is made anew", folder);
            log.close();
        }
        clear();
        SegmentLog made = open(copy, keys, facts.epoch(), first, clock);
        if (made == null) {
            throw new IOException("no copy of the stream can be made in " + folder + ": see the messages above");
        }
        return made;
    }

    /** Null where it is damaged. */
    private @Nullable SegmentLog open(LogOptions options, KeyTable keys, long epoch, long first, InstantSource clock)
            throws IOException {
        try {
            return SegmentLog.openCopy(folder, options, new Keys(keys), files, clock, epoch, first);
        } catch (LogDamagedException e) {
            LOG.warn("the copy of the stream is damaged and made anew: {}", e.getMessage());
            return null;
        }
    }

    private void clear() throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.list(folder)) {
            all = found.toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    /** Of a copy nothing is kept beside the events, but their idempotency keys are looked at. */
    private record Keys(KeyTable keys) implements LogState {
        @Override
        public void restore(ByteBuffer snapshot) {}

        @Override
        public void replay(byte kind, long sequence, long timeMicros, ByteBuffer body) {}

        @Override
        public void idempotencyKey(long high, long low, long sequence, long timeMicros) {
            keys.restore(high, low, sequence, timeMicros);
        }

        @Override
        public ByteBuffer snapshot() {
            return ByteBuffer.allocate(0);
        }
    }
}

package com.busdk.broker.backend.nats;

import com.busdk.client.config.GoDuration;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Makes the streams that are not there yet, and tells where those that are differ from what this service was told. Another
 * process that does the same at the same time does no harm.
 *
 * <p>Thread: the opener's, which may block.
 */
final class StreamSetup {
    /** How long a cluster that has just been started may take to choose its leader. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final Duration ANSWER = Duration.ofSeconds(5);

    /** A message of a journal is repeated within seconds. */
    private static final Duration JOURNAL_DUPLICATES = Duration.ofMinutes(2);

    private static final int NOT_FOUND = 10059;
    private static final int NOT_CLUSTERED = 10074;
    private static final int NO_RESOURCES = 10023;
    private static final int NO_STORAGE = 10047;
    private static final int OFF = 10076;
    private static final int OFF_FOR_ACCOUNT = 10039;

    /** From that version on a server may be killed and come back with what it has. */
    private static final String COMES_BACK = "2.10.16";

    private final NatsLink link;
    private final JetStreamManagement streams;
    private final Consumer<String> warn;

    /**
     * What is kept.
     *
     * @param age zero for no limit, as all of them
     * @param duplicates how long an idempotency key is known
     */
    record Limits(Duration age, long bytes, long count, Duration duplicates) {}

    /**
     * The streams as they were found.
     *
     * @param epoch 48 bits of when the stream of events was made, the same in every process
     * @param first of the events that are there
     * @param groupsFirst of the messages of journals
     */
    record Facts(
            long epoch,
            Instant created,
            long first,
            long last,
            Instant groupsCreated,
            long groupsFirst,
            long groupsLast) {}

    private StreamSetup(NatsLink link, JetStreamManagement streams, Consumer<String> warn) {
        this.link = link;
        this.streams = streams;
        this.warn = warn;
    }

    /** @param warn is told what an operator should know */
    static Facts ensure(NatsLink link, NatsOptions options, Limits limits, Consumer<String> warn) throws IOException {
        JetStreamManagement streams = link.connection()
                .jetStreamManagement(
                        JetStreamOptions.builder().requestTimeout(ANSWER).build());
        String version = link.server().getVersion();
        if (link.server().isOlderThanVersion(COMES_BACK) && options.replicas() > 1) {
            warn.accept(
                    "the cluster's servers are of version " + version + ": one that was killed, or lost power, has to"
                            + " come back with an empty store, since it may disagree with the others otherwise; from "
                            + COMES_BACK
                            + " on it need not");
        }
        StreamSetup setup = new StreamSetup(link, streams, warn);
        StreamConfiguration events = StreamConfiguration.builder()
                .name(options.stream())
                .description("events of the Bus")
                .subjects(options.stream() + ".e.>")
                .retentionPolicy(RetentionPolicy.Limits)
                .discardPolicy(DiscardPolicy.Old)
                .storageType(StorageType.File)
                .replicas(options.replicas())
                .maxAge(limits.age())
                .maxBytes(limits.bytes() == 0 ? -1 : limits.bytes())
                .maxMessages(limits.count() == 0 ? -1 : limits.count())
                .duplicateWindow(shorter(limits.duplicates(), limits.age()))
                .build();
        StreamConfiguration groups = StreamConfiguration.builder()
                .name(options.groupsStream())
                .description("what the consumer groups of the Bus have come to")
                .subjects(options.stream() + ".g.>")
                .retentionPolicy(RetentionPolicy.Limits)
                .storageType(StorageType.File)
                .replicas(options.replicas())
                .duplicateWindow(JOURNAL_DUPLICATES)
                .build();
        StreamInfo event = setup.ensure(events);
        StreamInfo group = setup.ensure(groups);
        Instant created = event.getCreateTime().toInstant();
        return new Facts(
                epoch(created),
                created,
                event.getStreamState().getFirstSequence(),
                event.getStreamState().getLastSequence(),
                group.getCreateTime().toInstant(),
                group.getStreamState().getFirstSequence(),
                group.getStreamState().getLastSequence());
    }

    /** The server takes no window that is longer than the events are kept. */
    private static Duration shorter(Duration window, Duration age) {
        return !age.isZero() && window.compareTo(age) > 0 ? age : window;
    }

    /** Seconds in the upper 32 bits, as of a log on disk, and of the fraction what tells streams apart. */
    static long epoch(Instant created) {
        return (created.getEpochSecond() << 16 & 0xFFFF_FFFF_0000L) | (created.getNano() / 15_259 & 0xFFFF);
    }

    private StreamInfo ensure(StreamConfiguration wanted) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try {
                return findOrMake(wanted);
            } catch (JetStreamApiException e) {
                refuse(wanted, e, deadline);
            } catch (IOException e) {
                // A server without it, and nobody who answers for it: that does not change by waiting.
                boolean off = link.connected() && !link.server().isJetStreamAvailable();
                if (off || System.nanoTime() - deadline > 0) {
                    throw new IOException(
                            "the cluster does not answer for its stream " + wanted.getName() + " (" + e.getMessage()
                                    + "): see that JetStream is on (jetstream {…} in nats-server's file), and that"
                                    + " more than half of the servers run",
                            e);
                }
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private static void refuse(StreamConfiguration wanted, JetStreamApiException why, long deadline)
            throws IOException {
        int code = why.getApiErrorCode();
        if (code == OFF || code == OFF_FOR_ACCOUNT) {
            throw new IOException(
                    "JetStream is off for this service: put jetstream {…} into the servers' file, and into the account",
                    why);
        }
        if (code == NO_STORAGE || code == NO_RESOURCES) {
            throw new IOException(
                    "the servers have no room for a stream of " + wanted.getMaxBytes()
                            + " bytes: give them more (max_file in nats-server's file), or keep less"
                            + " (--retention-bytes)",
                    why);
        }
        if (System.nanoTime() - deadline > 0) {
            throw new IOException(
                    "the stream " + wanted.getName() + " can be neither found nor made: " + why.getErrorDescription(),
                    why);
        }
    }

    private StreamInfo findOrMake(StreamConfiguration wanted) throws IOException, JetStreamApiException {
        try {
            StreamInfo there = streams.getStreamInfo(wanted.getName());
            tellOfDrift(wanted, there.getConfiguration());
            return there;
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() != NOT_FOUND) {
                throw e;
            }
        }
        try {
            return streams.addStream(wanted);
        } catch (JetStreamApiException e) {
            if (e.getApiErrorCode() != NOT_CLUSTERED || wanted.getReplicas() == 1) {
                throw e; // also where another process was quicker: the next try finds its stream
            }
            warn.accept("the server is not part of a cluster: the stream " + wanted.getName()
                    + " is kept once, and not " + wanted.getReplicas() + " times (--nats-replicas)");
            return streams.addStream(
                    StreamConfiguration.builder(wanted).replicas(1).build());
        }
    }

    private void tellOfDrift(StreamConfiguration wanted, StreamConfiguration there) {
        differ(wanted, "keeps events for", "--retention-age", text(wanted.getMaxAge()), text(there.getMaxAge()));
        differ(wanted, "keeps bytes", "--retention-bytes", limit(wanted.getMaxBytes()), limit(there.getMaxBytes()));
        differ(wanted, "keeps messages", "--retention-count", limit(wanted.getMaxMsgs()), limit(there.getMaxMsgs()));
        differ(
                wanted,
                "knows idempotency keys for",
                "--idempotency-window",
                text(wanted.getDuplicateWindow()),
                text(there.getDuplicateWindow()));
        differ(
                wanted,
                "has replicas",
                "--nats-replicas",
                Integer.toString(wanted.getReplicas()),
                Integer.toString(there.getReplicas()));
        differ(
                wanted,
                "is stored in",
                "",
                wanted.getStorageType().toString(),
                there.getStorageType().toString());
        differ(
                wanted,
                "discards",
                "",
                wanted.getDiscardPolicy().toString(),
                there.getDiscardPolicy().toString());
        List<String> subjects = there.getSubjects();
        differ(wanted, "has subjects", "", wanted.getSubjects().toString(), subjects.toString());
    }

    private void differ(StreamConfiguration stream, String what, String flag, String wanted, String there) {
        if (!wanted.equals(there)) {
            warn.accept("the stream " + stream.getName() + " " + what + " " + there + ", and this service was told "
                    + wanted + (flag.isEmpty() ? "" : " (" + flag + ")")
                    + ": the stream stays as it is; change it with `nats stream edit`, or the service");
        }
    }

    private static String text(Duration duration) {
        return duration.isZero() ? "any time" : GoDuration.format(duration);
    }

    private static String limit(long most) {
        return most <= 0 ? "any number" : Long.toString(most);
    }
}
